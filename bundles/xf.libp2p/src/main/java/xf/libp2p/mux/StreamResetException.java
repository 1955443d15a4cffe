package xf.libp2p.mux;

import java.io.Serial;
import xf.gossip.net.CloseReason;
import xf.gossip.net.NetworkException;

/** The peer reset a stream. Has no stack trace: peers may cause as many as they like. */
public final class StreamResetException extends NetworkException {
  @Serial private static final long serialVersionUID = 1L;

  /** With the number the peer gave, 0 if it gave none. */
  public StreamResetException(long code) {
    super(
        CloseReason.remote(CloseReason.Kind.REQUESTED, "the peer reset the stream").withCode(code));
  }

  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // changes nothing
  public Throwable fillInStackTrace() {
    return this;
  }
}
