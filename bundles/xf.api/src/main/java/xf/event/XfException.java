package xf.event;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A failure with a code to act on and one sentence to read: what was wrong, where, what was
 * expected and what to do. Programming errors of a caller are {@link IllegalArgumentException} and
 * {@link IllegalStateException} instead.
 */
public class XfException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /** A failure found by our own checks. */
  public XfException(ErrorCode code, String message) {
    this(code, message, null);
  }

  /** A failure that something else reported. */
  public XfException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** The kind of failure. */
  public ErrorCode code() {
    return code;
  }

  /** The message; every one of these exceptions has one. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
