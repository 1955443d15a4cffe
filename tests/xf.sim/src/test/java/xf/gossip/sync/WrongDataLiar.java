package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import xf.event.Hash;
import xf.event.LogName;
import xf.event.StreamClass;

/** Says what is not so: bits, events, proofs, heads, versions. */
final class WrongDataLiar extends Liar {
  private static final int UNKNOWN_TYPES_FROM = 64;
  private static final int LONGER_ONE_IN = 30;

  WrongDataLiar(LiarKind kind, SimMember self, SplittableRandom random) {
    super(kind, self, random);
  }

  @Override
  @Nullable ByteBuffer tell(SimMember to, ByteBuffer body) {
    return switch (kind) {
      case SCRAMBLER -> !oneIn(8) ? body : oneIn(4) ? null : flipped(body);
      case WRONG_EVENTS -> oneIn(2) ? wrongEvents(body) : body;
      case WRONG_PROOFS -> oneIn(4) ? wrongEvents(body) : wrongProofs(body);
      case FORGER -> oneIn(2) ? forged(body) : body;
      case HALF_UPGRADED -> upgraded(body);
      default -> body;
    };
  }

  private SyncMessage.Run wrong(SyncMessage.Run run) {
    return new SyncMessage.Run(run.from(), run.count(), flipped(run.packed()), run.seals());
  }

  private static SyncMessage.Head with(SyncMessage.Head head, SyncMessage.Run run) {
    return new SyncMessage.Head(
        head.log(), head.name(), head.size(), head.root(), head.signature(), run);
  }

  private ByteBuffer wrongEvents(ByteBuffer body) {
    SyncMessage message = SimNetwork.decode(body);
    if (message instanceof SyncMessage.Head head && head.run().count() > 0) {
      return bodyOf(with(head, wrong(head.run())));
    } else if (message instanceof SyncMessage.Events events) {
      return bodyOf(new SyncMessage.Events(events.log(), wrong(events.run())));
    }
    return body;
  }

  private ByteBuffer wrongProofs(ByteBuffer body) {
    SyncMessage message = SimNetwork.decode(body);
    if (message instanceof SyncMessage.Nodes nodes) {
      return bodyOf(
          new SyncMessage.Nodes(
              nodes.log(), nodes.size(), nodes.firstPage(), flipped(nodes.roots()), nodes.tail()));
    } else if (message instanceof SyncMessage.Peaks peaks) {
      return bodyOf(new SyncMessage.Peaks(peaks.log(), peaks.size(), wrong(peaks.hashes())));
    } else if (message instanceof SyncMessage.Consistency answer) {
      return bodyOf(
          new SyncMessage.Consistency(
              answer.log(), answer.oldSize(), answer.newSize(), wrong(answer.path())));
    }
    return body;
  }

  private List<Hash> wrong(List<Hash> hashes) {
    List<Hash> wrong = new ArrayList<>(hashes);
    wrong.replaceAll(hash -> oneIn(2) ? Hash.of(noise(Hash.LENGTH_BYTES)) : hash);
    return wrong;
  }

  private ByteBuffer forged(ByteBuffer body) {
    if (SimNetwork.decode(body) instanceof SyncMessage.Head head) {
      return bodyOf(
          new SyncMessage.Head(
              head.log(),
              head.name(),
              head.size() + 1 + random.nextInt(300),
              Hash.of(noise(Hash.LENGTH_BYTES)),
              oneIn(2) ? head.signature() : noise(64),
              SyncMessage.Run.NONE));
    }
    return body;
  }

  private ByteBuffer upgraded(ByteBuffer body) {
    boolean isOpen = SimNetwork.decode(body) instanceof SyncMessage.Open;
    if (isOpen && oneIn(2)) {
      ByteBuffer later = ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
      return later.put(1, (byte) (SyncCodec.VERSION + 1));
    }
    return oneIn(LONGER_ONE_IN) ? longer(body) : body;
  }

  /** With a field that nobody knows yet. */
  private ByteBuffer longer(ByteBuffer body) {
    byte[] field = noise(1 + random.nextInt(20));
    return ByteBuffer.allocate(body.remaining() + field.length)
        .put(body.duplicate())
        .put(field)
        .flip();
  }

  @Override
  void act() {
    if (kind == LiarKind.HALF_UPGRADED && oneIn(10)) {
      for (SimLink link : self.links.values().toArray(new SimLink[0])) {
        ByteBuffer unknown = ByteBuffer.wrap(noise(1 + random.nextInt(100)));
        unknown.put(0, (byte) (UNKNOWN_TYPES_FROM + random.nextInt(64)));
        self.injectRaw(link.far(self).peer, unknown);
      }
    } else if (kind == LiarKind.FORGER && oneIn(10)) {
      forgeNewLog();
    }
  }

  /** A log in the name of somebody else. */
  private void forgeNewLog() {
    if (self.contacts.isEmpty()) {
      return;
    }
    SimMember victim = self.contacts.get(random.nextInt(self.contacts.size()));
    LogName name =
        new LogName(self.group.id(), StreamClass.TOPIC, "forged", victim.signer.author(), 0);
    injectAll(
        new SyncMessage.Head(
            name.id(),
            Optional.of(SyncMessage.ShortName.of(name)),
            1 + random.nextInt(10),
            Hash.of(noise(Hash.LENGTH_BYTES)),
            noise(64),
            SyncMessage.Run.NONE));
  }
}
