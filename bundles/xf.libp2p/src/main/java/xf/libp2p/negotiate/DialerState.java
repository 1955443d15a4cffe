package xf.libp2p.negotiate;

import io.netty.buffer.ByteBuf;
import java.util.List;
import xf.gossip.net.CloseReason.Kind;
import xf.libp2p.wire.WireException;

/** Proposes protocols in order until the listener repeats one. */
final class DialerState extends MultistreamState {
  private final List<String> proposals;
  private int current;

  DialerState(List<String> proposals) {
    if (proposals.isEmpty()) {
      throw new IllegalArgumentException("multistream: nothing to propose");
    }
    this.proposals = List.copyOf(proposals);
  }

  @Override
  void start(ByteBuf out) {
    writeLine(out, HEADER);
    writeLine(out, proposals.get(0));
  }

  @Override
  void onHeader(ByteBuf out) {
    // Our first proposal is on its way already.
  }

  @Override
  void onLine(String line, ByteBuf out) {
    if (line.equals(proposals.get(current))) {
      agree(line);
    } else if (line.equals(NOT_AVAILABLE)) {
      proposeNext(out);
    } else {
      throw WireException.badFormat(
          "multistream: proposed "
              + proposals.get(current)
              + ", expected that or na, got "
              + printable(line));
    }
  }

  private void proposeNext(ByteBuf out) {
    current++;
    if (current == proposals.size()) {
      throw new WireException(
          Kind.NOT_SUPPORTED, "multistream: the peer speaks none of " + proposals);
    }
    writeLine(out, proposals.get(current));
  }
}
