package xf.event.dispatch;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.Subscription;
import xf.event.XfException;

/** The store of the moment, and the wait for the next one. Safe for use by any thread. */
final class StoreAccess {
  /** Own logs kept at hand for one store; more topics than this are looked up each time. */
  private static final int MAX_CACHED_LOGS = 4_096;

  /** One store from its arrival to its departure, with the own logs that were opened in it. */
  static final class Session {
    private final EventLogs logs;
    private final Subscription commits;
    private final Map<OwnTopic, EventLog> own = new ConcurrentHashMap<>();

    Session(EventLogs logs, Subscription commits) {
      this.logs = logs;
      this.commits = commits;
    }

    EventLogs logs() {
      return logs;
    }

    /** The log of a topic that is written. */
    EventLog own(OwnTopic topic) {
      EventLog known = own.get(topic);
      if (known != null) {
        return known;
      }
      EventLog opened = topic.newest(logs);
      if (own.size() < MAX_CACHED_LOGS) {
        own.put(topic, opened);
      }
      return opened;
    }

    /** Looks anew for the log of a topic next time: an epoch was begun. */
    void forget(OwnTopic topic) {
      own.remove(topic);
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Runnable wake;
  private volatile @Nullable Session session;

  /** {@code wake} is called after every commit and every change of store. */
  StoreAccess(Runnable wake) {
    this.wake = wake;
  }

  void arrived(EventLogs logs) {
    Session next = new Session(logs, logs.onCommit(end -> wake.run()));
    lock.lock();
    try {
      closeCommits(session);
      session = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    wake.run();
  }

  /** Forgets the store, unless another has taken its place already. */
  void departed(EventLogs logs) {
    lock.lock();
    try {
      Session current = session;
      if (current != null && current.logs == logs) {
        closeCommits(current);
        session = null;
      }
    } finally {
      lock.unlock();
    }
  }

  private static void closeCommits(@Nullable Session session) {
    if (session != null) {
      session.commits.close();
    }
  }

  @Nullable Session current() {
    return session;
  }

  /** The store, or another than {@code stale} when that one just failed; null after the timeout. */
  @Nullable Session await(@Nullable Session stale, long timeoutNs) throws InterruptedException {
    long leftNs = timeoutNs;
    lock.lockInterruptibly();
    try {
      while (session == null || session == stale) {
        if (leftNs <= 0) {
          return null;
        }
        leftNs = changed.awaitNanos(leftNs);
      }
      return session;
    } finally {
      lock.unlock();
    }
  }

  /** The same with the exception that callers of the bus get. */
  Session require(@Nullable Session stale, long timeoutMs) {
    try {
      Session found = await(stale, TimeUnit.MILLISECONDS.toNanos(timeoutMs));
      if (found != null) {
        return found;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new XfException(
        ErrorCode.UNAVAILABLE, "the event store is not there (waited up to " + timeoutMs + " ms)");
  }
}
