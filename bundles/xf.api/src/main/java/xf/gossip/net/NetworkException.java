package xf.gossip.net;

import java.io.Serial;
import org.jspecify.annotations.Nullable;
import xf.event.XfException;

/** A failure of the network, with the reason that {@code xf:peers} shows. */
public class NetworkException extends XfException {
  @Serial private static final long serialVersionUID = 1L;

  private final transient CloseReason reason;

  /** A failure found here. */
  public NetworkException(CloseReason reason) {
    this(reason, null);
  }

  /** A failure that something below reported. */
  public NetworkException(CloseReason reason, @Nullable Throwable cause) {
    super(reason.kind().errorCode(), reason.toString(), cause);
    this.reason = reason;
  }

  /** Why. */
  public CloseReason reason() {
    return reason;
  }
}
