package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import xf.event.Hash;
import xf.event.LogId;
import xf.merkle.Checkpoint;

/** Says anything at any time: every message is well-formed, and about logs that there are. */
final class MadLiar extends Liar {
  private static final int MESSAGES_A_TICK = 3;
  private static final int KINDS = 21;

  MadLiar(SimMember self, SplittableRandom random) {
    super(LiarKind.MAD, self, random);
  }

  @Override
  ByteBuffer tell(SimMember to, ByteBuffer body) {
    return body;
  }

  @Override
  void act() {
    for (int i = 0; i < MESSAGES_A_TICK && !self.links.isEmpty() && oneIn(4); i++) {
      injectAll(anything());
    }
  }

  private LogId log() {
    List<LogId> here = new ArrayList<>();
    self.disk.copies().forEach(copy -> here.add(copy.history.id));
    return here.isEmpty() || oneIn(8)
        ? LogId.of(noise(LogId.LENGTH_BYTES))
        : here.get(random.nextInt(here.size()));
  }

  private long size() {
    return oneIn(8) ? random.nextLong(1L << 56) : random.nextInt(600);
  }

  private Hash hash() {
    return Hash.of(noise(Hash.LENGTH_BYTES));
  }

  private List<Hash> hashes() {
    List<Hash> hashes = new ArrayList<>();
    for (int i = random.nextInt(12); i > 0; i--) {
      hashes.add(hash());
    }
    return hashes;
  }

  private byte[] shortNoise() {
    return noise(SyncCodec.SHORT_BYTES);
  }

  private SyncMessage.Run run() {
    byte[] packed = new byte[] {0, 1, 0}; // an event of no payload
    return oneIn(2)
        ? SyncMessage.Run.NONE
        : new SyncMessage.Run(size(), 1, ByteBuffer.wrap(packed), List.of());
  }

  private List<SyncMessage.HeadEntry> entries() {
    return List.of(new SyncMessage.HeadEntry(log(), size(), random.nextLong()));
  }

  private SyncMessage anything() {
    return switch (random.nextInt(KINDS)) {
      case 0 -> new SyncMessage.Open(shortNoise(), shortNoise(), shortNoise());
      case 1 -> new SyncMessage.Accept(shortNoise(), shortNoise(), shortNoise());
      case 2 -> new SyncMessage.Heads(SyncMessage.ListKind.ALL, new byte[0], entries());
      case 3 -> new SyncMessage.Heads(SyncMessage.ListKind.SINCE, shortNoise(), entries());
      case 4 -> new SyncMessage.UnknownReference();
      case 5 -> new SyncMessage.Reconcile(ByteBuffer.wrap(noise(random.nextInt(40))));
      case 6 -> new SyncMessage.NeedIds(List.of(ByteBuffer.wrap(noise(SaltedHeads.TAG_BYTES))));
      case 7 -> new SyncMessage.Want(List.of(new SyncMessage.WantEntry(log(), size())));
      case 8 ->
          new SyncMessage.Head(
              log(),
              Optional.empty(),
              size(),
              hash(),
              noise(Checkpoint.SIGNATURE_BYTES),
              SyncMessage.Run.NONE);
      case 9 -> new SyncMessage.GetEvents(log(), size(), size());
      case 10 -> new SyncMessage.Events(log(), run());
      case 11 -> new SyncMessage.Unavailable(log(), size());
      case 12 -> new SyncMessage.GetNodes(log(), size(), size());
      case 13 -> new SyncMessage.GetPeaks(log(), size());
      case 14 -> new SyncMessage.Peaks(log(), size(), hashes());
      case 15 -> new SyncMessage.GetConsistency(log(), size(), size());
      case 16 -> new SyncMessage.Consistency(log(), size(), size(), hashes());
      case 17 -> new SyncMessage.Fork(noise(200));
      case 18 -> new SyncMessage.GetSparse(log(), oneIn(2), List.of(size()));
      case 19 -> new SyncMessage.Sparse(log(), size(), Optional.empty(), hashes(), List.of());
      default -> new SyncMessage.Check(shortNoise(), oneIn(2));
    };
  }
}
