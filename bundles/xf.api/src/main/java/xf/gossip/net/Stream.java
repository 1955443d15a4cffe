package xf.gossip.net;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A talk with one peer over one protocol: bytes in order, both ways, each way with its own end.
 *
 * <p><b>Reading</b> is by pulling. What has arrived waits in the stream, at most its window; {@link
 * #readable} lends it, {@link #consume} gives it back and lets the peer send as much again. Both
 * belong to the stream's thread: call them in callbacks of the {@link StreamHandler} or in a task
 * given to {@link #execute}.
 *
 * <p><b>Writing</b> is by handing over. {@link #write} copies and returns at once; when it returns
 * false the writer stops until {@link StreamHandler#onWritable}. A writer that goes on regardless
 * is refused at {@link NetworkLimits#bytesQueuedPerStream}.
 */
@ProviderType
public interface Stream {
  /** The peer at the other end, as proved when its connection was secured. */
  PeerId remotePeer();

  /** The protocol that was agreed on. */
  ProtocolId protocol();

  /** Whether we opened it. */
  boolean isInitiator();

  /** The connection it runs over. */
  Connection connection();

  /**
   * Received bytes that are not consumed yet: a borrowed read-only view, from its position on; at
   * least one byte unless nothing is there. It may be less than all that has arrived: the rest
   * follows once this is consumed. The view must not be touched after the next {@link #consume}, or
   * after the callback or task that asked for it has returned. Moving its position consumes
   * nothing.
   *
   * @throws IllegalStateException when called on another thread than the stream's
   */
  ByteBuffer readable();

  /**
   * Gives back the first {@code lengthBytes} of {@link #readable}.
   *
   * @throws IllegalArgumentException when that is more than it had remaining
   * @throws IllegalStateException when called on another thread than the stream's
   */
  void consume(int lengthBytes);

  /** Asks for {@link StreamHandler#onReadable} to be called again if bytes are waiting. */
  void resume();

  /**
   * Sends all of {@code bytes} (from position to limit; the position is moved there). They are
   * copied before this returns.
   *
   * @return whether to go on; false: wait for {@link StreamHandler#onWritable}
   * @throws NetworkException of kind {@code LIMIT} when more waits than may, and nothing is taken;
   *     with the reason of the end when the stream is over
   * @throws IllegalStateException after {@link #finish}
   */
  boolean write(ByteBuffer bytes);

  /** Whether {@link #write} would return true for a few bytes. */
  boolean isWritable();

  /**
   * Ends our direction: the peer sees an end after the last byte written. Reading goes on. The
   * future completes when the end was handed to the transport.
   */
  CompletableFuture<Void> finish();

  /** Ends both directions at once; what was not sent or not read is lost. */
  void reset(CloseReason reason);

  /** Runs a task on the stream's thread, between its callbacks; dropped once the stream is over. */
  void execute(Runnable task);
}
