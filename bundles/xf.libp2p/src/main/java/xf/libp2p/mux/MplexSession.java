package xf.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;
import xf.libp2p.wire.StreamVarint;
import xf.libp2p.wire.WireException;
import xf.multiformats.Varint;

/**
 * One end of an mplex connection: frames of {@code varint(stream id << 3 | flag) varint(length)
 * data}. Event loop only, but for what {@link MuxedConnection} says.
 *
 * <p>mplex has no windows. When a stream has one window waiting that nobody reads, the whole
 * connection stops reading until that stream is read again; a stream that stays so for {@value
 * #STALL_TIMEOUT_MS} ms is reset, so that it cannot hold up the others for ever.
 */
final class MplexSession extends MuxSession {
  /** How long one unread stream may stop a connection. */
  static final long STALL_TIMEOUT_MS = 5_000;

  /** The specification's limit for a message. */
  private static final int MAX_MESSAGE_BYTES = 1 << 20;

  private static final int NEW_STREAM = 0;
  private static final int MESSAGE_BY_RECEIVER = 1;
  private static final int MESSAGE_BY_INITIATOR = 2;
  private static final int CLOSE_BY_RECEIVER = 3;
  private static final int CLOSE_BY_INITIATOR = 4;
  private static final int RESET_BY_RECEIVER = 5;
  private static final int RESET_BY_INITIATOR = 6;

  private static final int FLAG_BITS = 3;
  private static final int FLAG_MASK = 0b111;
  private static final int MAX_HEADER_BYTES = 2 * Varint.MAX_BYTES;

  private final LongObjectMap<MuxStreamChannel> streams = new LongObjectHashMap<>();
  private final Set<MuxStreamChannel> stalled = new HashSet<>();
  private final ByteBuf headerBytes;
  private volatile int streamCount;
  private int varintsRead;
  private int outboundStreams;
  private long nextStreamId;

  // The message that is being received: how much is still to come and for whom (null: drop it).
  private long dataLeft;
  private @Nullable MuxStreamChannel dataStream;

  MplexSession(Channel channel, MuxerConfig config, ChannelHandler inboundStreams) {
    super(MplexMuxer.ID, channel, config, inboundStreams);
    this.headerBytes = channel.alloc().heapBuffer(MAX_HEADER_BYTES);
    channel.closeFuture().addListener(f -> headerBytes.release());
  }

  @Override
  void onAttached() {
    // Nothing is said before the first stream.
  }

  @Override
  public int streams() {
    return streamCount;
  }

  @Override
  Collection<MuxStreamChannel> openStreams() {
    List<MuxStreamChannel> open = new ArrayList<>(streams.values());
    return open;
  }

  /** Both sides count their streams from 0: a stream is its number and whose it is. */
  private static long key(long id, boolean ours) {
    return (id << 1) | (ours ? 1 : 0);
  }

  // ---- frames from the peer

  @Override
  void parse(ByteBuf in) {
    while (in.isReadable() && !isOver()) {
      if (dataLeft > 0) {
        onDataBytes(in.readSlice((int) Math.min(dataLeft, in.readableBytes())));
      } else {
        onHeaderByte(in.readByte());
      }
    }
  }

  private void onHeaderByte(byte next) {
    if (headerBytes.readableBytes() == MAX_HEADER_BYTES) {
      throw WireException.badFormat("mplex: a header is longer than two varints");
    }
    headerBytes.writeByte(next);
    if (next < 0) {
      return;
    }
    varintsRead++;
    if (varintsRead == 2) {
      varintsRead = 0;
      long idAndFlag = StreamVarint.tryRead(headerBytes);
      long length = StreamVarint.tryRead(headerBytes);
      headerBytes.clear();
      onFrame(idAndFlag >>> FLAG_BITS, (int) idAndFlag & FLAG_MASK, length);
    }
  }

  private void onFrame(long id, int flag, long length) {
    if (length > MAX_MESSAGE_BYTES) {
      throw WireException.tooLarge("length of an mplex message", length, MAX_MESSAGE_BYTES);
    }
    dataLeft = length;
    dataStream = null;
    switch (flag) {
      case NEW_STREAM -> accept(id); // its data is a name that nobody uses
      case MESSAGE_BY_RECEIVER -> dataStream = streams.get(key(id, true));
      case MESSAGE_BY_INITIATOR -> dataStream = streams.get(key(id, false));
      case CLOSE_BY_RECEIVER -> finish(streams.get(key(id, true)));
      case CLOSE_BY_INITIATOR -> finish(streams.get(key(id, false)));
      case RESET_BY_RECEIVER -> reset(streams.get(key(id, true)));
      case RESET_BY_INITIATOR -> reset(streams.get(key(id, false)));
      default -> throw WireException.badFormat("mplex: unknown flag " + flag);
    }
  }

  private void accept(long id) {
    if (streams.containsKey(key(id, false))) {
      throw WireException.badFormat("mplex: the peer opened stream " + id + " again");
    }
    if (streams.size() - outboundStreams >= config().maxInboundStreams()) {
      writeControl(frame(id, RESET_BY_RECEIVER, 0));
      return;
    }
    startInbound(register(id, false));
  }

  private static void finish(@Nullable MuxStreamChannel stream) {
    if (stream != null) {
      stream.onFinish();
    }
  }

  private static void reset(@Nullable MuxStreamChannel stream) {
    if (stream != null) {
      stream.onReset(new StreamResetException(0));
    }
  }

  private void onDataBytes(ByteBuf data) {
    dataLeft -= data.readableBytes();
    MuxStreamChannel stream = dataStream;
    if (stream == null || !stream.isOpen()) {
      return;
    }
    if (!stream.onData(data)) {
      giveUp(stream, "no memory left for what this stream receives");
    } else if (stream.waitingBytes() > config().initialWindowBytes() && stalled.add(stream)) {
      channel().config().setAutoRead(false);
      eventLoop()
          .schedule(() -> onStallTimeout(stream), STALL_TIMEOUT_MS, TimeUnit.MILLISECONDS)
          .addListener(f -> {});
    }
  }

  private void onStallTimeout(MuxStreamChannel stream) {
    if (stalled.contains(stream)) {
      giveUp(stream, "nobody reads this stream, and mplex has no way to stop its sender");
    }
  }

  private void giveUp(MuxStreamChannel stream, String why) {
    sendReset(stream);
    flush();
    stream.abort(new NetworkException(CloseReason.local(Kind.LIMIT, why)));
  }

  private void resumeReading(MuxStreamChannel stream) {
    if (stalled.remove(stream) && stalled.isEmpty() && !isOver()) {
      channel().config().setAutoRead(true);
    }
  }

  // ---- streams of ours

  @Override
  MuxStreamChannel newOutboundStream() {
    if (outboundStreams >= config().maxOutboundStreams()) {
      throw new NetworkException(
          CloseReason.local(Kind.LIMIT, "mplex: " + outboundStreams + " streams of ours are open"));
    }
    long id = nextStreamId;
    nextStreamId++;
    outboundStreams++;
    MuxStreamChannel stream = register(id, true);
    writeControl(frame(id, NEW_STREAM, 0));
    return stream;
  }

  private MuxStreamChannel register(long id, boolean ours) {
    MuxStreamChannel stream = new MuxStreamChannel(this, id, ours, config().budget());
    streams.put(key(id, ours), stream);
    streamCount = streams.size();
    return stream;
  }

  // ---- StreamCarrier

  @Override
  public int sendableBytes(MuxStreamChannel stream, int wantedBytes) {
    int frame = Math.min(config().maxFrameBytes(), MAX_MESSAGE_BYTES);
    return mayUseSocket(stream) ? Math.min(wantedBytes, frame) : 0;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
  public void sendData(MuxStreamChannel stream, ByteBuf data) {
    int flag = stream.isInitiator() ? MESSAGE_BY_INITIATOR : MESSAGE_BY_RECEIVER;
    context().write(frame(stream.streamId(), flag, data.readableBytes()));
    context().write(data);
  }

  @Override
  public void sendFinish(MuxStreamChannel stream) {
    control(stream, stream.isInitiator() ? CLOSE_BY_INITIATOR : CLOSE_BY_RECEIVER);
  }

  @Override
  public void sendReset(MuxStreamChannel stream) {
    control(stream, stream.isInitiator() ? RESET_BY_INITIATOR : RESET_BY_RECEIVER);
  }

  private void control(MuxStreamChannel stream, int flag) {
    if (!isOver()) {
      writeControl(frame(stream.streamId(), flag, 0));
    }
  }

  private ByteBuf frame(long id, int flag, int length) {
    ByteBuf out = context().alloc().buffer(MAX_HEADER_BYTES);
    StreamVarint.write(out, (id << FLAG_BITS) | flag);
    StreamVarint.write(out, length);
    return out;
  }

  @Override
  public void onConsumed(MuxStreamChannel stream, int lengthBytes) {
    if (stream.waitingBytes() <= config().initialWindowBytes() / 2) {
      resumeReading(stream);
    }
  }

  @Override
  public void onClosed(MuxStreamChannel stream) {
    if (streams.remove(key(stream.streamId(), stream.isInitiator())) != null) {
      forget(stream);
      resumeReading(stream);
      if (stream.isInitiator()) {
        outboundStreams--;
      }
      streamCount = streams.size();
    }
  }

  @Override
  void sendGoodbye(CloseReason reason) {
    // mplex has no word for it.
  }
}
