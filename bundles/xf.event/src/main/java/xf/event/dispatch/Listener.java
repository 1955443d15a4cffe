package xf.event.dispatch;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.ErrorCode;
import xf.event.Event;
import xf.event.EventListener;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.EventView;
import xf.event.ListenerOptions;
import xf.event.ListenerStats;
import xf.event.LogName;
import xf.event.Subscription;
import xf.event.XfException;

/**
 * One subscription: an inbox, the threads that empty it, and a position.
 *
 * <p>A listener is either <em>live</em>, fed by the dispatcher, or <em>behind</em>, reading the log
 * itself from its position on. It falls behind when its inbox is full (and it asked to lose
 * nothing) or when it starts from the first event; it becomes live again when a read reached the
 * end and the dispatcher offered nothing beyond that in the meantime. Every event from its position
 * on therefore reaches it exactly once, whichever side brings it.
 */
final class Listener implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
  private static final int SCAN_EVENTS = 4_096;
  private static final long STORE_WAIT_NS = TimeUnit.SECONDS.toNanos(1);

  private final Audience audience;
  private final ListenerOptions options;
  private final EventListener target;
  private final Consumer<@Nullable Throwable> onEnd;
  private final AtomicInteger threadsLeft;
  private final Consumer<Listener> unregister;
  private final StoreAccess stores;
  private final List<Thread> threads;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Lanes<Event> inbox;
  // All below are guarded by the lock.
  private boolean behind;
  private boolean reading;
  private boolean ended;
  private boolean silent;
  private @Nullable Throwable endReason;
  private int running;
  private long next;
  private long lastMissed = -1;

  private final LongAdder delivered = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder fellBehind = new LongAdder();

  /**
   * A listener that is not started yet.
   *
   * @param audience which logs it hears
   * @param onEnd called once, on its last thread, with what ended it; with null when the bus stops;
   *     not called when the subscriber closed it
   */
  Listener(
      Audience audience,
      ListenerOptions options,
      int threadCount,
      EventListener target,
      Consumer<@Nullable Throwable> onEnd,
      Consumer<Listener> unregister,
      StoreAccess stores) {
    this.audience = audience;
    this.options = options;
    this.target = target;
    this.onEnd = onEnd;
    this.unregister = unregister;
    this.stores = stores;
    this.inbox = new Lanes<>(options.inboxEvents());
    this.behind = options.fromStart();
    this.next = options.fromStart() ? 0 : Long.MAX_VALUE;
    this.threadsLeft = new AtomicInteger(threadCount);
    this.threads = IntStream.range(0, threadCount).mapToObj(this::thread).toList();
  }

  private Thread thread(int number) {
    String suffix = number == 0 ? "" : "-" + number;
    Thread thread = new Thread(this::work, "xf-listener-" + options.name() + suffix);
    thread.setDaemon(true);
    return thread;
  }

  /** Starts to accept events from {@code position} on; only then are its threads started. */
  void start(long position) {
    lock.lock();
    try {
      if (!behind) {
        next = position;
      }
    } finally {
      lock.unlock();
    }
    threads.forEach(Thread::start);
  }

  boolean hears(LogName name) {
    return audience.hears(name);
  }

  // ---- the dispatcher's side

  /** Whether an offer of this position would be looked at; saves the copy when not. */
  boolean isWaitingFor(long position) {
    lock.lock();
    try {
      if (ended || position < next) {
        return false;
      }
      if (behind) {
        lastMissed = position; // it will read this one itself
      }
      return !behind;
    } finally {
      lock.unlock();
    }
  }

  /** Takes an event into the inbox, or falls behind, drops or ends when that is full. */
  void offer(long position, Event event) {
    lock.lock();
    try {
      if (ended) {
        return;
      }
      if (inbox.isFull()) {
        switch (options.overflow()) {
          case BLOCK -> {
            behind = true;
            next = position;
            lastMissed = position;
            fellBehind.increment();
            return;
          }
          case DROP_OLDEST -> {
            inbox.dropOldest();
            dropped.increment();
          }
          case FAIL -> {
            dropped.increment();
            end(overloaded(), false);
            return;
          }
          default -> throw new AssertionError(options.overflow());
        }
      }
      inbox.add(event.log().streamClass(), event);
      next = position + 1;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private XfException overloaded() {
    return new XfException(
        ErrorCode.OVERLOADED,
        "listener %s ended: its inbox of %d events was full"
            .formatted(options.name(), options.inboxEvents()));
  }

  /** Another store took the place of the one that was followed: its end is where to go on. */
  void restartAt(long position) {
    lock.lock();
    try {
      next = Math.min(next, position);
      lastMissed = -1;
    } finally {
      lock.unlock();
    }
  }

  // ---- its own threads

  private void work() {
    try {
      Event event = take();
      while (event != null) {
        call(event);
        event = take();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed while it waited
    } catch (XfException e) {
      end(e, false);
    } finally {
      if (threadsLeft.decrementAndGet() == 0) {
        tellEnd();
      }
    }
  }

  private void tellEnd() {
    Throwable reason;
    lock.lock();
    try {
      if (silent) {
        return;
      }
      reason = endReason;
    } finally {
      lock.unlock();
    }
    try {
      onEnd.accept(reason);
    } catch (RuntimeException e) {
      LOG.warn("listener {} failed when told of its end", options.name(), e);
    }
  }

  /** The next event; null at the end of the subscription. */
  private @Nullable Event take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!ended) {
        Event event = inbox.poll();
        if (event != null) {
          running++;
          return event;
        }
        if (behind && !reading) {
          readFromLog();
        } else {
          changed.await();
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private void call(Event event) {
    try {
      target.onEvent(event);
      delivered.increment();
    } catch (Exception | LinkageError | AssertionError e) {
      failed.increment();
      LOG.warn(
          "listener {} failed on {} of log {}", options.name(), event.index(), event.log().id(), e);
    } finally {
      returned();
    }
  }

  private void returned() {
    lock.lock();
    try {
      running--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Fills the inbox from the log, one thread at a time; called and left with the lock held. */
  @SuppressWarnings("LockNotBeforeTry") // the reverse: the lock is let go for the read
  private void readFromLog() throws InterruptedException {
    reading = true;
    long from = next;
    lock.unlock();
    try {
      readFromLog(from);
    } finally {
      lock.lock();
      reading = false;
      changed.signalAll();
    }
  }

  private void readFromLog(long from) throws InterruptedException {
    StoreAccess.Session session = stores.await(null, STORE_WAIT_NS);
    if (session == null) {
      return;
    }
    try {
      EventLogs logs = session.logs();
      long end = logs.endPosition();
      CatchUp reader = new CatchUp(from);
      long after = from < end ? logs.scan(from, SCAN_EVENTS, reader::visit) : from;
      settle(reader.refused ? reader.position : after, end);
    } catch (XfException e) {
      if (e.code() != ErrorCode.UNAVAILABLE) {
        throw e;
      }
      stores.await(session, STORE_WAIT_NS);
    }
  }

  /** Goes on after what was read; is live when that was all there is. */
  private void settle(long position, long end) {
    lock.lock();
    try {
      next = Math.max(next, position);
      behind = position < end || lastMissed >= next;
    } finally {
      lock.unlock();
    }
  }

  /** Puts the events of a scan into the inbox, as far as there is room. */
  private final class CatchUp {
    private long position;
    private boolean refused;

    CatchUp(long from) {
      position = from;
    }

    boolean visit(EventLog log, long at, EventView view) {
      if (!hears(log.name())) {
        position = at + 1;
        return true;
      }
      Event event = Event.copyOf(log, view);
      lock.lock();
      try {
        if (ended || inbox.isFull()) {
          refused = true; // to be read once more
          return false;
        }
        inbox.add(event.log().streamClass(), event);
        position = at + 1;
        changed.signal();
        return !inbox.isFull();
      } finally {
        lock.unlock();
      }
    }
  }

  // ---- its end

  @Override
  public void close() {
    end(null, true);
  }

  /** The bus stops: there will be no more. */
  void complete() {
    end(null, false);
  }

  private void end(@Nullable Throwable reason, boolean closedBySubscriber) {
    lock.lock();
    try {
      if (ended) {
        return;
      }
      ended = true;
      silent = closedBySubscriber;
      endReason = reason;
      inbox.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    unregister.accept(this);
    if (reason != null) {
      LOG.warn("{}", reason.getMessage());
    }
  }

  /** Waits until nothing is left to deliver; for an orderly shutdown. */
  boolean awaitIdle(long deadlineNs) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!ended && (inbox.size() > 0 || running > 0 || behind)) {
        long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
          return false;
        }
        changed.awaitNanos(Math.min(leftNs, TimeUnit.MILLISECONDS.toNanos(50)));
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  ListenerStats stats() {
    lock.lock();
    try {
      return new ListenerStats(
          options.name(),
          audience.topicOrNothing(),
          delivered.sum(),
          failed.sum(),
          dropped.sum(),
          fellBehind.sum(),
          inbox.size());
    } finally {
      lock.unlock();
    }
  }
}
