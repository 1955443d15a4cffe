package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.XfException;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/**
 * Everything at once on a map that starts at 1 MiB: producers of both durabilities, readers by
 * index, scans with reads inside them, proofs, roots, statistics, and in the end a close in the
 * middle of it. A failure other than that of a closed store is a bug.
 */
class StressTest {
  private static final long MILLIS = Scratch.SOAK ? 60_000 : 2_500;
  private static final int ROUNDS = 2;
  private static final int BATCH = 40;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final AtomicLongArray acknowledged = new AtomicLongArray(Logs.COUNT);
  private final AtomicLongArray done = new AtomicLongArray(5);
  private volatile boolean isClosing;

  private interface Work {
    void run(Random random);
  }

  @Test
  void shouldHoldWhenEverybodyWorksAtOnceAndTheStoreCloses() throws Exception {
    long seed = Scratch.seed();
    Path folder = Scratch.folder("stress");
    for (int round = 0; round < ROUNDS; round++) {
      run(folder, seed + round);
      if (failure.get() != null) {
        throw new AssertionError("seed " + seed + ", folder kept: " + folder, failure.get());
      }
      try (Node node = Node.open(folder)) {
        for (int log = 0; log < Logs.COUNT; log++) {
          long size = node.logs().get(log).size();
          assertTrue(size >= acknowledged.get(log), "log " + log + ": " + size);
        }
        assertEquals(List.of(), node.problems(), "seed " + seed);
      }
    }
    System.out.println(
        "appended, read, scanned, proved, looked: "
            + done
            + " in "
            + ROUNDS
            + " rounds, seed "
            + seed);
    Scratch.delete(folder);
  }

  private void run(Path folder, long seed) throws InterruptedException {
    isClosing = false;
    Node node = Node.open(folder);
    List<EventLog> logs = node.logs();
    List<Thread> threads = new ArrayList<>();
    for (int log = 0; log < Logs.COUNT; log++) {
      int number = log;
      Durability durability = log == 1 ? Durability.BUFFERED : Durability.DURABLE;
      EventBatch batch = new EventBatch(BATCH);
      long[] next = {logs.get(log).size()};
      threads.add(
          worker(seed, threads, r -> append(node, logs, number, durability, batch, next, r)));
    }
    threads.add(worker(seed, threads, random -> read(logs, random)));
    threads.add(worker(seed, threads, random -> read(logs, random)));
    threads.add(worker(seed, threads, random -> scan(node, logs, random)));
    threads.add(worker(seed, threads, random -> prove(node, logs, random)));
    threads.add(worker(seed, threads, random -> prove(node, logs, random)));
    threads.add(worker(seed, threads, random -> look(node, logs, random)));
    threads.forEach(Thread::start);
    Thread closer = new Thread(() -> closeAfter(node, Scratch.random(seed)));
    closer.start();
    closer.join();
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(40));
      assertTrue(!thread.isAlive(), () -> "hangs: " + List.of(thread.getStackTrace()));
    }
  }

  private void closeAfter(Node node, Random random) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS + random.nextInt(100));
    while (System.nanoTime() < end && failure.get() == null) {
      java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
    }
    isClosing = true;
    node.close();
  }

  private Thread worker(long seed, List<Thread> before, Work work) {
    Random random = Scratch.random(seed * 31 + before.size());
    return new Thread(
        () -> {
          try {
            while (failure.get() == null) {
              work.run(random);
            }
          } catch (CompletionException e) {
            note(e.getCause());
          } catch (RuntimeException | Error e) {
            note(e);
          }
        });
  }

  /** A closed store is what ends every worker; anything else, and anything too early, is wrong. */
  private void note(Throwable e) {
    boolean isExpected =
        isClosing && e instanceof XfException known && known.code() == ErrorCode.UNAVAILABLE;
    if (!isExpected) {
      failure.compareAndSet(null, e);
    }
  }

  private void append(
      Node node,
      List<EventLog> logs,
      int number,
      Durability durability,
      EventBatch batch,
      long[] next,
      Random random) {
    batch.clear();
    int events = 1 + random.nextInt(BATCH);
    for (int i = 0; i < events; i++) {
      Logs.add(batch, logs.get(number), number, next[0] + i);
    }
    node.store.append(batch, durability).join();
    assertEquals(next[0], batch.index(0));
    next[0] += events;
    if (durability == Durability.DURABLE) {
      acknowledged.set(number, next[0]);
    }
    done.addAndGet(0, events);
  }

  private void read(List<EventLog> logs, Random random) {
    int number = random.nextInt(Logs.COUNT);
    EventLog log = logs.get(number);
    long size = log.size();
    if (size > 0) {
      long index = random.nextBoolean() ? size - 1 : (long) (random.nextDouble() * size);
      log.read(index, event -> same(number, index, event));
      done.incrementAndGet(1);
    }
  }

  private static boolean same(int number, long index, EventView event) {
    assertEquals(index, event.index());
    org.junit.jupiter.api.Assertions.assertArrayEquals(
        Logs.payload(number, index), event.copyPayload());
    return true;
  }

  /** With reads of other events inside: they must get through while the map is to grow. */
  private void scan(Node node, List<EventLog> logs, Random random) {
    long end = node.store.endPosition();
    long from = (long) (random.nextDouble() * end);
    if (random.nextBoolean()) {
      int number = random.nextInt(Logs.COUNT);
      EventLog log = logs.get(number);
      log.scan(
          Math.max(0, log.size() - 500),
          (each, position, event) -> {
            if (event.index() % 16 == 0) {
              log.read(event.index() / 2, other -> same(number, event.index() / 2, other));
            }
            return same(number, event.index(), event);
          });
    } else if (from >> 20 < end >> 20) {
      node.store.scan(from >> 20 << 20, 300, (log, position, event) -> event.index() >= 0);
    }
    done.incrementAndGet(2);
  }

  private void prove(Node node, List<EventLog> logs, Random random) {
    EventLog log = logs.get(random.nextInt(Logs.COUNT));
    if (log.size() == 0) {
      return;
    }
    TreeHasher hasher = new TreeHasher();
    TreeHead head = node.index.head(log.id());
    long index = (long) (random.nextDouble() * head.size());
    node.index
        .proveInclusion(log.id(), index, head.size())
        .verify(hasher, log.read(index, EventView::copyId), head);
    long old = 1 + (long) (random.nextDouble() * head.size());
    if (old <= head.size()) {
      TreeHead oldHead = new TreeHead(old, node.index.rootAt(log.id(), old));
      node.index.proveConsistency(log.id(), old, head.size()).verify(hasher, oldHead, head);
    }
    done.incrementAndGet(3);
  }

  private void look(Node node, List<EventLog> logs, Random random) {
    node.store.stats();
    node.store.all();
    node.pages.stats();
    if (random.nextInt(10) == 0) {
      List<String> problems = new ArrayList<>();
      node.store.check(problems::add, progress -> {});
      assertEquals(List.of(), problems);
    }
    EventLog log = logs.get(random.nextInt(4));
    if (log.size() > 0) {
      node.index.checkpoint(log.id()).verify();
    }
    done.incrementAndGet(4);
  }
}
