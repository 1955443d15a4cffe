package xf.event;

/**
 * An event that another one saw before it was made: its log and its index there.
 *
 * @param log the log it is in
 * @param index its 0-based index in that log
 */
public record Dependency(LogId log, long index) {
  /** Refuses a negative index. */
  public Dependency {
    if (index < 0) {
      throw new IllegalArgumentException("dependency index " + index + ": expected 0 or more");
    }
  }
}
