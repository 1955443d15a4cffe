package xf.store.lmdb;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.XfException;
import xf.store.StoreException;

/**
 * The one writer. Requests wait in a bounded queue; the appender thread takes all that are there
 * and commits them as one group, so that a crowd shares an fsync and a single caller waits for
 * nobody.
 *
 * <p>The way of a group, and what a crash leaves at each step:
 *
 * <ol>
 *   <li>{@link CommitPath#sequence} gives every event its index and clock reading. In memory only:
 *       a crash loses the group, nobody was told otherwise.
 *   <li>{@link ChunkWriter} encodes the events straight into LMDB's dirty pages, with the runs and
 *       heads that are due. Still in memory.
 *   <li>{@code commit}: LMDB writes the pages, fsyncs, writes its meta page, fsyncs. A crash before
 *       the second leaves the old tree whole, after it the new one; never part of a group.
 *   <li>The logs' new ends are published, the callers answered. A crash before an answer leaves
 *       events that nobody was promised; they stay.
 * </ol>
 */
final class Appender {
  static final int QUEUE_REQUESTS = 1024;

  /** A group stops growing at either; a single batch may be larger than the first. */
  private static final int GROUP_EVENTS = 16_384;

  private static final long GROUP_BYTES = 8L << 20;

  /** Longest wait for a crowd that was there the last time: far below an fsync. */
  private static final long LINGER_NANOS = 40_000;

  /** What waits for the appender. */
  sealed interface Request permits AppendRequest, TableRequest, WakeUp {
    void fail(Throwable error);
  }

  /** Events to append. */
  record AppendRequest(
      EventBatch batch, Durability durability, CompletableFuture<EventBatch> answer)
      implements Request {
    @Override
    public void fail(Throwable error) {
      answer.completeExceptionally(error);
    }
  }

  /** A change to one of the small tables, and what it means in memory once it is committed. */
  record TableRequest(
      Consumer<WriteTransaction> change, Runnable committed, CompletableFuture<Void> answer)
      implements Request {
    @Override
    public void fail(Throwable error) {
      answer.completeExceptionally(error);
    }
  }

  /** Nothing to do but to look whether the store is closing. */
  record WakeUp() implements Request {
    @Override
    public void fail(Throwable error) {
      // nobody waits for it
    }
  }

  /** What the appender needs of its store. */
  interface Store {
    /** Commits a group whose events are sequenced. */
    void commit(List<EventBatch> batches, List<TableRequest> tables);

    /** Gives every event of the batch its index and clock reading, or refuses it. */
    void sequence(EventBatch batch);

    /** The group is durable: publish the logs' new ends. */
    void publish();

    /** The group is not: forget what was sequenced. */
    void rollBack();

    /** What an exception of LMDB means. */
    XfException explain(Throwable error);
  }

  private final Store store;
  private final BlockingQueue<Request> queue = new ArrayBlockingQueue<>(QUEUE_REQUESTS);
  private final Thread thread;
  private final AtomicReference<@Nullable StoreException> closing = new AtomicReference<>();
  private volatile boolean died;

  // The appender thread's own.
  private final List<Request> group = new ArrayList<>();
  private final List<AppendRequest> appends = new ArrayList<>();
  private final List<EventBatch> batches = new ArrayList<>();
  private final List<TableRequest> tables = new ArrayList<>();
  private int lastGroupRequests;

  Appender(Store store, String name) {
    this.store = store;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Queues a request; waits while the queue is full. */
  void submit(Request request) {
    if (Thread.currentThread() == thread) {
      submitFromListener(request);
      return;
    }
    boolean queued = !isClosing() && queue.offer(request);
    try {
      while (!queued && !isClosing()) {
        queued = queue.offer(request, 100, TimeUnit.MILLISECONDS); // this wait is the back-pressure
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      request.fail(
          new StoreException(ErrorCode.UNAVAILABLE, "store: interrupted while its queue was full"));
      return;
    }
    StoreException why = closing.get();
    if (why != null && (!queued || queue.remove(request))) {
      request.fail(why); // what cannot be taken back is the appender's, which answers it
    }
  }

  /** A listener or continuation that runs on our own thread must never wait for it. */
  private void submitFromListener(Request request) {
    if (!queue.offer(request)) {
      request.fail(
          new StoreException(
              ErrorCode.OVERLOADED, "store: queue is full; append from a thread of your own"));
    }
  }

  private boolean isClosing() {
    return closing.get() != null;
  }

  /**
   * Commits what is queued, then ends the thread. Nobody is interrupted: a commit, or a caller's
   * code that runs after it, goes on undisturbed.
   */
  void close() {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException("a store is not closed on its own appender's thread");
    }
    closing.compareAndSet(null, new StoreException(ErrorCode.UNAVAILABLE, "store: it is closed"));
    if (!queue.offer(new WakeUp())) {
      LockSupport.unpark(thread); // the queue is full: it is awake
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the thread ended by itself, in a state that nobody knows. */
  boolean hasDied() {
    return died;
  }

  /** Fails at once, instead of never, what only the appender's own thread could answer. */
  <T> T await(CompletableFuture<T> answer) {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException(
          "a listener or continuation on the appender's thread must not wait for it");
    }
    return answer.join();
  }

  private void run() {
    try {
      while (collect()) {
        commitGroup();
      }
    } catch (RuntimeException | Error e) {
      die(e);
      throw e;
    }
  }

  /** Something failed that must not: answer everybody, and let nobody in any more. */
  private void die(Throwable cause) {
    died = true;
    StoreException why =
        new StoreException(
            ErrorCode.UNAVAILABLE,
            "store: its writer failed (" + cause + "); close it and open it again",
            cause);
    closing.compareAndSet(null, why);
    group.forEach(request -> request.fail(why));
    for (Request request = queue.poll(); request != null; request = queue.poll()) {
      request.fail(why);
    }
  }

  /** Waits for requests; false when there are none left and the store is closing. */
  private boolean collect() {
    Request first = take();
    if (first == null) {
      return false;
    }
    linger();
    group.clear();
    long events = 0;
    long bytes = 0;
    for (Request next = first; next != null; next = queue.poll()) {
      group.add(next);
      if (next instanceof AppendRequest append) {
        events += append.batch().size();
        bytes += append.batch().lengthBytes();
      }
      if (events >= GROUP_EVENTS || bytes >= GROUP_BYTES) {
        break;
      }
    }
    lastGroupRequests = group.size();
    return true;
  }

  private @Nullable Request take() {
    while (!isClosing()) {
      try {
        return queue.take();
      } catch (InterruptedException e) {
        // Somebody's continuation left it on our thread; it is not for us.
      }
    }
    return queue.poll();
  }

  /**
   * Producers that were answered together come back together: give those of the last group a moment
   * to queue up again, or every other commit would carry the first of them alone.
   */
  private void linger() {
    int expected = lastGroupRequests - 1;
    if (expected < 2 || queue.size() >= expected) {
      return;
    }
    long deadline = System.nanoTime() + LINGER_NANOS;
    while (queue.size() < expected && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    if (queue.size() < expected / 2) {
      LockSupport.parkNanos(1);
    }
  }

  private void commitGroup() {
    sortOut();
    sequenceAll();
    if (batches.isEmpty() && tables.isEmpty()) {
      return;
    }
    answerBuffered();
    try {
      store.commit(batches, tables);
    } catch (Exception | LinkageError | OutOfMemoryError | AssertionError e) {
      store.rollBack();
      XfException explained = store.explain(e);
      appends.forEach(request -> request.fail(explained));
      tables.forEach(request -> request.fail(explained));
      return;
    }
    store.publish();
    tables.forEach(request -> request.committed().run());
    answerDurable();
    tables.forEach(request -> request.answer().complete(null));
  }

  private void sortOut() {
    appends.clear();
    tables.clear();
    for (Request request : group) {
      if (request instanceof AppendRequest append) {
        appends.add(append);
      } else if (request instanceof TableRequest table) {
        tables.add(table);
      }
    }
  }

  /**
   * A refused batch is taken out, and the others are sequenced anew as if it had not been there.
   */
  private void sequenceAll() {
    boolean again = true;
    while (again) {
      again = false;
      batches.clear();
      for (AppendRequest request : appends) {
        try {
          store.sequence(request.batch());
          batches.add(request.batch());
        } catch (RuntimeException e) {
          store.rollBack();
          request.fail(store.explain(e));
          appends.remove(request);
          again = true;
          break;
        }
      }
    }
  }

  /** Gives the caller's batch and payloads back at once: what is committed is a copy. */
  private void answerBuffered() {
    for (int i = 0; i < appends.size(); i++) {
      AppendRequest request = appends.get(i);
      if (request.durability() == Durability.BUFFERED) {
        batches.set(i, request.batch().copy());
        request.answer().complete(request.batch());
      }
    }
  }

  private void answerDurable() {
    for (AppendRequest request : appends) {
      if (request.durability() == Durability.DURABLE) {
        request.answer().complete(request.batch());
      }
    }
  }
}
