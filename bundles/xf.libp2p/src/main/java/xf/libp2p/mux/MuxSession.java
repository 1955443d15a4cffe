package xf.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;

/**
 * What yamux and mplex have in common: one handler at the end of a secured channel that is at once
 * the connection its users see, and what its streams are carried by.
 *
 * <p>Whatever breaks the protocol ends this connection, with a reason; whatever goes wrong in one
 * stream ends that stream.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
abstract class MuxSession extends ChannelInboundHandlerAdapter
    implements MuxedConnection, StreamCarrier {

  /**
   * How many answers may queue up for a peer that does not read: pings, refusals, credit. An honest
   * peer gets a handful behind; one that asks on and on without reading would fill our memory.
   */
  private static final int MAX_UNREAD_CONTROL_FRAMES = 4096;

  private final String muxer;
  private final Channel channel;
  private final ChannelHandler inboundStreams;
  private final MuxerConfig config;
  private final TrafficCounter traffic = new TrafficCounter();
  private final Promise<CloseReason> closed;
  private final Set<MuxStreamChannel> waitingForSocket = new LinkedHashSet<>();

  private @Nullable ChannelHandlerContext context;
  private @Nullable CloseReason endReason;
  private boolean reading;
  private boolean flushNeeded;
  private int unreadControlFrames;

  MuxSession(String muxer, Channel channel, MuxerConfig config, ChannelHandler inboundStreams) {
    this.muxer = muxer;
    this.channel = channel;
    this.config = config;
    this.inboundStreams = inboundStreams;
    this.closed = channel.eventLoop().newPromise();
  }

  /** Joins the pipeline and begins to read. */
  final MuxedConnection attach() {
    channel.pipeline().addFirst(traffic).addLast(this);
    channel.config().setAutoRead(true);
    return this;
  }

  // ---- what each muxer does its own way

  /** Takes whole frames from what arrived. */
  abstract void parse(ByteBuf in);

  /** A new stream of ours, in the books and announced to the peer. */
  abstract MuxStreamChannel newOutboundStream();

  /** Says goodbye, if the muxer has a way. */
  abstract void sendGoodbye(CloseReason reason);

  abstract Collection<MuxStreamChannel> openStreams();

  // ---- MuxedConnection

  @Override
  public final String muxer() {
    return muxer;
  }

  @Override
  public final Channel channel() {
    return channel;
  }

  @Override
  public final EventLoop eventLoop() {
    return channel.eventLoop();
  }

  @Override
  public final long bytesIn() {
    return traffic.bytesIn();
  }

  @Override
  public final long bytesOut() {
    return traffic.bytesOut();
  }

  @Override
  public final Future<CloseReason> closed() {
    return closed;
  }

  @Override
  public final Future<? extends DuplexChannel> openStream(ChannelHandler initializer) {
    Promise<DuplexChannel> promise = eventLoop().newPromise();
    runOnLoop(() -> openStream(initializer, promise));
    return promise;
  }

  private void openStream(ChannelHandler initializer, Promise<DuplexChannel> promise) {
    try {
      if (endReason != null) {
        throw new NetworkException(endReason);
      }
      MuxStreamChannel stream = newOutboundStream();
      stream.pipeline().addLast(initializer);
      eventLoop().register(stream);
      flush();
      promise.trySuccess(stream);
    } catch (NetworkException e) {
      promise.tryFailure(e);
    }
  }

  /** Puts a stream that the peer opened into service. */
  final void startInbound(MuxStreamChannel stream) {
    stream.pipeline().addLast(inboundStreams);
    eventLoop().register(stream);
  }

  @Override
  public final Future<Void> reset(DuplexChannel stream, long code) {
    Promise<Void> promise = eventLoop().newPromise();
    // Neither yamux nor mplex has a place for the code. Closing before both ends are finished is
    // the reset.
    runOnLoop(() -> stream.close().addListener(f -> promise.trySuccess(null)));
    return promise;
  }

  @Override
  public final Future<Void> close(CloseReason reason) {
    Promise<Void> promise = eventLoop().newPromise();
    runOnLoop(
        () -> {
          end(reason, true);
          channel.closeFuture().addListener(f -> promise.trySuccess(null));
        });
    return promise;
  }

  // ---- the channel below

  @Override
  public final void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    onAttached();
  }

  /** The session may send now. */
  abstract void onAttached();

  final ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException(muxer + ": not in a pipeline yet");
    }
    return context;
  }

  final MuxerConfig config() {
    return config;
  }

  final boolean isOver() {
    return endReason != null;
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object msg) {
    reading = true;
    try {
      if (msg instanceof ByteBuf in) {
        parse(in);
      }
    } catch (NetworkException breach) {
      end(breach.reason(), true);
    } finally {
      ReferenceCountUtil.release(msg);
    }
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext ctx) {
    reading = false;
    if (flushNeeded) {
      flushNeeded = false;
      ctx.flush();
    }
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext ctx) {
    // In the order in which they began to wait; each stops where the socket is full again.
    while (channel.isWritable() && !waitingForSocket.isEmpty()) {
      MuxStreamChannel next = waitingForSocket.iterator().next();
      waitingForSocket.remove(next);
      next.resumeWriting();
    }
  }

  @Override
  public final void channelInactive(ChannelHandlerContext ctx) {
    end(goodbyeOfPeer(), false);
  }

  /** Why the peer closed, as far as it said. */
  CloseReason goodbyeOfPeer() {
    return CloseReason.remote(Kind.TRANSPORT, "the peer closed the connection");
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end(
        cause instanceof NetworkException failure
            ? failure.reason()
            : CloseReason.remote(Kind.TRANSPORT, "the connection failed: " + cause.getMessage()),
        true);
  }

  private void end(CloseReason reason, boolean sayGoodbye) {
    if (endReason != null) {
      return;
    }
    endReason = reason;
    if (sayGoodbye && channel.isActive()) {
      sendGoodbye(reason);
    }
    NetworkException cause = new NetworkException(reason);
    new ArrayList<>(openStreams()).forEach(stream -> stream.abort(cause));
    waitingForSocket.clear();
    context().flush();
    channel.close();
    closed.trySuccess(reason);
  }

  // ---- StreamCarrier

  /** Whether the stream may send; remembers those that must wait for the socket. */
  final boolean mayUseSocket(MuxStreamChannel stream) {
    if (channel.isWritable()) {
      return true;
    }
    waitingForSocket.add(stream);
    return false;
  }

  final void forget(MuxStreamChannel stream) {
    waitingForSocket.remove(stream);
  }

  /** Sends a frame that is not data, unless the connection is over. */
  final void writeControl(ByteBuf frame) {
    if (channel.isWritable()) {
      unreadControlFrames = 0;
    } else {
      unreadControlFrames++;
    }
    flushNeeded = true;
    context().write(frame);
    if (unreadControlFrames > MAX_UNREAD_CONTROL_FRAMES && endReason == null) {
      end(
          CloseReason.local(
              Kind.LIMIT, muxer + ": the peer sends on but does not read our answers"),
          false);
    }
  }

  @Override
  public final void flush() {
    if (reading) {
      flushNeeded = true; // once, when all that arrived has been looked at
    } else {
      flushNow();
    }
  }

  final void flushNow() {
    flushNeeded = false;
    context().flush();
  }

  private void runOnLoop(Runnable task) {
    if (eventLoop().inEventLoop()) {
      task.run();
    } else {
      eventLoop().execute(task);
    }
  }
}
