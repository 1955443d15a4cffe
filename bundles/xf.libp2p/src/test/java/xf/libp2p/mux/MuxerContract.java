package xf.libp2p.mux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.DuplexChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;

/** What every muxer owes its streams: the rules of the package {@code xf.libp2p}. */
@SuppressWarnings("FutureReturnValueIgnored") // looked at where it matters
abstract class MuxerContract {
  abstract MuxerProtocol muxer();

  private MuxFixture reading(int chunkBytes) {
    return new MuxFixture(muxer(), chunkBytes, true, 64);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 100_000})
  void shouldCarryBytesWhateverThePieces(int chunkBytes) {
    MuxFixture mux = reading(chunkBytes);
    byte[] data = new byte[chunkBytes == 1 ? 3_000 : 600_000];
    new Random(7).nextBytes(data);
    DuplexChannel stream = mux.open(new MuxFixture.Recorder());
    stream.writeAndFlush(Unpooled.wrappedBuffer(data));
    StreamEnd.finish(stream);
    mux.pair.pump();
    assertArrayEquals(data, mux.last().recorder().bytes.toByteArray());
    assertTrue(mux.last().recorder().finished);
    mux.pair.close();
  }

  @Test
  void shouldLetEachSideEndForItself() {
    MuxFixture mux = reading(1000);
    MuxFixture.Recorder ours = new MuxFixture.Recorder();
    DuplexChannel stream = mux.open(ours);
    stream.writeAndFlush(Unpooled.copiedBuffer("question", UTF_8));
    StreamEnd.finish(stream);
    mux.pair.pump();
    assertTrue(mux.last().recorder().finished);
    assertTrue(stream.isOpen());
    mux.last().channel().writeAndFlush(Unpooled.copiedBuffer("answer", UTF_8));
    StreamEnd.finish(mux.last().channel());
    mux.pair.pump();
    assertEquals("answer", ours.bytes.toString(UTF_8));
    assertTrue(ours.finished && ours.inactive);
    assertEquals(0, mux.dialer.streams() + mux.listener.streams());
    assertEquals(null, ours.failure);
    mux.pair.close();
  }

  @Test
  void shouldResetAStreamThatIsClosedEarly() {
    MuxFixture mux = reading(1000);
    DuplexChannel stream = mux.open(new MuxFixture.Recorder());
    stream.writeAndFlush(Unpooled.copiedBuffer("x", UTF_8));
    mux.pair.pump();
    stream.close();
    mux.pair.pump();
    assertInstanceOf(StreamResetException.class, mux.last().recorder().failure);
    assertTrue(mux.last().recorder().inactive);
    assertEquals(0, mux.listener.streams());
    mux.pair.close();
  }

  @Test
  void shouldRefuseWritesAfterItsEnd() {
    MuxFixture mux = reading(1000);
    DuplexChannel stream = mux.open(new MuxFixture.Recorder());
    StreamEnd.finish(stream);
    ChannelFuture late = stream.writeAndFlush(Unpooled.copiedBuffer("x", UTF_8));
    mux.pair.pump();
    assertFalse(late.isSuccess());
    mux.pair.close();
  }

  @Test
  void shouldResetStreamsBeyondTheLimitOnly() {
    MuxFixture mux = new MuxFixture(muxer(), 1000, true, 3);
    List<MuxFixture.Recorder> ours = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      MuxFixture.Recorder recorder = new MuxFixture.Recorder();
      ours.add(recorder);
      mux.open(recorder);
    }
    mux.pair.pump();
    assertEquals(3, mux.listener.streams());
    assertInstanceOf(StreamResetException.class, ours.get(3).failure);
    assertInstanceOf(StreamResetException.class, ours.get(4).failure);
    assertEquals(null, ours.get(0).failure);
    mux.pair.close();
  }

  @Test
  void shouldResetAStreamForWhichThereIsNoMemory() {
    MuxFixture mux = new MuxFixture(muxer(), 1000, false, 64);
    MuxFixture.Recorder greedy = new MuxFixture.Recorder();
    DuplexChannel stream = mux.open(greedy);
    mux.budget.most = 10_000;
    stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[20_000]));
    mux.pair.pump();
    assertInstanceOf(StreamResetException.class, greedy.failure);
    assertEquals(
        Kind.LIMIT,
        assertInstanceOf(NetworkException.class, mux.last().recorder().failure).reason().kind());
    assertEquals(0, mux.budget.used);
    assertTrue(mux.pair.listener().isOpen(), "the connection goes on");
    mux.pair.close();
  }

  @Test
  void shouldTellStreamsWhyTheirConnectionEnded() {
    MuxFixture mux = reading(1000);
    MuxFixture.Recorder ours = new MuxFixture.Recorder();
    mux.open(ours);
    mux.dialer.close(CloseReason.local(Kind.TRIMMED, "too many"));
    mux.pair.pump();
    assertEquals(
        Kind.TRIMMED, assertInstanceOf(NetworkException.class, ours.failure).reason().kind());
    assertTrue(mux.dialer.closed().isSuccess());
    assertFalse(mux.pair.dialer().isOpen());
    mux.pair.close();
  }

  @Test
  void shouldGiveBackItsBudgetWhenReadLater() {
    MuxFixture mux = new MuxFixture(muxer(), 1000, false, 64);
    DuplexChannel stream = mux.open(new MuxFixture.Recorder());
    stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[100_000]));
    StreamEnd.finish(stream);
    mux.pair.pump();
    assertEquals(100_000, mux.budget.used);
    assertFalse(mux.last().recorder().finished, "the end comes after the bytes");
    mux.last().channel().config().setAutoRead(true);
    mux.pair.pump();
    assertEquals(0, mux.budget.used);
    assertEquals(100_000, mux.last().recorder().bytes.size());
    assertTrue(mux.last().recorder().finished);
    mux.pair.close();
  }
}
