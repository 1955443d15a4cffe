package xf.event.dispatch;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.ErrorCode;
import xf.event.Event;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.EventView;
import xf.event.XfException;

/**
 * The thread that follows the log for all live listeners: one scan, one copy of an event, however
 * many hear it. It never waits for a listener.
 */
final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final int SCAN_EVENTS = 4_096;
  private static final long STOP_MS = 5_000;

  private final Semaphore wakeUps = new Semaphore(0);
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Thread thread = new Thread(this::run, "xf-dispatch");
  private final StoreAccess stores = new StoreAccess(this::wake);
  private volatile boolean stopped;
  private volatile long position = -1;

  /** The store that is followed. */
  StoreAccess stores() {
    return stores;
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** Says that there may be something to do; returns at once. */
  void wake() {
    if (wakeUps.availablePermits() == 0) {
      wakeUps.release();
    }
  }

  void add(Listener listener) {
    listeners.add(listener);
  }

  void remove(Listener listener) {
    listeners.remove(listener);
  }

  List<Listener> listeners() {
    return listeners;
  }

  long position() {
    return position;
  }

  private void run() {
    try {
      while (!stopped) {
        wakeUps.acquire();
        wakeUps.drainPermits();
        followOnce();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void followOnce() {
    StoreAccess.Session session = stores.current();
    if (session == null) {
      return;
    }
    try {
      follow(session.logs());
    } catch (XfException e) {
      if (e.code() == ErrorCode.UNAVAILABLE) {
        LOG.debug("store went away at position {}", position);
      } else {
        LOG.error("delivery stands at position {}: {}", position, e.getMessage(), e);
      }
    }
  }

  private void follow(EventLogs logs) {
    // The end is read first: a listener that is added after the look at the list starts later.
    long end = logs.endPosition();
    if (position < 0 || listeners.isEmpty()) {
      position = end;
    } else if (position > end) {
      LOG.warn("the store ends at {}, before {}: it is another one", end, position);
      position = end;
      listeners.forEach(listener -> listener.restartAt(end));
    }
    while (position < end && !stopped) {
      long before = position;
      long after = logs.scan(before, SCAN_EVENTS, this::visit);
      position = Math.max(after, position);
      if (position == before) {
        return;
      }
    }
  }

  private boolean visit(EventLog log, long at, EventView view) {
    Event copy = null;
    for (Listener listener : listeners) {
      if (listener.hears(log.name()) && listener.isWaitingFor(at)) {
        copy = copy == null ? Event.copyOf(log, view) : copy;
        listener.offer(at, copy);
      }
    }
    position = at + 1;
    return !stopped;
  }

  /** Lets the listeners have what is durable, as far as the time allows, then stops. */
  void stop(long drainMs) {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(drainMs);
    try {
      drain(deadlineNs);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (XfException e) {
      LOG.debug("no drain: {}", e.getMessage());
    }
    stopped = true;
    wake();
    listeners.forEach(Listener::complete);
    join();
  }

  private void drain(long deadlineNs) throws InterruptedException {
    StoreAccess.Session session = stores.current();
    if (session == null || listeners.isEmpty()) {
      return;
    }
    long end = session.logs().endPosition();
    wake();
    while (position < end && System.nanoTime() < deadlineNs) {
      TimeUnit.MILLISECONDS.timedJoin(thread, 1);
    }
    for (Listener listener : listeners) {
      if (!listener.awaitIdle(deadlineNs)) {
        LOG.warn("listener {} did not finish in time", listener.stats().name());
      }
    }
  }

  private void join() {
    try {
      thread.join(STOP_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
