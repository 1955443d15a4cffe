package xf.testkit.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.NetworkException;
import xf.gossip.net.PeerId;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;

/** One side of a stream; its twin is the other. Credit works as in yamux. */
final class MemoryStream implements Stream {
  private static final int HIGH_WATER_BYTES = 64 << 10;
  private static final int MAX_FRAME_BYTES = 16 << 10;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final MemoryConnection connection;
  private final ProtocolId protocol;
  private final boolean initiator;
  private final Deque<ByteBuffer> received = new ArrayDeque<>();
  private final Deque<ByteBuffer> queued = new ArrayDeque<>();
  private final List<CompletableFuture<Void>> finishing = new ArrayList<>();
  private @Nullable MemoryStream twin;
  private @Nullable StreamHandler handler;
  private long creditBytes;
  private int queuedBytes;
  private boolean toldToStop;
  private boolean finished;
  private boolean finishSent;
  private boolean remoteFinished;
  private boolean finishTold;
  private boolean wakeScheduled;
  private @Nullable CloseReason closed;

  MemoryStream(MemoryConnection connection, ProtocolId protocol, boolean initiator) {
    this.connection = connection;
    this.protocol = protocol;
    this.initiator = initiator;
  }

  void attach(MemoryStream other, StreamHandler streamHandler) {
    twin = other;
    handler = streamHandler;
    creditBytes = other.connection.network().limits().windowBytes();
  }

  void open() {
    call(() -> handler().onOpen(this));
    wake();
  }

  private StreamHandler handler() {
    return Objects.requireNonNull(handler, "attached before use");
  }

  private MemoryStream twin() {
    return Objects.requireNonNull(twin, "attached before use");
  }

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

  @Override
  public ByteBuffer readable() {
    ByteBuffer head = received.peek();
    return head == null ? NOTHING : head.asReadOnlyBuffer();
  }

  @Override
  public void consume(int lengthBytes) {
    ByteBuffer head = received.peek();
    if (lengthBytes == 0) {
      return;
    }
    if (head == null || lengthBytes > head.remaining() || lengthBytes < 0) {
      throw new IllegalArgumentException("consume: " + lengthBytes + " bytes are not there");
    }
    head.position(head.position() + lengthBytes);
    if (!head.hasRemaining()) {
      received.remove();
    }
    connection.network().releaseReceived(lengthBytes);
    connection.send(() -> twin().onCredit(lengthBytes));
    if (received.isEmpty() && remoteFinished) {
      wake();
    }
  }

  @Override
  public void resume() {
    wake();
  }

  @Override
  public boolean write(ByteBuffer bytes) {
    requireOpen();
    if (finished) {
      throw new IllegalStateException("write after finish");
    }
    int limit = connection.network().limits().bytesQueuedPerStream();
    if (queuedBytes + bytes.remaining() > limit) {
      throw CloseReason.local(
              CloseReason.Kind.LIMIT,
              "more than " + limit + " bytes wait to be sent; stop when write says so")
          .toException();
    }
    queuedBytes += bytes.remaining();
    if (bytes.hasRemaining()) {
      queued.add(ByteBuffer.allocate(bytes.remaining()).put(bytes).flip());
    }
    flush();
    toldToStop = queuedBytes >= HIGH_WATER_BYTES;
    return !toldToStop;
  }

  private void requireOpen() {
    if (closed != null) {
      throw closed.toException();
    }
  }

  @Override
  public boolean isWritable() {
    return closed == null && !finished && queuedBytes < HIGH_WATER_BYTES;
  }

  @Override
  public CompletableFuture<Void> finish() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (closed != null) {
      done.completeExceptionally(closed.toException());
    } else if (finishSent) {
      done.complete(null);
    } else {
      finished = true;
      finishing.add(done);
      flush();
    }
    return done;
  }

  @Override
  public void reset(CloseReason reason) {
    if (closed == null) {
      connection.send(
          () -> twin().end(new CloseReason(reason.kind(), true, reason.code(), reason.detail())));
      end(reason);
    }
  }

  @Override
  public void execute(Runnable task) {
    connection.later(() -> Optional.of(task).filter(t -> closed == null).ifPresent(this::call));
  }

  private void flush() {
    while (creditBytes > 0 && !queued.isEmpty()) {
      ByteBuffer head = queued.element();
      int length = (int) Math.min(Math.min(head.remaining(), creditBytes), MAX_FRAME_BYTES);
      ByteBuffer frame =
          ByteBuffer.allocate(length).put(head.slice(head.position(), length)).flip();
      head.position(head.position() + length);
      if (!head.hasRemaining()) {
        queued.remove();
      }
      creditBytes -= length;
      queuedBytes -= length;
      connection.countOut(length);
      connection.send(() -> twin().onBytes(frame));
    }
    if (finished && queued.isEmpty() && !finishSent) {
      finishSent = true;
      finishing.forEach(done -> done.complete(null));
      connection.send(() -> twin().onRemoteFinish());
      connection.later(this::endIfBothFinished);
    }
  }

  private void onBytes(ByteBuffer frame) {
    if (closed == null) {
      connection.countIn(frame.remaining());
      connection.network().holdReceived(frame.remaining());
      received.add(frame);
      wake();
    }
  }

  private void onCredit(int lengthBytes) {
    if (closed == null) {
      creditBytes += lengthBytes;
      flush();
      if (toldToStop && isWritable()) {
        toldToStop = false;
        call(() -> handler().onWritable(this));
      }
    }
  }

  private void onRemoteFinish() {
    remoteFinished = true;
    wake();
  }

  private void wake() {
    if (!wakeScheduled) {
      wakeScheduled = true;
      connection.later(this::deliver);
    }
  }

  private void deliver() {
    wakeScheduled = false;
    if (closed == null && !received.isEmpty()) {
      call(() -> handler().onReadable(this));
    }
    if (closed == null && received.isEmpty() && remoteFinished && !finishTold) {
      finishTold = true;
      call(() -> handler().onFinished(this));
      endIfBothFinished();
    }
  }

  private void endIfBothFinished() {
    if (finishSent && finishTold) {
      end(CloseReason.local(CloseReason.Kind.FINISHED, "both sides are done"));
    }
  }

  /** Runs a callback; what it throws costs this stream only. */
  private void call(Runnable callback) {
    try {
      callback.run();
    } catch (NetworkException e) {
      reset(e.reason());
    } catch (RuntimeException e) {
      connection.network().countHandlerFailure();
      reset(CloseReason.local(CloseReason.Kind.HANDLER_FAILED, "the handler threw " + e));
    }
  }

  void end(CloseReason reason) {
    if (closed != null) {
      return;
    }
    closed = reason;
    received.forEach(bytes -> connection.network().releaseReceived(bytes.remaining()));
    received.clear();
    queued.clear();
    finishing.forEach(done -> done.completeExceptionally(reason.toException()));
    connection.forget(this);
    connection.later(() -> call(() -> handler().onClosed(this, reason)));
  }
}
