package xf.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.libp2p.wire.StreamVarint;
import xf.testkit.fuzz.DecoderFuzz;

@Execution(ExecutionMode.CONCURRENT)
class MuxFuzzTest {
  private static final int WINDOW_BYTES = 256 * 1024;

  private static byte[] yamuxTalk() {
    ByteBuf talk = Unpooled.buffer();
    YamuxHeader.write(talk, YamuxHeader.WINDOW_UPDATE, YamuxHeader.SYN, 1, 0);
    YamuxHeader.write(talk, YamuxHeader.DATA, 0, 1, 5);
    talk.writeZero(5);
    YamuxHeader.write(talk, YamuxHeader.DATA, YamuxHeader.SYN, 3, 2);
    talk.writeZero(2);
    YamuxHeader.write(talk, YamuxHeader.PING, YamuxHeader.SYN, 0, 9);
    YamuxHeader.write(talk, YamuxHeader.WINDOW_UPDATE, YamuxHeader.FIN, 1, 100);
    YamuxHeader.write(talk, YamuxHeader.DATA, YamuxHeader.RST, 3, 0);
    YamuxHeader.write(talk, YamuxHeader.GO_AWAY, 0, 0, 0);
    return ByteBufUtil.getBytes(talk);
  }

  private static byte[] mplexTalk() {
    ByteBuf talk = Unpooled.buffer();
    for (int flag = 0; flag < 7; flag++) {
      StreamVarint.write(talk, ((flag / 3) << 3) | flag);
      StreamVarint.write(talk, 3);
      talk.writeZero(3);
    }
    return ByteBufUtil.getBytes(talk);
  }

  @Test
  void shouldSurviveAnyYamux() {
    new DecoderFuzz("yamux", 2_000_000, List.of(yamuxTalk()))
        .run(input -> feed(new YamuxMuxer(() -> 0), input));
  }

  @Test
  void shouldSurviveAnyMplex() {
    new DecoderFuzz("mplex", 2_000_000, List.of(mplexTalk()))
        .run(input -> feed(new MplexMuxer(), input));
  }

  private static void feed(MuxerProtocol muxer, byte[] input) {
    MuxFixture.CountingBudget budget = new MuxFixture.CountingBudget();
    MuxerConfig config = new MuxerConfig(4, 4, WINDOW_BYTES, WINDOW_BYTES, WINDOW_BYTES, budget);
    EmbeddedChannel channel = new EmbeddedChannel();
    muxer.attach(channel, false, config, new SharableRecorder());
    channel.writeInbound(Unpooled.wrappedBuffer(input));
    channel.finishAndReleaseAll();
    channel.runPendingTasks();
    if (budget.used != 0) {
      throw new AssertionError("budget not given back: " + budget.used);
    }
  }

  /** A stream user that never reads. */
  @io.netty.channel.ChannelHandler.Sharable
  private static final class SharableRecorder
      extends io.netty.channel.ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(io.netty.channel.ChannelHandlerContext ctx, Throwable cause) {
      if (!(cause instanceof xf.gossip.net.NetworkException)) {
        throw new AssertionError("an untyped failure reached a stream", cause);
      }
    }
  }
}
