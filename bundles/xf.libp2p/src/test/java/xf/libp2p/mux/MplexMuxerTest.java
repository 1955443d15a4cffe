package xf.libp2p.mux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import xf.gossip.net.CloseReason.Kind;
import xf.libp2p.wire.ChannelPair;

class MplexMuxerTest extends MuxerContract {
  @Override
  MuxerProtocol muxer() {
    return new MplexMuxer();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0700", "000000000000000000000000000000000000000000000000000000000700"})
  void shouldEndAConnectionWithAnUnknownFlag(String hex) {
    endsWith(Kind.PROTOCOL_VIOLATION, hex);
  }

  @ParameterizedTest
  @ValueSource(strings = {"02818040", "0281808001"})
  void shouldEndAConnectionWithAMessageOverTheLimit(String hex) {
    endsWith(Kind.TOO_LARGE, hex);
  }

  @ParameterizedTest
  @ValueSource(strings = {"800000", "ffffffffffffffffffff0100", "00000000"})
  void shouldEndAConnectionWithABadHeader(String hex) {
    endsWith(Kind.PROTOCOL_VIOLATION, hex);
  }

  private void endsWith(Kind kind, String hex) {
    MuxFixture mux = new MuxFixture(muxer(), 1000, true, 64);
    ByteBuf bytes = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
    mux.pair.listener().writeInbound(bytes);
    assertEquals(kind, ChannelPair.now(mux.listener.closed()).kind());
    mux.pair.close();
  }
}
