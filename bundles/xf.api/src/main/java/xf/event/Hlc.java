package xf.event;

/**
 * A hybrid logical clock reading in one long: 48 bits of milliseconds since 1970, then a 16-bit
 * counter. Readings compare as numbers and never go back inside a log.
 */
public final class Hlc {
  /** The largest millisecond value that fits. */
  public static final long MAX_MILLIS = (1L << 47) - 1;

  private static final int COUNTER_BITS = 16;

  private Hlc() {}

  /** The first reading of a millisecond. */
  public static long ofMillis(long millis) {
    if (millis < 0 || millis > MAX_MILLIS) {
      throw new IllegalArgumentException("milliseconds " + millis + ": expected 0 to 2^47 - 1");
    }
    return millis << COUNTER_BITS;
  }

  /** The milliseconds of a reading. */
  public static long millis(long hlc) {
    return hlc >>> COUNTER_BITS;
  }

  /** The counter of a reading. */
  public static int counter(long hlc) {
    return (int) (hlc & 0xFFFF);
  }

  /**
   * The reading after {@code last} when the wall clock shows {@code nowMillis}: the clock when it
   * is ahead, else one more than the last. A clock that jumps back therefore never shows in a log.
   */
  public static long next(long last, long nowMillis) {
    return Math.max(last + 1, ofMillis(Math.max(0, Math.min(nowMillis, MAX_MILLIS))));
  }
}
