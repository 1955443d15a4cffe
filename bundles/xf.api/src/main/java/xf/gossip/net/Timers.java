package xf.gossip.net;

import java.time.Duration;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Time, passed in: the network reads no clock of its own, so a simulation decides what time it is.
 * Safe for use by any thread.
 */
@ConsumerType
public interface Timers {
  /** Time since some fixed moment, in nanoseconds: for measuring and for deadlines. */
  long nowNs();

  /** Wall-clock time in milliseconds since 1970: for what leaves the process, as a record's age. */
  long wallClockMs();

  /**
   * Runs {@code task} once, not before {@code delay} is over. The task must return soon and must
   * not throw.
   */
  Timer schedule(Duration delay, Runnable task);

  /** A task that has not run yet. */
  interface Timer {
    /** Forgets the task; has no effect once it runs. */
    void cancel();
  }
}
