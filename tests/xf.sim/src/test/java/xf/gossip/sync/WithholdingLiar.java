package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.PeerId;

/** Says less than it should: keeps back, is silent, repeats itself, or does not belong here. */
final class WithholdingLiar extends Liar {
  private static final int REMEMBERED = 64;
  private static final int TICKS_BETWEEN_RESTORES = 25;

  private final List<ByteBuffer> said = new ArrayList<>();
  private final List<ByteBuffer> heard = new ArrayList<>();

  /** What it said first to each peer, and says again to it. */
  private final Map<PeerId, ByteBuffer> opens = new HashMap<>();

  WithholdingLiar(LiarKind kind, SimMember self, SplittableRandom random) {
    super(kind, self, random);
  }

  @Override
  @Nullable ByteBuffer tell(SimMember to, ByteBuffer body) {
    return switch (kind) {
      case WITHHOLDER -> withheld(body);
      case SILENT -> isMembership(body) ? body : null;
      case STALE -> stale(to, body);
      case STRANGER -> heard.isEmpty() || oneIn(2) ? body : any(heard);
      default -> body;
    };
  }

  private static boolean isMembership(ByteBuffer body) {
    SyncMessage message = SimNetwork.decode(body);
    return message instanceof SyncMessage.Open || message instanceof SyncMessage.Accept;
  }

  private @Nullable ByteBuffer withheld(ByteBuffer body) {
    SyncMessage message = SimNetwork.decode(body);
    if (message instanceof SyncMessage.Head head) {
      return bodyOf(
          new SyncMessage.Head(
              head.log(),
              head.name(),
              head.size(),
              head.root(),
              head.signature(),
              SyncMessage.Run.NONE));
    } else if (message instanceof SyncMessage.Events events) {
      return oneIn(2)
          ? null
          : bodyOf(new SyncMessage.Unavailable(events.log(), events.run().from()));
    }
    return message instanceof SyncMessage.Nodes ? null : body;
  }

  private ByteBuffer stale(SimMember to, ByteBuffer body) {
    if (SimNetwork.decode(body) instanceof SyncMessage.Open) {
      ByteBuffer first = opens.putIfAbsent(to.peer, copy(body));
      return first != null && oneIn(3) ? first.duplicate() : body;
    }
    if (isMembership(body)) {
      return body;
    }
    remember(said, body);
    return oneIn(3) ? any(said) : body;
  }

  private void remember(List<ByteBuffer> frames, ByteBuffer body) {
    ByteBuffer copy = copy(body);
    if (frames.size() < REMEMBERED) {
      frames.add(copy);
    } else {
      frames.set(random.nextInt(REMEMBERED), copy);
    }
  }

  private static ByteBuffer copy(ByteBuffer body) {
    return ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
  }

  private ByteBuffer any(List<ByteBuffer> frames) {
    return frames.get(random.nextInt(frames.size())).duplicate();
  }

  @Override
  void hear(SimMember from, ByteBuffer body) {
    if (kind == LiarKind.STRANGER) {
      remember(heard, body);
    }
  }

  @Override
  void act() {
    if (kind == LiarKind.RESTORED && oneIn(TICKS_BETWEEN_RESTORES)) {
      self.goBack();
    }
    List<ByteBuffer> frames = kind == LiarKind.STRANGER ? heard : said;
    if (frames.isEmpty() || !oneIn(5)) {
      return;
    }
    for (PeerId peer : self.links.keySet().toArray(new PeerId[0])) {
      self.injectRaw(peer, any(frames));
    }
  }
}
