package xf.gossip.net;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * One end of one stream, as its user writes it.
 *
 * <p>Calls come one at a time, in the order {@code onOpen (onReadable | onWritable | onFinished)*
 * onClosed}, on the stream's thread. None may block. A {@link NetworkException} that is thrown
 * resets the stream with its reason, anything else with {@link CloseReason.Kind#HANDLER_FAILED}.
 */
@ConsumerType
public interface StreamHandler {
  /** The stream can be used; comes first and once. */
  default void onOpen(Stream stream) {}

  /**
   * There are bytes to read. Look at {@link Stream#readable}, take what can be used now and {@link
   * Stream#consume} it. Called again when more bytes arrive, and after {@link Stream#resume}; bytes
   * left unconsumed count against the window, so a handler that stops reading stops its peer.
   */
  void onReadable(Stream stream);

  /** {@link Stream#write} said to stop and may now be used again. */
  default void onWritable(Stream stream) {}

  /** The peer wrote its last byte, and all of its bytes are consumed. We may go on writing. */
  default void onFinished(Stream stream) {}

  /** The stream is over; comes last and once, whatever the reason. */
  void onClosed(Stream stream, CloseReason reason);
}
