package xf.store.lmdb;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.store.StoreException;

/**
 * The readers of a store, and the gate they pass: LMDB crashes the process when its map moves or
 * its environment closes under an open transaction, so both wait until every reader is back, and no
 * new one gets out meanwhile.
 */
final class ReaderPool {
  static final int MAX_READERS = 128;
  private static final int IDLE_SLOTS = 64;
  private static final int CLOSED = Integer.MIN_VALUE / 2;

  /** Beyond the limit, for the appender: readers must not keep a store from being written. */
  private static final int RESERVED_READERS = 1;

  private static final long LET_THROUGH_NANOS = 1_000_000;

  private final Supplier<Reader> factory;
  private final AtomicReferenceArray<@Nullable Reader> idle =
      new AtomicReferenceArray<>(IDLE_SLOTS);

  /** Readers out, plus {@link #CLOSED} while the gate is shut. */
  private final AtomicInteger out = new AtomicInteger();

  private final ReentrantLock gate = new ReentrantLock();
  private final Condition changed = gate.newCondition();
  private volatile boolean closed;

  /** Readers that this thread holds: one that reads inside a read must not wait for itself. */
  private final ThreadLocal<int[]> held = ThreadLocal.withInitial(() -> new int[1]);

  /** Threads at the shut gate; guarded by {@link #gate}. */
  private int waiting;

  ReaderPool(Supplier<Reader> factory) {
    this.factory = factory;
  }

  /** A reader inside a fresh transaction; give it back with {@link #release}. */
  Reader acquire() {
    return acquire(MAX_READERS);
  }

  /** The same for the appender, when all others are out. */
  Reader acquireReserved() {
    return acquire(MAX_READERS + RESERVED_READERS);
  }

  private Reader acquire(int limit) {
    int[] mine = held.get();
    enter(limit, mine[0] > 0);
    Reader reader = null;
    try {
      reader = takeIdle();
      if (reader == null) {
        reader = factory.get();
      }
      reader.begin();
      mine[0]++;
      return reader;
    } catch (RuntimeException | Error e) {
      if (reader != null) {
        reader.close();
      }
      leave();
      throw e;
    }
  }

  void release(Reader reader) {
    held.get()[0]--;
    try {
      reader.end();
      if (!offerIdle(reader)) {
        reader.close();
      }
    } finally {
      leave();
    }
  }

  private void enter(int limit, boolean isNested) {
    while (!tryEnter(limit, isNested)) {
      if (awaitOpenGate(limit)) {
        return;
      }
    }
  }

  /** False when the gate is shut, and not to be passed by a thread that is inside already. */
  private boolean tryEnter(int limit, boolean isNested) {
    while (true) {
      int now = out.get();
      if (now < 0 && !isNested) {
        return false;
      }
      if ((now < 0 ? now - CLOSED : now) >= limit) {
        throw new StoreException(
            ErrorCode.OVERLOADED, "store: " + MAX_READERS + " reads are under way already");
      }
      if (out.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  private void leave() {
    if (out.decrementAndGet() == CLOSED) {
      signal();
    }
  }

  private void signal() {
    gate.lock();
    try {
      changed.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /** True when the caller has entered; false when it has to try again. */
  private boolean awaitOpenGate(int limit) {
    gate.lock();
    waiting++;
    try {
      while (out.get() < 0) {
        if (closed) {
          throw new StoreException(ErrorCode.UNAVAILABLE, "store: it is closed");
        }
        changed.awaitUninterruptibly();
      }
      return tryEnter(limit, false);
    } finally {
      waiting--;
      changed.signalAll();
      gate.unlock();
    }
  }

  /** Between two attempts at the gate: lets those in who waited at it. */
  void letWaitersIn() {
    long leftNanos = LET_THROUGH_NANOS;
    gate.lock();
    try {
      while (waiting > 0 && leftNanos > 0) {
        leftNanos = awaitNanos(leftNanos);
      }
    } finally {
      gate.unlock();
    }
  }

  /**
   * Shuts the gate and waits for the readers; false (and the gate open) when they took too long.
   */
  boolean shutGate(long timeoutMs) {
    out.addAndGet(CLOSED);
    long leftNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    gate.lock();
    try {
      while (out.get() != CLOSED && leftNanos > 0) {
        leftNanos = awaitNanos(leftNanos);
      }
    } finally {
      gate.unlock();
    }
    if (out.get() == CLOSED) {
      return true;
    }
    openGate();
    return false;
  }

  @SuppressWarnings("WaitNotInLoop") // the loop is shutGate's
  private long awaitNanos(long nanos) {
    try {
      return changed.awaitNanos(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  void openGate() {
    out.addAndGet(-CLOSED);
    signal();
  }

  /** Leaves the gate shut for good: there is nothing to read any more. */
  void breakDown() {
    closed = true;
    signal();
  }

  /** Closes the idle readers for good; the gate must be shut. */
  void close() {
    closed = true;
    signal();
    for (Reader reader = takeIdle(); reader != null; reader = takeIdle()) {
      reader.close();
    }
  }

  private @Nullable Reader takeIdle() {
    int start = slot();
    for (int i = 0; i < IDLE_SLOTS; i++) {
      int at = (start + i) & (IDLE_SLOTS - 1);
      Reader reader = idle.get(at);
      if (reader != null && idle.compareAndSet(at, reader, null)) {
        return reader;
      }
    }
    return null;
  }

  private boolean offerIdle(Reader reader) {
    int start = slot();
    for (int i = 0; i < IDLE_SLOTS; i++) {
      int at = (start + i) & (IDLE_SLOTS - 1);
      if (idle.get(at) == null && idle.compareAndSet(at, null, reader)) {
        return true;
      }
    }
    return false;
  }

  @SuppressWarnings("deprecation") // threadId() is not in Java 17
  private static int slot() {
    return (int) Thread.currentThread().getId() & (IDLE_SLOTS - 1);
  }
}
