package xf.libp2p.host;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.NetworkException;
import xf.gossip.net.PeerId;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;

/**
 * Last handler of a stream channel: what the channel gives and takes, in terms of the API.
 *
 * <p><b>In.</b> The channel is asked for more ({@code read()}) only when everything it gave before
 * is consumed. So what a handler leaves unread stays in the muxer, uncredited, and the peer stops
 * at its window. <b>Out.</b> Writes are counted until the muxer took them; the count says when the
 * writer should stop, when it is told to go on, and when it is refused. Our end is sent when the
 * count is back at zero, because a transport may otherwise lose the last bytes.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel, which is seen
final class HostStream extends ChannelInboundHandlerAdapter implements Stream {
  private static final Logger LOG = LoggerFactory.getLogger(HostStream.class);
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private static final CloseReason CUT_OFF =
      CloseReason.remote(CloseReason.Kind.TRANSPORT, "the stream was cut off");

  /** Enough to keep a fast link busy between two turns of the event loop. */
  private static final int HIGH_WATER_BYTES = 256 << 10;

  private static final int LOW_WATER_BYTES = HIGH_WATER_BYTES / 2;

  private final HostConnection connection;
  private final DuplexChannel channel;
  private final ProtocolId protocol;
  private final boolean initiator;
  private final AtomicInteger queuedBytes = new AtomicInteger();
  private volatile boolean finished;
  private volatile @Nullable CloseReason closed;
  private volatile boolean toldToStop;

  // Event loop only.
  private final Deque<ByteBuf> received = new ArrayDeque<>();
  private final List<CompletableFuture<Void>> finishing = new ArrayList<>();
  private @Nullable StreamHandler handler;
  private boolean inCallback;
  private boolean readAsked;
  private boolean flushNeeded;
  private boolean remoteFinished;
  private boolean finishTold;
  private boolean finishBegun;
  private boolean finishSent;

  HostStream(
      HostConnection connection, DuplexChannel channel, ProtocolId protocol, boolean initiator) {
    this.connection = connection;
    this.channel = channel;
    this.protocol = protocol;
    this.initiator = initiator;
  }

  /** Joins the channel's pipeline and begins to read. On the event loop. */
  void start(StreamHandler streamHandler) {
    handler = streamHandler;
    call(() -> streamHandler.onOpen(this));
    if (closed == null) {
      channel.pipeline().addLast(this);
      settle();
    }
  }

  /** Ends a stream that never started. On the event loop. */
  void refuse(CloseReason reason) {
    closed = reason;
    connection.resetStream(channel, reason.code());
    connection.onStreamEnded(reason);
  }

  // ---- from the channel

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (closed == null && message instanceof ByteBuf bytes && bytes.isReadable()) {
      connection.account().charge(bytes.readableBytes());
      received.add(bytes);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    readAsked = false;
    deliver();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownReadComplete.INSTANCE) {
      remoteFinished = true;
      deliver();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end(Futures.typed(cause).reason());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (remoteFinished && finishSent) {
      return; // both ends are done; the handler may have bytes left to consume
    }
    // When all of the connection ends, it may know why only after its streams are gone.
    channel.eventLoop().execute(() -> end(connection.endReason().orElse(CUT_OFF)));
  }

  private void deliver() {
    if (closed == null && !received.isEmpty()) {
      call(() -> requireHandler().onReadable(this));
    }
    settle();
  }

  /** After anything that may have changed what is due next. */
  private void settle() {
    if (closed != null || inCallback) {
      return;
    }
    if (received.isEmpty() && remoteFinished && !finishTold) {
      finishTold = true;
      call(() -> requireHandler().onFinished(this));
    }
    if (received.isEmpty() && !remoteFinished && !readAsked && closed == null) {
      readAsked = true;
      channel.read();
    }
    finishIfDue();
    endIfBothFinished();
  }

  private StreamHandler requireHandler() {
    if (handler == null) {
      throw new AssertionError("started before any event");
    }
    return handler;
  }

  /** Runs a callback; what it throws costs this stream only. */
  private void call(Runnable callback) {
    boolean outermost = !inCallback;
    inCallback = true;
    try {
      callback.run();
    } catch (NetworkException e) {
      reset(e.reason());
    } catch (RuntimeException | AssertionError e) {
      connection.counters().listenerFailures.increment();
      LOG.warn("Handler of {} threw; its stream with {} is reset", protocol, remotePeer(), e);
      reset(CloseReason.local(CloseReason.Kind.HANDLER_FAILED, "the handler threw " + e));
    } finally {
      if (outermost) {
        inCallback = false;
        flush();
      }
    }
  }

  private void flush() {
    if (flushNeeded) {
      flushNeeded = false;
      channel.flush();
    }
  }

  // ---- reading

  @Override
  public ByteBuffer readable() {
    requireLoop();
    ByteBuf head = closed == null ? received.peek() : null;
    return head == null ? NOTHING : head.nioBuffer().asReadOnlyBuffer();
  }

  @Override
  public void consume(int lengthBytes) {
    requireLoop();
    if (lengthBytes == 0 || closed != null) {
      return;
    }
    ByteBuf head = received.peek();
    if (lengthBytes < 0 || head == null || lengthBytes > head.readableBytes()) {
      throw new IllegalArgumentException("consume: " + lengthBytes + " bytes are not there");
    }
    head.skipBytes(lengthBytes);
    connection.account().release(lengthBytes);
    if (!head.isReadable()) {
      received.remove();
      head.release();
    }
  }

  @Override
  public void resume() {
    onLoop(this::deliver);
  }

  private void requireLoop() {
    if (!channel.eventLoop().inEventLoop()) {
      throw new IllegalStateException("reading belongs to the stream's thread: use execute");
    }
  }

  // ---- writing

  @Override
  public boolean write(ByteBuffer bytes) {
    CloseReason reason = closed;
    if (reason != null) {
      throw reason.toException();
    }
    if (finished) {
      throw new IllegalStateException("write after finish");
    }
    int length = bytes.remaining();
    reserve(length);
    if (length > 0) {
      send(channel.alloc().buffer(length).writeBytes(bytes), length);
    }
    return mayGoOn();
  }

  private void reserve(int length) {
    int limit = connection.limits().bytesQueuedPerStream();
    if ((long) queuedBytes.get() + length > limit) {
      throw Futures.failure(
          CloseReason.Kind.LIMIT,
          "more than " + limit + " bytes wait to be sent; stop when write says so");
    }
    queuedBytes.addAndGet(length);
  }

  private void send(ByteBuf copy, int length) {
    ChannelFutureListener taken = future -> onTaken(length);
    if (channel.eventLoop().inEventLoop() && inCallback) {
      flushNeeded = true;
      channel.write(copy).addListener(taken);
    } else {
      channel.writeAndFlush(copy).addListener(taken);
    }
  }

  private boolean mayGoOn() {
    if (queuedBytes.get() < HIGH_WATER_BYTES) {
      return true;
    }
    toldToStop = true;
    if (queuedBytes.get() <= LOW_WATER_BYTES) {
      onLoop(this::goOnIfTold); // all was taken in between: nothing else would wake the writer
    }
    return false;
  }

  private void onTaken(int length) {
    queuedBytes.addAndGet(-length);
    goOnIfTold();
    finishIfDue();
  }

  private void goOnIfTold() {
    if (toldToStop && queuedBytes.get() <= LOW_WATER_BYTES && closed == null && !finished) {
      toldToStop = false;
      // Not from inside the muxer's own write loop, and not on top of another callback.
      channel.eventLoop().execute(this::tellWritable);
    }
  }

  private void tellWritable() {
    if (closed == null && !finished) {
      call(() -> requireHandler().onWritable(this));
      settle();
    }
  }

  /** Whoever asks and is told no waits for {@code onWritable}, as after a write. */
  @Override
  public boolean isWritable() {
    return closed == null && !finished && mayGoOn();
  }

  @Override
  public CompletableFuture<Void> finish() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    finished = true;
    onLoop(() -> finish(done));
    return done;
  }

  private void finish(CompletableFuture<Void> done) {
    CloseReason reason = closed;
    if (finishSent) {
      done.complete(null);
    } else if (reason != null) {
      done.completeExceptionally(reason.toException());
    } else {
      finishing.add(done);
      flush();
      finishIfDue();
    }
  }

  private void finishIfDue() {
    if (finished && !finishBegun && queuedBytes.get() == 0 && closed == null && !inCallback) {
      finishBegun = true;
      // The channel may close itself at once when this was the second end.
      finishSent = true;
      channel.shutdownOutput().addListener(future -> onFinishSent(future.cause()));
    }
  }

  private void onFinishSent(@Nullable Throwable failure) {
    if (failure != null) {
      end(Futures.typed(failure).reason());
    } else {
      finishing.forEach(done -> done.complete(null));
      finishing.clear();
      endIfBothFinished();
    }
  }

  private void endIfBothFinished() {
    if (finishSent && finishing.isEmpty() && finishTold) {
      end(CloseReason.local(CloseReason.Kind.FINISHED, "both sides are done"));
    }
  }

  // ---- the end

  @Override
  public void reset(CloseReason reason) {
    if (channel.eventLoop().inEventLoop()) {
      resetNow(reason);
    } else {
      onLoopLater(() -> resetNow(reason));
    }
  }

  private void resetNow(CloseReason reason) {
    if (closed == null) {
      connection.resetStream(channel, reason.code());
      end(reason);
    }
  }

  private void end(CloseReason reason) {
    if (closed != null) {
      return;
    }
    closed = reason;
    finishing.forEach(done -> done.completeExceptionally(reason.toException()));
    finishing.clear();
    connection.onStreamEnded(reason);
    if (channel.isOpen() && !(finishSent && remoteFinished)) {
      channel.close();
    }
    // Last, and never inside another callback of the same stream, which may hold borrowed bytes.
    channel.eventLoop().execute(() -> bury(reason));
  }

  private void bury(CloseReason reason) {
    for (ByteBuf bytes : received) {
      connection.account().release(bytes.readableBytes());
      bytes.release();
    }
    received.clear();
    call(() -> requireHandler().onClosed(this, reason));
  }

  @Override
  public void execute(Runnable task) {
    onLoopLater(
        () -> {
          if (closed == null) {
            call(task);
            settle();
          }
        });
  }

  private void onLoop(Runnable task) {
    if (channel.eventLoop().inEventLoop() && !inCallback) {
      task.run();
    } else {
      onLoopLater(task);
    }
  }

  private void onLoopLater(Runnable task) {
    try {
      channel.eventLoop().execute(task);
    } catch (RejectedExecutionException hostIsClosed) {
      LOG.debug("A task of a stream came after its host was closed", hostIsClosed);
    }
  }

  // ---- who and what

  @Override
  public PeerId remotePeer() {
    return connection.remotePeer();
  }

  @Override
  public ProtocolId protocol() {
    return protocol;
  }

  @Override
  public boolean isInitiator() {
    return initiator;
  }

  @Override
  public Connection connection() {
    return connection;
  }
}
