package xf.event;

/**
 * How a listener wants its events.
 *
 * @param name for threads, logs and counters
 * @param fromStart from the first event of the topic rather than from now
 * @param inboxEvents most events that wait for it in memory, 1 to 65,536
 * @param overflow what to do when that is reached
 * @param workers threads that may call it at once, 1 to 64; with 1 order is kept
 */
public record ListenerOptions(
    String name, boolean fromStart, int inboxEvents, Overflow overflow, int workers) {
  /** Checks the bounds. */
  public ListenerOptions {
    if (inboxEvents < 1 || inboxEvents > 65_536) {
      throw new IllegalArgumentException(
          "inbox of " + inboxEvents + " events: expected 1 to 65536");
    }
    if (workers < 1 || workers > 64) {
      throw new IllegalArgumentException(workers + " workers: expected 1 to 64");
    }
  }

  /** From now on, in order, an inbox of 256, nothing dropped. */
  public static ListenerOptions named(String name) {
    return new ListenerOptions(name, false, 256, Overflow.BLOCK, 1);
  }

  /** The same, from the first event of the topic. */
  public ListenerOptions fromTheStart() {
    return new ListenerOptions(name, true, inboxEvents, overflow, workers);
  }

  /** The same with another inbox. */
  public ListenerOptions inbox(int events, Overflow whenFull) {
    return new ListenerOptions(name, fromStart, events, whenFull, workers);
  }

  /** The same with so many threads; with more than one, events overtake one another. */
  public ListenerOptions parallel(int threads) {
    return new ListenerOptions(name, fromStart, inboxEvents, overflow, threads);
  }
}
