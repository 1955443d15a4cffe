package xf.libp2p.wire;

import java.io.Serial;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;

/**
 * A peer sent something its protocol does not allow. The message says what and what was expected;
 * whoever catches it closes the stream or the connection it came from, and nothing else.
 */
public class WireException extends NetworkException {
  @Serial private static final long serialVersionUID = 1L;

  /** A breach found by a check of ours. */
  public WireException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** A breach found by a library that parsed the bytes for us. */
  public WireException(Kind kind, String message, @Nullable Throwable cause) {
    super(CloseReason.local(kind, message), cause);
  }

  /** The bytes do not follow their format. */
  public static WireException badFormat(String message) {
    return new WireException(Kind.PROTOCOL_VIOLATION, message);
  }

  /** A length or count is over its limit. */
  public static WireException tooLarge(String what, long actual, long limit) {
    return new WireException(
        Kind.TOO_LARGE, what + ": " + actual + ", but at most " + limit + " is accepted");
  }

  /** A signature, tag or key does not verify. */
  public static WireException notVerified(String message) {
    return new WireException(Kind.NOT_VERIFIED, message);
  }
}
