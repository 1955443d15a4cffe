package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.TreeHead;

/** Says too much. */
final class FloodingLiar extends Liar {
  private static final int HEADS_A_TICK = 40;
  private static final int LOGS_A_TICK = 20;
  private static final int TINY_A_TICK = 60;
  private static final int LISTED = 400;

  private int epoch;

  FloodingLiar(LiarKind kind, SimMember self, SplittableRandom random) {
    super(kind, self, random);
  }

  @Override
  ByteBuffer tell(SimMember to, ByteBuffer body) {
    return body;
  }

  @Override
  void act() {
    if (self.links.isEmpty()) {
      return;
    }
    switch (kind) {
      case HEAD_FLOODER -> floodHeads();
      case LOG_FLOODER -> floodLogs();
      case TINY_FLOODER -> floodTiny();
      default -> floodHuge();
    }
  }

  private LogName nextLog() {
    return new LogName(self.group.id(), StreamClass.TOPIC, "flood", self.signer.author(), ++epoch);
  }

  private static SyncMessage.Head head(LogName name, long size, Hash root, byte[] signature) {
    Optional<SyncMessage.ShortName> shortName = Optional.of(SyncMessage.ShortName.of(name));
    return new SyncMessage.Head(name.id(), shortName, size, root, signature, SyncMessage.Run.NONE);
  }

  /** Heads of no events, which need no signature, and lists of what does not exist. */
  private void floodHeads() {
    Hash root = Hash.of(noise(Hash.LENGTH_BYTES));
    for (int i = 0; i < HEADS_A_TICK; i++) {
      injectAll(head(nextLog(), 0, root, new byte[Checkpoint.SIGNATURE_BYTES]));
    }
    injectAll(list(SyncMessage.ListKind.ALL, LISTED));
  }

  private SyncMessage.Heads list(SyncMessage.ListKind listKind, int entries) {
    List<SyncMessage.HeadEntry> heads = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      heads.add(new SyncMessage.HeadEntry(LogId.of(noise(32)), 1, random.nextLong()));
    }
    return new SyncMessage.Heads(listKind, new byte[0], heads);
  }

  /** Truly signed, and nothing behind them. */
  private void floodLogs() {
    for (int i = 0; i < LOGS_A_TICK; i++) {
      LogName name = nextLog();
      TreeHead tree = new TreeHead(1 + random.nextInt(100), Hash.of(noise(Hash.LENGTH_BYTES)));
      Checkpoint signed = Checkpoint.sign(self.signer, name.id(), tree);
      injectAll(head(name, tree.size(), tree.root(), signed.signature()));
    }
  }

  private void floodTiny() {
    for (int i = 0; i < TINY_A_TICK; i++) {
      injectAll(
          switch (random.nextInt(4)) {
            case 0 -> new SyncMessage.Check(noise(SyncCodec.SHORT_BYTES), true);
            case 1 -> new SyncMessage.UnknownReference();
            case 2 -> new SyncMessage.GetPeaks(LogId.of(noise(32)), 1);
            default -> wantAll();
          });
    }
  }

  /** Everything again, from the beginning. */
  private SyncMessage wantAll() {
    List<SyncMessage.WantEntry> wants = new ArrayList<>();
    self.disk.copies().forEach(copy -> wants.add(new SyncMessage.WantEntry(copy.history.id, 0)));
    return new SyncMessage.Want(wants);
  }

  private void floodHuge() {
    if (!oneIn(5)) {
      return;
    }
    PeerId peer = self.links.keySet().iterator().next();
    if (oneIn(2)) {
      self.injectRaw(peer, ByteBuffer.wrap(noise(SyncCodec.MAX_FRAME_BYTES + 1)));
    } else {
      self.inject(peer, list(SyncMessage.ListKind.ALL, SyncCodec.MAX_ENTRIES));
    }
  }
}
