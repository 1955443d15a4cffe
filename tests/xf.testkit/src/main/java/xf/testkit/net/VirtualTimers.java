package xf.testkit.net;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import xf.gossip.net.Timers;

/**
 * Time that passes only when told to. Tasks run in order of their time, then of their scheduling,
 * on the thread that calls {@link #advance}. For one thread.
 */
public final class VirtualTimers implements Timers {
  private static final long START_WALL_CLOCK_MS = 1_700_000_000_000L;

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNs).thenComparingLong(Task::order));
  private long nowNs;
  private long scheduled;

  private record Task(long atNs, long order, Runnable body) {}

  @Override
  public long nowNs() {
    return nowNs;
  }

  @Override
  public long wallClockMs() {
    return START_WALL_CLOCK_MS + nowNs / 1_000_000;
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Task entry = new Task(nowNs + Math.max(0, delay.toNanos()), scheduled++, task);
    tasks.add(entry);
    return () -> tasks.remove(entry);
  }

  /** Lets time pass and runs what falls due. */
  public void advance(Duration time) {
    long endNs = nowNs + time.toNanos();
    while (!tasks.isEmpty() && tasks.element().atNs() <= endNs) {
      runNext();
    }
    nowNs = endNs;
  }

  /**
   * Lets time pass until {@code condition} holds.
   *
   * @return whether it held within {@code limit}
   */
  public boolean advanceUntil(BooleanSupplier condition, Duration limit) {
    long endNs = nowNs + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (tasks.isEmpty() || tasks.element().atNs() > endNs) {
        nowNs = endNs;
        return condition.getAsBoolean();
      }
      runNext();
    }
    return true;
  }

  private void runNext() {
    Task next = tasks.remove();
    nowNs = next.atNs();
    next.body().run();
  }
}
