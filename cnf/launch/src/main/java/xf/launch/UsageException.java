package xf.launch;

import java.io.Serial;

/** The command line, an environment variable or a setting is wrong; the message is for the user. */
final class UsageException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
