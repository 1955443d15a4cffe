package xf.event.dispatch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.Receipt;
import xf.event.XfException;

/**
 * Appends to own logs, and again to the next store when this one stops under an append. An append
 * that failed is not in the store ({@link xf.event.EventLogs#append}), so a second try never
 * doubles an event. While second tries wait, new publications queue behind them: a publisher's
 * order is the log's order.
 */
final class Publisher {
  private static final int MAX_RETRIES_WAITING = 65_536;
  private static final long IDLE_SECONDS = 5;

  private final StoreAccess stores;
  private final long timeoutMs;
  private final ThreadPoolExecutor retries;
  private final AtomicInteger retriesWaiting = new AtomicInteger();
  private final LongAdder published = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder retried = new LongAdder();

  Publisher(StoreAccess stores, long timeoutMs) {
    this.stores = stores;
    this.timeoutMs = timeoutMs;
    this.retries =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_RETRIES_WAITING),
            Publisher::retryThread);
    retries.allowCoreThreadTimeOut(true);
  }

  private static Thread retryThread(Runnable task) {
    Thread thread = new Thread(task, "xf-publish-again");
    thread.setDaemon(true);
    return thread;
  }

  CompletableFuture<Receipt> publish(OwnTopic topic, EventDraft draft) {
    CompletableFuture<Receipt> result = new CompletableFuture<>();
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    Attempt attempt = new Attempt(topic, draft, deadlineNs, result);
    if (retriesWaiting.get() > 0) {
      later(attempt);
    } else {
      attempt(attempt);
    }
    return result;
  }

  private record Attempt(
      OwnTopic topic, EventDraft draft, long deadlineNs, CompletableFuture<Receipt> result) {}

  private void attempt(Attempt attempt) {
    try {
      StoreAccess.Session session = stores.require(null, leftMs(attempt));
      append(session, attempt);
    } catch (RuntimeException e) {
      fail(attempt, e);
    }
  }

  private void append(StoreAccess.Session session, Attempt attempt) {
    CompletableFuture<Receipt> appended;
    try {
      appended = session.own(attempt.topic).append(attempt.draft);
    } catch (XfException e) {
      settle(session, attempt, e);
      return;
    }
    appended
        .thenAccept(receipt -> succeed(attempt, receipt))
        .exceptionally(error -> settle(session, attempt, error));
  }

  private void succeed(Attempt attempt, Receipt receipt) {
    published.increment();
    attempt.result.complete(receipt);
  }

  private @Nullable Void settle(StoreAccess.Session session, Attempt attempt, Throwable error) {
    Throwable cause = cause(error);
    if (isUnavailable(cause) && leftMs(attempt) > 0) {
      retried.increment();
      later(attempt, session);
    } else {
      fail(attempt, cause);
    }
    return null;
  }

  private void later(Attempt attempt) {
    enqueue(attempt, () -> attempt(attempt));
  }

  private void later(Attempt attempt, StoreAccess.Session stale) {
    enqueue(attempt, () -> again(attempt, stale));
  }

  private void again(Attempt attempt, StoreAccess.Session stale) {
    try {
      append(stores.require(stale, leftMs(attempt)), attempt);
    } catch (RuntimeException e) {
      fail(attempt, e);
    }
  }

  private void enqueue(Attempt attempt, Runnable task) {
    retriesWaiting.incrementAndGet();
    try {
      retries.execute(
          () -> {
            try {
              task.run();
            } finally {
              retriesWaiting.decrementAndGet();
            }
          });
    } catch (RejectedExecutionException e) {
      retriesWaiting.decrementAndGet();
      fail(
          attempt,
          new XfException(
              ErrorCode.UNAVAILABLE, "publish: the store is away and too many wait for it", e));
    }
  }

  private void fail(Attempt attempt, Throwable error) {
    refused.increment();
    attempt.result.completeExceptionally(withAdvice(error, attempt.topic));
  }

  /** A log that is frozen stays so: what to do is to leave it. */
  private static Throwable withAdvice(Throwable error, OwnTopic topic) {
    return error instanceof XfException xf && xf.code() == ErrorCode.FROZEN
        ? new XfException(
            ErrorCode.FROZEN, xf.getMessage() + "; to go on: xf:epoch " + topic.topic(), xf)
        : error;
  }

  /** Begins the next epoch of a topic whose log is frozen. */
  CompletableFuture<Receipt> newEpoch(OwnTopic topic, EventDraft first) {
    try {
      StoreAccess.Session session = stores.require(null, timeoutMs);
      EventLog frozen = topic.newest(session.logs());
      if (frozen.frozen().isEmpty()) {
        throw new XfException(
            ErrorCode.BAD_CONFIGURATION,
            "topic "
                + topic.topic()
                + ": its log takes events, there is no reason for a new epoch");
      }
      EventDraft draft = topic.following(frozen, session.logs(), first);
      return topic
          .after(frozen, session.logs())
          .append(draft)
          .whenComplete((receipt, error) -> session.forget(topic));
    } catch (XfException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static long leftMs(Attempt attempt) {
    return TimeUnit.NANOSECONDS.toMillis(attempt.deadlineNs - System.nanoTime());
  }

  private static boolean isUnavailable(Throwable error) {
    return error instanceof XfException xf && xf.code() == ErrorCode.UNAVAILABLE;
  }

  private static Throwable cause(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : null;
    return cause == null ? error : cause;
  }

  long published() {
    return published.sum();
  }

  long refused() {
    return refused.sum();
  }

  long retried() {
    return retried.sum();
  }

  /** Takes no second tries any more; those that wait fail. */
  void close() {
    retries.shutdownNow();
  }
}
