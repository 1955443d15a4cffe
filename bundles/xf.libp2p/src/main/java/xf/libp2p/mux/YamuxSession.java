package xf.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;
import xf.libp2p.wire.WireException;

/**
 * One end of a yamux connection. Event loop only, but for what {@link MuxedConnection} says.
 *
 * <p>Data is passed on as it arrives, not frame by frame: no frame is ever put together in memory.
 * A FIN or RST never shares a frame with data, because some implementations lose the data then; any
 * combination is accepted.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
final class YamuxSession extends MuxSession {
  /** Streams of ours that the peer has not acknowledged (yamux specification: at most 256). */
  private static final int MAX_ACK_BACKLOG = 256;

  private static final long PING_INTERVAL_NS = 10_000_000_000L;

  /** A stream and its flow control. */
  private static final class Entry {
    final MuxStreamChannel stream;
    final YamuxWindow window;
    boolean acknowledged;

    Entry(MuxStreamChannel stream, YamuxWindow window, boolean acknowledged) {
      this.stream = stream;
      this.window = window;
      this.acknowledged = acknowledged;
    }
  }

  private final boolean initiator;
  private final LongSupplier nanoClock;
  private final IntObjectMap<Entry> streams = new IntObjectHashMap<>();
  private final ByteBuf headerBytes;
  private volatile int streamCount;
  private int outboundStreams;
  private int ackBacklog;
  private int nextStreamId;
  private int highestRemoteId;
  private @Nullable CloseReason goodbye;

  // The data frame that is being received: how much of it is still to come, for whom (null: drop
  // it), and whether a FIN follows it.
  private long dataLeft;
  private @Nullable Entry dataEntry;
  private boolean finishAfterData;

  private int pingValue;
  private long pingSentNs;
  private boolean pingPending;
  private long roundTripNs;

  YamuxSession(
      Channel channel,
      boolean initiator,
      MuxerConfig config,
      ChannelHandler inboundStreams,
      LongSupplier nanoClock) {
    super(YamuxMuxer.ID, channel, config, inboundStreams);
    this.initiator = initiator;
    this.nanoClock = nanoClock;
    this.nextStreamId = initiator ? 1 : 2;
    this.headerBytes = channel.alloc().heapBuffer(YamuxHeader.LENGTH_BYTES);
    channel.closeFuture().addListener(f -> headerBytes.release());
  }

  @Override
  void onAttached() {
    ping();
  }

  @Override
  public int streams() {
    return streamCount;
  }

  @Override
  Collection<MuxStreamChannel> openStreams() {
    List<MuxStreamChannel> open = new ArrayList<>(streams.size());
    streams.values().forEach(entry -> open.add(entry.stream));
    return open;
  }

  // ---- frames from the peer

  @Override
  void parse(ByteBuf in) {
    while (in.isReadable() && !isOver()) {
      if (dataLeft > 0) {
        onDataBytes(in.readSlice((int) Math.min(dataLeft, in.readableBytes())));
      } else {
        int missing = YamuxHeader.LENGTH_BYTES - headerBytes.readableBytes();
        headerBytes.writeBytes(in, Math.min(missing, in.readableBytes()));
        if (headerBytes.readableBytes() == YamuxHeader.LENGTH_BYTES) {
          YamuxHeader header = YamuxHeader.read(headerBytes);
          headerBytes.clear();
          onHeader(header);
        }
      }
    }
  }

  private void onHeader(YamuxHeader header) {
    switch (header.type()) {
      case YamuxHeader.PING -> onPing(header);
      case YamuxHeader.GO_AWAY -> onGoAway(header);
      default -> onStreamFrame(header);
    }
  }

  private void onStreamFrame(YamuxHeader header) {
    boolean data = header.type() == YamuxHeader.DATA;
    // No frame is put together here, so the window alone bounds what a living stream may get: some
    // implementations send a whole window as one frame.
    if (data && header.unsignedLength() > longestWindow()) {
      throw WireException.tooLarge(
          "length of a yamux frame", header.unsignedLength(), longestWindow());
    }
    Entry entry = header.has(YamuxHeader.SYN) ? accept(header.streamId()) : find(header.streamId());
    if (entry != null && header.has(YamuxHeader.ACK)) {
      acknowledge(entry);
    }
    if (entry != null && header.has(YamuxHeader.RST)) {
      entry.stream.onReset(new StreamResetException(0));
      entry = null;
    }
    boolean finish = header.has(YamuxHeader.FIN);
    if (data && header.length() != 0) {
      if (entry != null) {
        entry.window.onReceived(header.unsignedLength());
      }
      dataLeft = header.unsignedLength();
      dataEntry = entry;
      finishAfterData = finish;
      return;
    }
    if (entry != null && !data) {
      entry.window.onCredit(header.unsignedLength());
      entry.stream.resumeWriting();
    }
    if (entry != null && finish) {
      entry.stream.onFinish();
    }
  }

  private int longestWindow() {
    int configured = Math.max(config().maxWindowBytes(), config().initialWindowBytes());
    return Math.max(configured, YamuxWindow.INITIAL_BYTES);
  }

  /** What our window has beyond the one both sides begin with. */
  private int firstCredit() {
    return Math.max(0, config().initialWindowBytes() - YamuxWindow.INITIAL_BYTES);
  }

  private void onDataBytes(ByteBuf data) {
    dataLeft -= data.readableBytes();
    Entry entry = dataEntry;
    if (dataLeft == 0) {
      dataEntry = null;
    }
    if (entry == null || !entry.stream.isOpen()) {
      return; // reset by us while this was on its way
    }
    if (!entry.stream.onData(data)) {
      sendReset(entry.stream);
      entry.stream.abort(
          new NetworkException(
              CloseReason.local(Kind.LIMIT, "no memory left for what this stream receives")));
    } else if (dataLeft == 0 && finishAfterData) {
      entry.stream.onFinish();
    }
  }

  /** The stream the peer opens, or null when it may not. */
  private @Nullable Entry accept(int id) {
    boolean odd = (id & 1) == 1;
    if (id <= 0 || odd == initiator) {
      throw WireException.badFormat(
          "yamux: the peer opened stream " + Integer.toUnsignedString(id) + ", not one of its own");
    }
    if (id <= highestRemoteId) {
      throw WireException.badFormat("yamux: the peer opened stream " + id + " again");
    }
    highestRemoteId = id;
    if (streams.size() - outboundStreams >= config().maxInboundStreams()) {
      control(YamuxHeader.WINDOW_UPDATE, YamuxHeader.RST, id, 0);
      return null;
    }
    Entry entry = register(id, false);
    control(YamuxHeader.WINDOW_UPDATE, YamuxHeader.ACK, id, firstCredit());
    startInbound(entry.stream);
    return entry.stream.isOpen() ? entry : null;
  }

  /** The stream of this number, null when it is over; a number never used is a breach. */
  private @Nullable Entry find(int id) {
    Entry entry = streams.get(id);
    if (entry != null) {
      return entry;
    }
    boolean ours = ((id & 1) == 1) == initiator;
    if (id <= 0 || (ours ? id >= nextStreamId : id > highestRemoteId)) {
      throw WireException.badFormat(
          "yamux: a frame for stream " + Integer.toUnsignedString(id) + ", which nobody opened");
    }
    return null;
  }

  private void acknowledge(Entry entry) {
    if (!entry.acknowledged) {
      entry.acknowledged = true;
      ackBacklog--;
    }
  }

  private void onPing(YamuxHeader header) {
    if (header.has(YamuxHeader.SYN)) {
      control(YamuxHeader.PING, YamuxHeader.ACK, 0, header.length());
    } else if (header.has(YamuxHeader.ACK) && pingPending && header.length() == pingValue) {
      pingPending = false;
      roundTripNs = nanoClock.getAsLong() - pingSentNs;
    }
  }

  private void ping() {
    pingPending = true;
    pingSentNs = nanoClock.getAsLong();
    pingValue++;
    control(YamuxHeader.PING, YamuxHeader.SYN, 0, pingValue);
    flush();
  }

  private void onGoAway(YamuxHeader header) {
    goodbye =
        header.length() == YamuxHeader.NORMAL_END
            ? CloseReason.remote(Kind.FINISHED, "the peer said goodbye")
            : CloseReason.remote(
                    Kind.PROTOCOL_VIOLATION,
                    header.length() == YamuxHeader.PROTOCOL_ERROR
                        ? "the peer says we broke the yamux protocol"
                        : "the peer had an internal error")
                .withCode(header.unsignedLength());
  }

  @Override
  CloseReason goodbyeOfPeer() {
    return goodbye != null ? goodbye : super.goodbyeOfPeer();
  }

  // ---- streams of ours

  @Override
  MuxStreamChannel newOutboundStream() {
    if (goodbye != null) {
      throw new NetworkException(goodbye);
    }
    if (outboundStreams >= config().maxOutboundStreams()) {
      throw limit("yamux: " + outboundStreams + " streams of ours are open");
    }
    if (ackBacklog >= MAX_ACK_BACKLOG) {
      throw limit("yamux: the peer has not acknowledged our last " + ackBacklog + " streams");
    }
    if (nextStreamId < 0) {
      throw limit("yamux: this connection has used up its stream numbers; connect anew");
    }
    int id = nextStreamId;
    nextStreamId += 2;
    ackBacklog++;
    outboundStreams++;
    Entry entry = register(id, true);
    control(YamuxHeader.WINDOW_UPDATE, YamuxHeader.SYN, id, firstCredit());
    return entry.stream;
  }

  private static NetworkException limit(String detail) {
    return new NetworkException(CloseReason.local(Kind.LIMIT, detail));
  }

  private Entry register(int id, boolean ours) {
    MuxStreamChannel stream = new MuxStreamChannel(this, id, ours, config().budget());
    YamuxWindow window =
        new YamuxWindow(
            config().initialWindowBytes(), config().maxWindowBytes(), nanoClock.getAsLong());
    Entry entry = new Entry(stream, window, !ours);
    streams.put(id, entry);
    streamCount = streams.size();
    return entry;
  }

  // ---- StreamCarrier

  @Override
  public int sendableBytes(MuxStreamChannel stream, int wantedBytes) {
    Entry entry = streams.get((int) stream.streamId());
    if (entry == null || entry.window.sendable() <= 0 || !mayUseSocket(stream)) {
      return 0;
    }
    long frame = Math.min(wantedBytes, config().maxFrameBytes());
    return (int) Math.min(frame, entry.window.sendable());
  }

  @Override
  public void sendData(MuxStreamChannel stream, ByteBuf data) {
    int id = (int) stream.streamId();
    int length = data.readableBytes();
    streams.get(id).window.onSent(length);
    context().write(header(YamuxHeader.DATA, 0, id, length));
    context().write(data);
  }

  @Override
  public void sendFinish(MuxStreamChannel stream) {
    control(YamuxHeader.WINDOW_UPDATE, YamuxHeader.FIN, (int) stream.streamId(), 0);
  }

  @Override
  public void sendReset(MuxStreamChannel stream) {
    control(YamuxHeader.WINDOW_UPDATE, YamuxHeader.RST, (int) stream.streamId(), 0);
  }

  @Override
  public void onConsumed(MuxStreamChannel stream, int lengthBytes) {
    int id = (int) stream.streamId();
    Entry entry = streams.get(id);
    if (entry == null || lengthBytes == 0) {
      return;
    }
    long nowNs = nanoClock.getAsLong();
    int credit = entry.window.onConsumed(lengthBytes, nowNs, roundTripNs);
    if (credit > 0) {
      control(YamuxHeader.WINDOW_UPDATE, 0, id, credit);
      if (!pingPending && nowNs - pingSentNs > PING_INTERVAL_NS) {
        ping();
      }
      flushNow(); // not when all that arrived has been looked at: the peer may be waiting for it
    }
  }

  @Override
  public void onClosed(MuxStreamChannel stream) {
    Entry entry = streams.remove((int) stream.streamId());
    if (entry != null) {
      forget(stream);
      if (stream.isInitiator()) {
        outboundStreams--;
        acknowledge(entry); // or the backlog would keep a place for it for ever
      }
      streamCount = streams.size();
    }
  }

  @Override
  void sendGoodbye(CloseReason reason) {
    boolean theirFault =
        switch (reason.kind()) {
          case PROTOCOL_VIOLATION, TOO_LARGE, NOT_VERIFIED -> true;
          default -> false;
        };
    int code = theirFault ? YamuxHeader.PROTOCOL_ERROR : YamuxHeader.NORMAL_END;
    context().write(header(YamuxHeader.GO_AWAY, 0, 0, code));
  }

  private void control(int type, int flags, int streamId, int length) {
    if (!isOver()) {
      writeControl(header(type, flags, streamId, length));
    }
  }

  private ByteBuf header(int type, int flags, int streamId, int length) {
    ByteBuf out = context().alloc().buffer(YamuxHeader.LENGTH_BYTES, YamuxHeader.LENGTH_BYTES);
    YamuxHeader.write(out, type, flags, streamId, length);
    return out;
  }
}
