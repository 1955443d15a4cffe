package xf.store;

import java.io.Serial;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.XfException;

/** A failure of the store: the disk, a file, a table. */
public class StoreException extends XfException {
  @Serial private static final long serialVersionUID = 1L;

  /** A failure found by a check of the store's own. */
  public StoreException(ErrorCode code, String message) {
    super(code, message);
  }

  /** A failure that LMDB or the file system reported. */
  public StoreException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
