package xf.store.lmdb;

/** What the appender counts; written by its thread alone, read by anybody. */
final class Counters {
  /** LMDB makes data pages durable, then its meta page. */
  private static final int FSYNCS_PER_COMMIT = 2;

  private volatile long commits;
  private volatile long events;
  private volatile long appended;

  /** The number of events found at open. */
  void open(long found) {
    events = found;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  void committed() {
    commits++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  void appended(long count) {
    events += count;
    appended += count;
  }

  long commits() {
    return commits;
  }

  long fsyncs() {
    return commits * FSYNCS_PER_COMMIT;
  }

  long events() {
    return events;
  }

  long appended() {
    return appended;
  }
}
