package xf.gossip.net;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Ends waits by the network's clock. */
public final class Deadlines {
  private Deadlines() {}

  /**
   * Fails {@code wait} with {@link CloseReason.Kind#TIMEOUT} unless it is done within {@code
   * timeout}.
   *
   * @param what names what was waited for, in the failure
   * @return {@code wait} itself
   */
  public static <T> CompletableFuture<T> limit(
      Timers timers, CompletableFuture<T> wait, Duration timeout, String what) {
    if (wait.isDone()) {
      return wait;
    }
    Timers.Timer timer = timers.schedule(timeout, () -> expire(wait, timeout, what));
    CompletableFuture<T> unused = wait.whenComplete((result, failure) -> timer.cancel());
    return wait;
  }

  private static void expire(CompletableFuture<?> wait, Duration timeout, String what) {
    if (!wait.isDone()) {
      wait.completeExceptionally(
          CloseReason.local(
                  CloseReason.Kind.TIMEOUT,
                  what + " took longer than " + timeout.toMillis() + " ms")
              .toException());
    }
  }
}
