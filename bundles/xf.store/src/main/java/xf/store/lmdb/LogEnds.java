package xf.store.lmdb;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import xf.event.LogName;

/**
 * What the events that were read so far say of each log, by its number. Numbers are given in order
 * of first arrival, so there are no gaps in them.
 */
final class LogEnds {
  private static final int FIRST_LOGS = 64;

  private long[] sizes = new long[FIRST_LOGS];
  private long[] lastPositions = new long[FIRST_LOGS];
  private long[] lastHlcs = new long[FIRST_LOGS];
  private @Nullable LogName[] names = new LogName[FIRST_LOGS];
  private int count;
  private long events;

  /** Logs met. */
  int count() {
    return count;
  }

  /** Events met. */
  long events() {
    return events;
  }

  /** Whether a record may bear this number now: that of a log met before, or the next one. */
  boolean isPossible(int number) {
    return number >= 0 && number <= count;
  }

  void name(int number, LogName name) {
    makeRoom(number);
    names[number] = name;
  }

  /** The name that stands before the log's first event; null where an older store put none. */
  @Nullable LogName name(int number) {
    return number < names.length ? names[number] : null;
  }

  void event(int number, long index, long position, long hlc) {
    makeRoom(number);
    sizes[number] = index + 1;
    lastPositions[number] = position;
    lastHlcs[number] = hlc;
    events++;
  }

  long size(int number) {
    return number < count ? sizes[number] : 0;
  }

  long lastPosition(int number) {
    return number < count ? lastPositions[number] : 0;
  }

  long lastHlc(int number) {
    return number < count ? lastHlcs[number] : -1;
  }

  /** A copy that stays as it is, but without names. */
  LogEnds copy() {
    LogEnds copy = new LogEnds();
    copy.sizes = sizes.clone();
    copy.lastPositions = lastPositions.clone();
    copy.lastHlcs = lastHlcs.clone();
    copy.count = count;
    copy.events = events;
    return copy;
  }

  private void makeRoom(int number) {
    count = Math.max(count, number + 1);
    if (number >= sizes.length) {
      int length = Math.max(number + 1, sizes.length * 2);
      sizes = Arrays.copyOf(sizes, length);
      lastPositions = Arrays.copyOf(lastPositions, length);
      lastHlcs = Arrays.copyOf(lastHlcs, length);
      names = Arrays.copyOf(names, length);
    }
  }
}
