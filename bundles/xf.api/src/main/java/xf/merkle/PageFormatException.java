package xf.merkle;

import java.io.Serial;
import xf.event.ErrorCode;
import xf.event.XfException;

/** A page that is not what its place, its log or its own hashes say. */
public class PageFormatException extends XfException {
  @Serial private static final long serialVersionUID = 1L;

  private final String field;
  private final String expected;
  private final String found;

  /** Names the page, the field in it, and both values. */
  public PageFormatException(
      ErrorCode code, String page, String field, String expected, String found) {
    super(
        code,
        page
            + ": "
            + field
            + " is "
            + found
            + ", expected "
            + expected
            + "; the page can be built again from the log's events");
    this.field = field;
    this.expected = expected;
    this.found = found;
  }

  /** The field, such as {@code leaf_start} or {@code node (3, 7)}. */
  public String field() {
    return field;
  }

  /** What it should be. */
  public String expected() {
    return expected;
  }

  /** What it is. */
  public String found() {
    return found;
  }
}
