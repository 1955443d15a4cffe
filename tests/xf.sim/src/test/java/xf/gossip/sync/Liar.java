package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.PeerId;
import xf.multiformats.Varint;

/**
 * A member, or not even that, that does not keep to the protocol. Its machine is an honest one; the
 * liar stands between it and the network.
 */
abstract class Liar {
  final LiarKind kind;
  final SimMember self;
  final SplittableRandom random;

  Liar(LiarKind kind, SimMember self, SplittableRandom random) {
    this.kind = kind;
    this.self = self;
    this.random = random;
  }

  static Liar of(LiarKind kind, SimMember self, SplittableRandom random) {
    return switch (kind) {
      case SCRAMBLER, WRONG_EVENTS, WRONG_PROOFS, FORGER, HALF_UPGRADED ->
          new WrongDataLiar(kind, self, random);
      case WITHHOLDER, SILENT, STALE, RESTORED, STRANGER -> new WithholdingLiar(kind, self, random);
      case DRIPPER -> new DrippingLiar(self, random);
      case MAD -> new MadLiar(self, random);
      case HEAD_FLOODER, LOG_FLOODER, TINY_FLOODER, HUGE_FLOODER ->
          new FloodingLiar(kind, self, random);
      case FORKER_OF_ONE_SIZE, FORKER_OF_TWO_SIZES -> new Forker(kind, self, random);
    };
  }

  /** What goes out in place of a frame's body; null for nothing. */
  abstract @Nullable ByteBuffer tell(SimMember to, ByteBuffer body);

  /** What it was told. */
  void hear(SimMember from, ByteBuffer body) {}

  /** What it does at its ticks. */
  void act() {}

  /** Frames of its own to all it talks to. */
  final void injectAll(SyncMessage message) {
    for (PeerId peer : self.links.keySet().toArray(new PeerId[0])) {
      self.inject(peer, message);
    }
  }

  final boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  final byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  static ByteBuffer bodyOf(SyncMessage message) {
    ByteBuffer frame = SyncCodec.encode(message);
    Varint.get(frame);
    return frame.slice();
  }

  /** A copy with one bit turned. */
  final ByteBuffer flipped(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    if (copy.length > 0) {
      copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return ByteBuffer.wrap(copy);
  }

  /** Has two machines for two halves of the group; each says what it believes. */
  private static final class Forker extends Liar {
    Forker(LiarKind kind, SimMember self, SplittableRandom random) {
      super(kind, self, random);
    }

    @Override
    ByteBuffer tell(SimMember to, ByteBuffer body) {
      return body;
    }
  }
}
