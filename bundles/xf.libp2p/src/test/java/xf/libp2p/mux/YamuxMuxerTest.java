package xf.libp2p.mux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.DuplexChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import xf.gossip.net.CloseReason.Kind;
import xf.libp2p.wire.ChannelPair;

@SuppressWarnings("FutureReturnValueIgnored") // looked at where it matters
class YamuxMuxerTest extends MuxerContract {
  @Override
  MuxerProtocol muxer() {
    return new YamuxMuxer(() -> 0);
  }

  private static ByteBuf frame(int type, int flags, int id, int length) {
    ByteBuf out = Unpooled.buffer();
    YamuxHeader.write(out, type, flags, id, length);
    return out;
  }

  @Test
  void shouldHoldNoMoreThanTheWindowOfAStreamThatNobodyReads() {
    MuxFixture mux = new MuxFixture(muxer(), 10_000, false, 64);
    DuplexChannel stream = mux.open(new MuxFixture.Recorder());
    for (int i = 0; i < 100; i++) {
      stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[32 * 1024]));
      mux.pair.pump();
    }
    assertEquals(MuxFixture.WINDOW_BYTES, mux.budget.used);
    assertFalse(stream.isWritable(), "the writer is told to stop");
    mux.pair.close();
  }

  @Test
  void shouldGoOnOnceTheReaderReads() {
    MuxFixture mux = new MuxFixture(muxer(), 10_000, false, 64);
    DuplexChannel stream = mux.open(new MuxFixture.Recorder());
    byte[] data = new byte[2_000_000];
    new java.util.Random(3).nextBytes(data);
    stream.writeAndFlush(Unpooled.wrappedBuffer(data));
    StreamEnd.finish(stream);
    mux.pair.pump();
    MuxFixture.Accepted accepted = mux.last();
    for (int i = 0; i < 1000 && !accepted.recorder().finished; i++) {
      accepted.channel().read();
      mux.pair.pump();
    }
    assertArrayEquals(data, accepted.recorder().bytes.toByteArray());
    assertEquals(0, mux.budget.used);
    mux.pair.close();
  }

  @Test
  void shouldEndAConnectionThatOverrunsAWindow() {
    MuxFixture mux = new MuxFixture(muxer(), 1000, false, 64);
    ChannelPair pair = mux.pair;
    pair.listener().writeInbound(frame(YamuxHeader.WINDOW_UPDATE, YamuxHeader.SYN, 1, 0));
    pair.listener().writeInbound(frame(YamuxHeader.DATA, 0, 1, MuxFixture.WINDOW_BYTES));
    pair.listener().writeInbound(Unpooled.wrappedBuffer(new byte[MuxFixture.WINDOW_BYTES]));
    assertTrue(pair.listener().isOpen());
    pair.listener().writeInbound(frame(YamuxHeader.DATA, 0, 1, 1));
    assertEquals(Kind.TOO_LARGE, ChannelPair.now(mux.listener.closed()).kind());
    assertEquals(0, mux.budget.used);
    pair.close();
  }

  @ParameterizedTest
  @CsvSource({
    "0,0,0x10,1,0", // an unknown flag
    "1,0,0x1,1,0", // a version of the future
    "0,4,0,0,0", // a type of the future
    "0,0,0,1,0", // a stream that nobody opened
    "0,0,0,2,0", // one of the listener's that it never opened
    "0,1,1,2,0", // opening one of the listener's
    "0,1,1,0,0", // opening the session
  })
  void shouldEndAConnectionThatBreaksTheRules(
      int version, int type, String flags, int id, int length) {
    MuxFixture mux = new MuxFixture(muxer(), 1000, true, 64);
    ByteBuf bytes = frame(type, Integer.decode(flags), id, length);
    bytes.setByte(0, version);
    mux.pair.listener().writeInbound(bytes);
    assertEquals(Kind.PROTOCOL_VIOLATION, ChannelPair.now(mux.listener.closed()).kind());
    ByteBuf goodbye = mux.pair.listener().readOutbound();
    List<ByteBuf> sent = new ArrayList<>();
    for (; goodbye != null; goodbye = mux.pair.listener().readOutbound()) {
      sent.add(goodbye);
    }
    ByteBuf lastSent = sent.get(sent.size() - 1);
    YamuxHeader header = YamuxHeader.read(lastSent);
    assertEquals(YamuxHeader.GO_AWAY, header.type());
    assertEquals(YamuxHeader.PROTOCOL_ERROR, header.length());
    sent.forEach(ByteBuf::release);
    mux.pair.close();
  }

  @Test
  void shouldRefuseToOpenAStreamTwice() {
    MuxFixture mux = new MuxFixture(muxer(), 1000, true, 64);
    mux.pair.listener().writeInbound(frame(YamuxHeader.WINDOW_UPDATE, YamuxHeader.SYN, 5, 0));
    mux.pair.listener().writeInbound(frame(YamuxHeader.WINDOW_UPDATE, YamuxHeader.SYN, 5, 0));
    assertEquals(Kind.PROTOCOL_VIOLATION, ChannelPair.now(mux.listener.closed()).kind());
    mux.pair.close();
  }

  @Test
  void shouldAcceptAnyCombinationOfFlagsOnData() {
    MuxFixture mux = new MuxFixture(muxer(), 1000, true, 64);
    ByteBuf all = frame(YamuxHeader.DATA, YamuxHeader.SYN | YamuxHeader.FIN, 1, 3);
    mux.pair.listener().writeInbound(all.writeBytes(new byte[] {1, 2, 3}));
    MuxFixture.Accepted accepted = mux.last();
    assertArrayEquals(new byte[] {1, 2, 3}, accepted.recorder().bytes.toByteArray());
    assertTrue(accepted.recorder().finished);
    mux.pair.close();
  }

  @Test
  void shouldNeverPutAnEndOnAFrameWithData() {
    MuxFixture mux = new MuxFixture(muxer(), 100_000, true, 64);
    List<YamuxHeader> headers = new ArrayList<>();
    ByteBuf stream = Unpooled.buffer();
    mux.pair.tamper(
        bytes -> {
          stream.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
          return bytes;
        });
    DuplexChannel channel = mux.open(new MuxFixture.Recorder());
    channel.write(Unpooled.wrappedBuffer(new byte[100_000]));
    StreamEnd.finish(channel);
    mux.pair.pump();
    while (stream.isReadable()) {
      YamuxHeader header = YamuxHeader.read(stream);
      headers.add(header);
      if (header.type() == YamuxHeader.DATA) {
        stream.skipBytes(header.length());
      }
    }
    assertTrue(headers.stream().anyMatch(h -> h.has(YamuxHeader.FIN)));
    assertTrue(
        headers.stream().noneMatch(h -> h.type() == YamuxHeader.DATA && h.has(YamuxHeader.FIN)));
    mux.pair.close();
  }

  @Test
  void shouldAnswerAPing() {
    MuxFixture mux = new MuxFixture(muxer(), 1000, true, 64);
    mux.pair.listener().writeInbound(frame(YamuxHeader.PING, YamuxHeader.SYN, 0, 77));
    ByteBuf answer = mux.pair.listener().readOutbound();
    assertEquals(
        new YamuxHeader(YamuxHeader.PING, YamuxHeader.ACK, 0, 77), YamuxHeader.read(answer));
    answer.release();
    mux.pair.close();
  }

  @Test
  void shouldDropDataForAStreamThatIsOver() {
    MuxFixture mux = new MuxFixture(muxer(), 1000, true, 64);
    mux.pair.listener().writeInbound(frame(YamuxHeader.WINDOW_UPDATE, YamuxHeader.SYN, 1, 0));
    mux.last().channel().close();
    mux.pair.listener().runPendingTasks();
    ByteBuf late = frame(YamuxHeader.DATA, 0, 1, 4).writeInt(0);
    mux.pair.listener().writeInbound(late);
    assertTrue(mux.pair.listener().isOpen());
    mux.pair.close();
  }

  @Test
  void shouldOpenNoMoreStreamsThanThePeerAcknowledges() {
    YamuxMuxer muxer = new YamuxMuxer(() -> 0);
    ChannelPair pair = new ChannelPair(1000);
    MuxerConfig config =
        new MuxerConfig(10, 1000, 256 * 1024, 256 * 1024, 65536, new MuxFixture.CountingBudget());
    MuxedConnection alone = muxer.attach(pair.dialer(), true, config, new MuxFixture.Recorder());
    int opened = 0;
    while (opened < 1000 && alone.openStream(new MuxFixture.Recorder()).isSuccess()) {
      opened++;
    }
    assertEquals(256, opened);
    pair.close();
  }

  @Test
  void shouldAnnounceAWindowThatBeginsLarger() {
    ChannelPair pair = new ChannelPair(1000);
    MuxerConfig config =
        new MuxerConfig(10, 10, 1 << 20, 1 << 20, 65536, new MuxFixture.CountingBudget());
    MuxedConnection alone =
        new YamuxMuxer(() -> 0).attach(pair.dialer(), true, config, new MuxFixture.Recorder());
    alone.openStream(new MuxFixture.Recorder());
    ByteBuf ping = pair.dialer().readOutbound();
    ByteBuf syn = pair.dialer().readOutbound();
    assertEquals(
        new YamuxHeader(YamuxHeader.WINDOW_UPDATE, YamuxHeader.SYN, 1, (1 << 20) - (256 << 10)),
        YamuxHeader.read(syn));
    ping.release();
    syn.release();
    pair.close();
  }

  @Test
  void shouldWidenTheWindowOfAFastStreamOnly() {
    YamuxWindow window = new YamuxWindow(MuxFixture.WINDOW_BYTES, 1 << 20, 0);
    window.onReceived(200_000);
    int slow = window.onConsumed(200_000, 1_000_000_000, 1_000_000);
    assertEquals(200_000, slow);
    window.onReceived(200_000);
    int fast = window.onConsumed(200_000, 1_001_000_000, 1_000_000);
    assertEquals(200_000 + 256 * 1024, fast);
  }
}
