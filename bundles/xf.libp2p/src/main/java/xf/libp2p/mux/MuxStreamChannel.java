package xf.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.internal.StringUtil;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.NetworkException;

/**
 * A stream of yamux or mplex as a Netty channel; the rules are in the package {@code xf.libp2p}.
 *
 * <p><b>In.</b> Data goes straight up the pipeline while somebody has asked to read; else it waits
 * in a {@link ReceiveQueue}. Only what went up counts as consumed and gives the peer new credit.
 * <b>Out.</b> Writes wait in Netty's own outbound buffer, whose water marks make {@code
 * isWritable}, until the carrier says there is window. Our FIN follows the last of them. When both
 * sides have finished, the channel closes by itself; closing it earlier resets the stream.
 */
@SuppressWarnings("FutureReturnValueIgnored") // promises are passed on; nothing waits for ours
final class MuxStreamChannel extends AbstractChannel implements DuplexChannel {
  /** Nobody gets more than this with one read(): others want the event loop, too. */
  private static final int MAX_BUFFERS_PER_READ = 16;

  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  private final StreamCarrier carrier;
  private final long id;
  private final boolean initiator;
  private final MuxStreamConfig config = new MuxStreamConfig(this);
  private final ReceiveQueue received;

  private volatile boolean open = true;
  private volatile boolean active;
  private volatile boolean inputShutdown;
  private volatile boolean outputShutdown;

  // All below: event loop only.
  private boolean readPending;
  private boolean delivering;
  private boolean remoteFinished;
  private boolean finishDelivered;
  private boolean finishSent;
  private boolean resetSeen;
  private @Nullable ChannelPromise finishPromise;

  MuxStreamChannel(StreamCarrier carrier, long id, boolean initiator, ByteBudget budget) {
    super(carrier.channel());
    this.carrier = carrier;
    this.id = id;
    this.initiator = initiator;
    this.received = new ReceiveQueue(carrier.channel().alloc(), budget);
  }

  long streamId() {
    return id;
  }

  /** Whether we opened it. */
  boolean isInitiator() {
    return initiator;
  }

  /** Bytes received that nobody has read yet. */
  int waitingBytes() {
    return received.lengthBytes();
  }

  // ---- what the carrier tells us

  /**
   * Takes data from the peer, within the window. The buffer stays the caller's.
   *
   * @return false when there is no budget to keep it: the caller resets the stream
   */
  boolean onData(ByteBuf data) {
    if (inputShutdown) {
      carrier.onConsumed(this, data.readableBytes());
      return true;
    }
    if (readPending && !delivering && received.isEmpty()) {
      readPending = false;
      fireRead(data.retainedSlice());
      pipeline().fireChannelReadComplete();
      return true;
    }
    boolean kept = received.offer(data);
    deliver();
    return kept;
  }

  /** The peer will send no more. */
  void onFinish() {
    remoteFinished = true;
    deliverFinishIfDue();
  }

  /** The peer reset the stream. */
  void onReset(NetworkException reason) {
    abort(reason);
  }

  /** Ends the stream without telling the peer: it knows, or it is gone. */
  void abort(NetworkException reason) {
    if (open) {
      resetSeen = true;
      received.clear();
      pipeline().fireExceptionCaught(reason);
      unsafe().close(unsafe().voidPromise());
    }
  }

  /** There is room to send again. */
  void resumeWriting() {
    ((StreamUnsafe) unsafe()).writePending();
  }

  // ---- reading

  @Override
  protected void doBeginRead() {
    readPending = true;
    deliver();
  }

  private void deliver() {
    if (delivering) {
      return; // the loop below sees the new request
    }
    delivering = true;
    try {
      while (open && readPending && !received.isEmpty()) {
        readPending = false;
        for (int i = 0; i < MAX_BUFFERS_PER_READ && !received.isEmpty(); i++) {
          ByteBuf chunk = received.poll();
          if (chunk != null) {
            fireRead(chunk);
          }
        }
        pipeline().fireChannelReadComplete();
      }
    } finally {
      delivering = false;
    }
    deliverFinishIfDue();
  }

  private void fireRead(ByteBuf data) {
    int length = data.readableBytes();
    pipeline().fireChannelRead(data);
    if (open) {
      carrier.onConsumed(this, length);
    }
  }

  private void deliverFinishIfDue() {
    if (remoteFinished && !finishDelivered && received.isEmpty() && open && !delivering) {
      finishDelivered = true;
      inputShutdown = true;
      pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
      closeIfFinished();
    }
  }

  // ---- writing

  @Override
  protected Object filterOutboundMessage(Object msg) throws ChannelOutputShutdownException {
    if (outputShutdown) {
      throw new ChannelOutputShutdownException("written to after its end");
    }
    if (msg instanceof ByteBuf) {
      return msg;
    }
    throw new UnsupportedOperationException(
        "a stream carries ByteBuf, not " + StringUtil.simpleClassName(msg));
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) {
    // A flush can make room at once; nobody else would call us for that, as we are here already.
    while (sendSome(in)) {
      carrier.flush();
    }
  }

  /** Sends what may be sent now; whether that was anything. */
  private boolean sendSome(ChannelOutboundBuffer in) {
    boolean sent = false;
    while (in.current() instanceof ByteBuf data) {
      int wanted = data.readableBytes();
      int length = wanted == 0 ? 0 : carrier.sendableBytes(this, wanted);
      if (length > 0) {
        carrier.sendData(this, data.readRetainedSlice(length));
        in.progress(length);
        sent = true;
      } else if (wanted > 0) {
        break;
      }
      if (!data.isReadable()) {
        in.remove();
      }
    }
    if (in.isEmpty() && outputShutdown && !finishSent) {
      finishOutput();
      sent = true;
    }
    return sent;
  }

  private void finishOutput() {
    if (finishSent) {
      return;
    }
    finishSent = true;
    carrier.sendFinish(this);
    if (finishPromise != null) {
      finishPromise.trySuccess();
    }
    // Not from inside doWrite: closing fails the buffer that is being written.
    eventLoop().execute(this::closeIfFinished);
  }

  private void closeIfFinished() {
    if (finishSent && finishDelivered && open) {
      unsafe().close(unsafe().voidPromise());
    }
  }

  // ---- half-closure

  @Override
  public boolean isInputShutdown() {
    return inputShutdown;
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShutdown;
  }

  @Override
  public boolean isShutdown() {
    return inputShutdown && outputShutdown;
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    runOnLoop(() -> shutdownOutput0(promise));
    return promise;
  }

  private void shutdownOutput0(ChannelPromise promise) {
    if (!open) {
      promise.tryFailure(new ClosedChannelException());
    } else if (finishSent) {
      promise.trySuccess();
    } else {
      finishPromise = promise;
      unsafe().flush(); // what was written is sent first
      outputShutdown = true;
      ((StreamUnsafe) unsafe()).writePending();
    }
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  /** What still arrives is dropped, and credited so that a well-behaved peer gets to its end. */
  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    runOnLoop(
        () -> {
          inputShutdown = true;
          carrier.onConsumed(this, received.clear());
          promise.trySuccess();
          deliverFinishIfDue();
        });
    return promise;
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdown(newPromise());
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    shutdownInput();
    return shutdownOutput(promise);
  }

  private void runOnLoop(Runnable task) {
    if (eventLoop().inEventLoop()) {
      task.run();
    } else {
      eventLoop().execute(task);
    }
  }

  // ---- life

  @Override
  protected void doRegister(ChannelPromise promise) {
    active = true;
    promise.setSuccess();
  }

  @Override
  protected void doClose() {
    boolean finished = finishSent && remoteFinished;
    open = false;
    active = false;
    inputShutdown = true;
    outputShutdown = true;
    received.clear();
    if (finishPromise != null) {
      finishPromise.tryFailure(new ClosedChannelException());
    }
    if (!finished && !resetSeen) {
      carrier.sendReset(this);
      carrier.flush();
    }
    carrier.onClosed(this);
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop == carrier.eventLoop();
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new StreamUnsafe();
  }

  @Override
  protected @Nullable SocketAddress localAddress0() {
    return parent().localAddress();
  }

  @Override
  protected @Nullable SocketAddress remoteAddress0() {
    return parent().remoteAddress();
  }

  @Override
  protected void doBind(SocketAddress localAddress) {
    throw new UnsupportedOperationException("a stream is bound to its connection");
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  @Override
  public ChannelConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  private final class StreamUnsafe extends AbstractUnsafe {
    @Override
    public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
      promise.tryFailure(new UnsupportedOperationException("a stream is connected by its muxer"));
    }

    /** Writes what was flushed before and could not go; does not flush what was not. */
    void writePending() {
      ChannelOutboundBuffer buffer = outboundBuffer();
      if (buffer != null && buffer.isEmpty() && outputShutdown && !finishSent) {
        finishOutput();
        carrier.flush();
      } else {
        flush0();
      }
    }
  }
}
