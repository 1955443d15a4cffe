package xf.merkle.index;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.Subscription;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.TreeHead;
import xf.merkle.index.LogTree.Workspace;
import xf.store.EventStore;
import xf.store.PageStore;
import xf.store.Stage;
import xf.store.StageChange;

/**
 * The stage behind the log: reads events in order of arrival, brings each to its tree, and makes
 * the result durable in steps:
 *
 * <ol>
 *   <li>the ratchet notes the heads that will be signed (one fsync). A crash after it: the same
 *       heads are signed again, Ed25519 gives the same bytes.
 *   <li>page files are forced. A crash before it: pages are built again from the cursor on.
 *   <li>one commit moves the cursor and stores the checkpoints, with whatever events wait for it.
 * </ol>
 *
 * <p>Stopping it anywhere loses nothing: it goes on from its cursor.
 */
final class Follower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
  private static final int SCAN_EVENTS = 8192;

  /** Between two durable steps, while there is more to follow. */
  private static final long FLUSH_EVENTS = 65_536;

  private static final int FLUSH_SEALS = 256;

  /** So many checkpoints that wait to be kept are worth a step by themselves. */
  private static final int FLUSH_CHECKPOINTS = 4096;

  /**
   * What is not durable yet waits at most so long for more: the fsyncs of a durable step hold up
   * those of the appends.
   */
  private static final long FLUSH_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /**
   * Checkpoints that only wait to be kept wait so long for a step that is worth it: they are in use
   * without it, and a commit of their own would stand in the way of the next event's.
   */
  private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A cursor that only moved over a few events, with no page sealed, waits for more. */
  private static final long IDLE_FLUSH_EVENTS = 4096;

  /**
   * Between two looks at the log, and before the first after a sleep, while nobody waits: whoever
   * asks brings a tree up to date himself, and does so while the event is on its way to somebody.
   */
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final long RETRY_MS = 1_000;
  private static final long CLOSE_TIMEOUT_MS = 10_000;

  private final EventStore store;
  private final PageStore pages;
  private final TreeCache trees;
  private final CheckpointSigner signer;
  private final Stage stage;
  private final PendingCheckpoints pending;
  private final IndexCounters counters;
  private final Workspace workspace = new Workspace();
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();
  private final List<Waiter> waiters = new ArrayList<>();
  private final ConcurrentLinkedQueue<Seal> seals = new ConcurrentLinkedQueue<>();
  private final Subscription commits;
  private volatile boolean stopping;
  private volatile long cursor;

  /** Whether the thread sleeps until it is woken; a commit then wakes it, and only then. */
  private volatile boolean idle;

  private volatile long flushedCursor;
  private long flushedNanos = System.nanoTime();
  private long eventsSinceFlush;
  private CompletableFuture<Void> flushing = CompletableFuture.completedFuture(null);
  private @Nullable LogTree lastTree;

  private record Waiter(long position, CompletableFuture<Void> done) {}

  /** A page that was sealed, and the head at its end. */
  record Seal(LogTree tree, TreeHead head) {}

  Follower(
      EventStore store,
      PageStore pages,
      TreeCache trees,
      CheckpointSigner signer,
      Stage stage,
      long cursor,
      PendingCheckpoints pending,
      IndexCounters counters) {
    this.store = store;
    this.pages = pages;
    this.trees = trees;
    this.signer = signer;
    this.stage = stage;
    this.pending = pending;
    this.counters = counters;
    this.cursor = cursor;
    this.flushedCursor = cursor;
    this.thread = new Thread(this::run, "xf-merkle-follower");
    thread.setDaemon(true);
    this.commits = store.onCommit(position -> wakeIfIdle());
  }

  void start() {
    thread.start();
  }

  /** Called by a tree, on whichever thread sealed a page. */
  void sealed(LogTree tree, TreeHead head) {
    counters.pageSealed();
    seals.add(new Seal(tree, head));
    wakeIfIdle();
  }

  /** Checkpoints wait for a durable step; it comes within {@link #KEEP_NANOS}. */
  void wakeForPending() {
    wakeIfIdle();
  }

  long cursor() {
    return flushedCursor;
  }

  /** Done when everything that is durable now is indexed, and durably so. */
  CompletableFuture<Void> catchUp() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lock.lock();
    try {
      if (stopping) {
        done.completeExceptionally(stopped());
      } else {
        waiters.add(new Waiter(store.endPosition(), done));
        wake.signal();
      }
    } finally {
      lock.unlock();
    }
    return done;
  }

  private static XfException stopped() {
    return new XfException(ErrorCode.UNAVAILABLE, "index: it is being stopped");
  }

  private void wakeIfIdle() {
    if (!idle) {
      return; // it looks again by itself, see sleep
    }
    lock.lock();
    try {
      wake.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (!stopping) {
      try {
        follow();
        flushIfDue();
        answer();
        awaitMore();
      } catch (RuntimeException | AssertionError | OutOfMemoryError e) {
        failed(e);
      }
    }
    lastFlush();
  }

  /** Trouble with a disk or a damaged record must not end the index, nor make it spin. */
  private void failed(Throwable e) {
    if (stopping) {
      return;
    }
    LOG.error("index stopped at position {}, trying again: {}", cursor, e.getMessage(), e);
    counters.failed(e);
    failWaiters(e);
    flushing = CompletableFuture.completedFuture(null);
    cursor = flushedCursor;
    lastTree = null;
    seals.clear(); // first: trees that come to life again tell of the pages behind the cursor
    trees.clear();
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(RETRY_MS);
      while (left > 0 && !stopping) {
        left = wake.awaitNanos(left);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void follow() {
    while (!stopping && cursor < store.endPosition()) {
      long next = store.scan(cursor, SCAN_EVENTS, this::integrate);
      if (next == cursor && !stopping) {
        throw new XfException(
            ErrorCode.NOT_VERIFIED,
            "no event at position " + next + ", the log ends at " + store.endPosition());
      }
      cursor = next;
      if (eventsSinceFlush >= FLUSH_EVENTS || seals.size() >= FLUSH_SEALS) {
        flush();
      }
    }
  }

  private boolean integrate(EventLog log, long position, EventView event) {
    LogTree tree = lastTree;
    if (tree == null || tree.log() != log) {
      if (tree != null) {
        trees.grew(tree);
      }
      tree = trees.get(log);
      lastTree = tree;
    }
    tree.integrate(event, workspace);
    eventsSinceFlush++;
    counters.integrated();
    return !stopping;
  }

  private void flushIfDue() {
    boolean awaited;
    lock.lock();
    try {
      awaited = !waiters.isEmpty();
    } finally {
      lock.unlock();
    }
    if (awaited || nanosToFlush() <= 0) {
      flush();
      flushing.join();
    }
  }

  private boolean hasIntegrated() {
    return !seals.isEmpty()
        || eventsSinceFlush >= IDLE_FLUSH_EVENTS
        || pending.size() >= FLUSH_CHECKPOINTS;
  }

  /** Until the next durable step is due; {@link Long#MAX_VALUE} when there is nothing for it. */
  private long nanosToFlush() {
    if (hasIntegrated()) {
      return flushedNanos + FLUSH_NANOS - System.nanoTime();
    }
    long since = Math.max(flushedNanos, pending.oldestNanos());
    return pending.isEmpty() ? Long.MAX_VALUE : since + KEEP_NANOS - System.nanoTime();
  }

  private void flush() {
    flushing.join();
    long upTo = cursor;
    List<Seal> sealed = new ArrayList<>();
    for (Seal seal = seals.poll(); seal != null; seal = seals.poll()) {
      sealed.add(seal);
    }
    PendingCheckpoints.Batch waiting = pending.take();
    try {
      StageChange change = new StageChange(upTo);
      List<Checkpoint> signed = signer.sign(sealed);
      signed.forEach(checkpoint -> CheckpointTable.putSeal(change, checkpoint));
      waiting.putInto(change);
      counters.signed(signed.size());
      pages.force(); // of nothing, most often; also what a tree sealed that has left the cache
      flushing =
          stage
              .commit(change)
              .whenComplete((done, failure) -> pending.finish(waiting, failure))
              .thenRun(() -> flushedCursor = upTo);
      eventsSinceFlush = 0;
      flushedNanos = System.nanoTime();
    } catch (RuntimeException e) {
      pending.finish(waiting, e);
      throw e;
    }
  }

  private void answer() {
    List<Waiter> ready = new ArrayList<>();
    lock.lock();
    try {
      for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
        Waiter waiter = each.next();
        if (waiter.position <= flushedCursor) {
          ready.add(waiter);
          each.remove();
        }
      }
    } finally {
      lock.unlock();
    }
    ready.forEach(waiter -> waiter.done.complete(null));
  }

  private void failWaiters(Throwable error) {
    List<Waiter> all;
    lock.lock();
    try {
      all = List.copyOf(waiters);
      waiters.clear();
    } finally {
      lock.unlock();
    }
    all.forEach(waiter -> waiter.done.completeExceptionally(error));
  }

  private void awaitMore() {
    lock.lock();
    try {
      pause(PACE_NANOS);
      while (!isWanted() && cursor >= store.endPosition() && nanosToFlush() > 0) {
        sleep();
        pause(PACE_NANOS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    } finally {
      lock.unlock();
    }
  }

  private boolean isWanted() {
    return stopping || !waiters.isEmpty();
  }

  /** Waits, unless somebody waits for us. */
  private void pause(long nanos) throws InterruptedException {
    long left = nanos;
    while (left > 0 && !isWanted()) {
      left = wake.awaitNanos(left);
    }
  }

  /** Waits for a commit, or for the time of the next durable step. */
  @SuppressWarnings("WaitNotInLoop") // the loop is awaitMore's
  private void sleep() throws InterruptedException {
    idle = true; // first, then look: a commit looks at it after it moved the end
    try {
      long left = nanosToFlush();
      if (!isWanted() && cursor >= store.endPosition() && left > 0) {
        long unused = wake.awaitNanos(left);
      }
    } finally {
      idle = false;
    }
  }

  private void lastFlush() {
    try {
      if (cursor > flushedCursor || !seals.isEmpty() || !pending.isEmpty()) {
        flush();
        flushing.join();
      }
    } catch (RuntimeException e) {
      LOG.warn("index: last step not durable, the next start does it again: {}", e.getMessage());
    }
    failWaiters(stopped());
  }

  @Override
  public void close() {
    commits.close();
    lock.lock();
    try {
      stopping = true;
      wake.signal();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(CLOSE_TIMEOUT_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
