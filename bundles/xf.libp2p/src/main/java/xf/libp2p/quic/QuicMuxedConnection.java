package xf.libp2p.quic;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;
import xf.libp2p.mux.ByteBudget;
import xf.libp2p.mux.MuxedConnection;
import xf.libp2p.transport.StreamInitializers;

/** The streams of one QUIC connection. Bytes are counted as streams carry them. */
@SuppressWarnings("FutureReturnValueIgnored") // promises are passed on
final class QuicMuxedConnection implements MuxedConnection {
  static final String MUXER = "quic";

  /**
   * What a peer may send before anything is consumed. Bytes that wait inside the QUIC library
   * cannot be counted from here, so this promise is what a connection takes from the budget; the
   * library lets the window grow only as fast as streams are read.
   */
  static final int FIRST_WINDOW_BYTES = 256 << 10;

  private final QuicChannel channel;
  private final ChannelHandler inboundStreams;
  private final int maxOutboundStreams;
  private final Promise<CloseReason> closed;
  private final AtomicInteger streams = new AtomicInteger();
  private final AtomicInteger outboundStreams = new AtomicInteger();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();
  private @Nullable CloseReason reason;

  /**
   * Takes its place in the budget.
   *
   * @throws NetworkException when there is no room in it
   */
  QuicMuxedConnection(QuicChannel channel, StreamInitializers streams) {
    this.channel = channel;
    this.inboundStreams = streams.inboundStreams();
    this.maxOutboundStreams = streams.muxer().maxOutboundStreams();
    ByteBudget budget = streams.muxer().budget();
    if (!budget.reserve(FIRST_WINDOW_BYTES)) {
      throw new NetworkException(
          CloseReason.local(
              Kind.LIMIT, "quic: no memory left for the window of another connection"));
    }
    channel.closeFuture().addListener(f -> budget.unreserve(FIRST_WINDOW_BYTES));
    this.closed = channel.eventLoop().newPromise();
    channel.closeFuture().addListener(f -> onChannelClosed());
  }

  @Override
  public String muxer() {
    return MUXER;
  }

  @Override
  public EventLoop eventLoop() {
    return channel.eventLoop();
  }

  @Override
  public Future<? extends DuplexChannel> openStream(ChannelHandler initializer) {
    if (outboundStreams.incrementAndGet() > maxOutboundStreams) {
      outboundStreams.decrementAndGet();
      return eventLoop()
          .newFailedFuture(
              new NetworkException(
                  CloseReason.local(
                      Kind.LIMIT, "quic: " + maxOutboundStreams + " streams of ours are open")));
    }
    Promise<DuplexChannel> promise = eventLoop().newPromise();
    channel
        .newStreamBootstrap()
        .type(QuicStreamType.BIDIRECTIONAL)
        .option(ChannelOption.AUTO_READ, false)
        .handler(initializerOf(initializer))
        .create()
        .addListener((Future<QuicStreamChannel> created) -> onCreated(created, promise));
    return promise;
  }

  private void onCreated(Future<QuicStreamChannel> created, Promise<DuplexChannel> promise) {
    if (created.isSuccess()) {
      QuicStreamChannel stream = created.getNow();
      stream.closeFuture().addListener(f -> outboundStreams.decrementAndGet());
      promise.trySuccess(stream);
    } else {
      outboundStreams.decrementAndGet();
      promise.tryFailure(
          new NetworkException(
              CloseReason.remote(
                  Kind.LIMIT, "quic: no stream to be had: " + created.cause().getMessage()),
              created.cause()));
    }
  }

  /** Puts our handlers, then the user's, on a stream of the peer's. */
  void onInbound(QuicStreamChannel stream) {
    stream.pipeline().addLast(initializerOf(inboundStreams));
  }

  private ChannelInitializer<Channel> initializerOf(ChannelHandler user) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel stream) {
        streams.incrementAndGet();
        stream.closeFuture().addListener(f -> streams.decrementAndGet());
        stream.pipeline().addLast(new QuicStreamHead(QuicMuxedConnection.this)).addLast(user);
      }
    };
  }

  @Override
  public Future<Void> reset(DuplexChannel stream, long code) {
    int quicCode = (int) Math.min(Math.max(code, 0), Integer.MAX_VALUE);
    Promise<Void> promise = eventLoop().newPromise();
    ((QuicStreamChannel) stream)
        .shutdown(quicCode)
        .addListener(f -> stream.close().addListener(g -> promise.trySuccess(null)));
    return promise;
  }

  @Override
  public int streams() {
    return streams.get();
  }

  void countIn(int lengthBytes) {
    bytesIn.add(lengthBytes);
  }

  void countOut(int lengthBytes) {
    bytesOut.add(lengthBytes);
  }

  @Override
  public long bytesIn() {
    return bytesIn.sum();
  }

  @Override
  public long bytesOut() {
    return bytesOut.sum();
  }

  @Override
  public Future<Void> close(CloseReason why) {
    Promise<Void> promise = eventLoop().newPromise();
    eventLoop()
        .execute(
            () -> {
              setReason(why);
              closeChannel(channel, why);
              channel.closeFuture().addListener(f -> promise.trySuccess(null));
            });
    return promise;
  }

  static void closeChannel(QuicChannel channel, CloseReason why) {
    int code = (int) Math.min(Math.max(why.code(), 0), Integer.MAX_VALUE);
    byte[] text = why.kind().name().getBytes(StandardCharsets.US_ASCII);
    channel.close(true, code, Unpooled.wrappedBuffer(text));
  }

  /** The peer closed the connection and said why. */
  void onPeerClose(QuicConnectionCloseEvent event) {
    setReason(reasonOf(event));
  }

  static CloseReason reasonOf(QuicConnectionCloseEvent event) {
    String text = new String(event.reason(), StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
    String detail = "the peer closed the connection" + (text.isEmpty() ? "" : ": " + text);
    if (event.isTlsError()) {
      return CloseReason.remote(Kind.NOT_VERIFIED, detail)
          .withCode(QuicConnectionCloseEvent.extractTlsError(event.error()));
    }
    Kind kind =
        event.isApplicationClose()
            ? Kind.FINISHED
            : event.error() == 0 ? Kind.TRANSPORT : Kind.PROTOCOL_VIOLATION;
    return CloseReason.remote(kind, detail).withCode(event.error());
  }

  private void setReason(CloseReason why) {
    if (reason == null) {
      reason = why;
    }
  }

  private void onChannelClosed() {
    setReason(
        channel.isTimedOut()
            ? CloseReason.local(Kind.TIMEOUT, "quic: nothing came from the peer for too long")
            : CloseReason.remote(Kind.TRANSPORT, "the connection ended without a reason"));
    if (reason != null) {
      closed.trySuccess(reason);
    }
  }

  @Override
  public Future<CloseReason> closed() {
    return closed;
  }
}
