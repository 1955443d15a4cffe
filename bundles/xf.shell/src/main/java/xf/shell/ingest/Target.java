package xf.shell.ingest;

import xf.event.EventLog;

/**
 * A log that lines go into, and how far its history has been recognised in the file.
 *
 * <p>A file that is imported again shows the events in the order in which they are in the log, so
 * one look at the next of them decides; only when that does not fit are all of them compared.
 */
final class Target {
  private static final int AHEAD_EVENTS = 256;

  final int number;
  final EventLog log;

  /** Events it had before this import. */
  final long history;

  /** Index that the next event will get. */
  long next;

  /** Whether the history was put into the table of known lines. */
  boolean isLoaded;

  private final long[] ahead;
  private long aheadStart;
  private int aheadCount;
  private long cursor;

  Target(int number, EventLog log) {
    this.number = number;
    this.log = log;
    this.history = log.size();
    this.next = history;
    this.ahead = new long[(int) Math.min(2 * history, 2 * AHEAD_EVENTS)];
  }

  /** Whether all of the history has gone by. */
  boolean isPastHistory() {
    return cursor >= history;
  }

  /** Whether the next event of the history has this fingerprint; moves on when it has. */
  boolean matchesNext(Fingerprint fingerprint, Fingerprint scratch) {
    if (isPastHistory()) {
      return false;
    }
    if (cursor >= aheadStart + aheadCount) {
      readAhead(scratch);
    }
    int slot = 2 * (int) (cursor - aheadStart);
    if (ahead[slot] != fingerprint.high() || ahead[slot + 1] != fingerprint.low()) {
      return false;
    }
    cursor++;
    return true;
  }

  /** The index that {@link #matchesNext} just recognised. */
  long matchedIndex() {
    return cursor - 1;
  }

  private void readAhead(Fingerprint scratch) {
    aheadStart = cursor;
    aheadCount = 0;
    log.scan(
        cursor,
        (log, position, event) -> {
          byte[] payload = event.copyPayload();
          scratch.of(payload, 0, payload.length);
          ahead[2 * aheadCount] = scratch.high();
          ahead[2 * aheadCount + 1] = scratch.low();
          aheadCount++;
          return 2 * aheadCount < ahead.length;
        });
  }
}
