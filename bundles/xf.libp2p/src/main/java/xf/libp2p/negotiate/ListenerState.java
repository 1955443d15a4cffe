package xf.libp2p.negotiate;

import io.netty.buffer.ByteBuf;
import java.util.function.Predicate;
import xf.libp2p.wire.WireException;

/**
 * Accepts the first proposal it speaks. A request to list all protocols ({@code ls}) is answered
 * {@code na} like any other name: the answer is not needed, and says more than a stranger must
 * know.
 */
final class ListenerState extends MultistreamState {
  /** A peer with more proposals than this is not looking for a protocol. */
  static final int MAX_PROPOSALS = 64;

  private final Predicate<String> supported;
  private int proposals;

  ListenerState(Predicate<String> supported) {
    this.supported = supported;
  }

  @Override
  void start(ByteBuf out) {
    // The header goes out with the first answer.
  }

  @Override
  void onHeader(ByteBuf out) {
    writeLine(out, HEADER);
  }

  @Override
  void onLine(String line, ByteBuf out) {
    proposals++;
    if (proposals > MAX_PROPOSALS) {
      throw WireException.tooLarge("multistream proposals", proposals, MAX_PROPOSALS);
    }
    if (supported.test(line)) {
      writeLine(out, line);
      agree(line);
    } else {
      writeLine(out, NOT_AVAILABLE);
    }
  }
}
