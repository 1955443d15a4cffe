package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import xf.event.Durability;
import xf.event.EventBatch;
import xf.event.EventLog;
import xf.event.EventView;
import xf.store.lmdb.LmdbEventStore;
import xf.store.lmdb.WatchedStore;

/** The map doubles eight times under readers that go on; how long the longest of them waited. */
class MapGrowthTest {
  private static final long END_BYTES = 256L << 20;
  private static final int BATCH = 200;
  private static final int PAYLOAD_BYTES = 4_000;

  /** Far above what it takes (see what is printed), far below what anybody would put up with. */
  private static final long MAX_PAUSE_MS = 500;

  @Test
  void shouldGrowWithoutAPauseThatAReaderNotices() throws Exception {
    Path folder = Scratch.folder("grow");
    long growing = longestRead(folder.resolve("small"), WatchedStore.SMALL_MAP);
    long fixed = longestRead(folder.resolve("large"), 2 * END_BYTES);
    Scratch.delete(folder);
    System.out.printf(
        "longest read while the map grew 1 to 256 MiB: %d us; in a map of full size: %d us%n",
        growing / 1_000, fixed / 1_000);
    assertTrue(growing < MAX_PAUSE_MS * 1_000_000, growing + " ns");
  }

  private static long longestRead(Path folder, long mapBytes) throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicLong longest = new AtomicLong();
    try (Node keys = Node.open(folder.resolveSibling("keys"));
        LmdbEventStore store =
            WatchedStore.open(folder, mapBytes, System::currentTimeMillis, DiskWatch.NONE)) {
      EventLog log = store.open(Logs.name(keys.keyring, 0));
      append(store, log);
      AtomicReference<Boolean> isDone = new AtomicReference<>(false);
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Random random = new Random(i);
        Thread reader = new Thread(() -> read(log, random, longest, isDone, failure));
        reader.start();
        readers.add(reader);
      }
      while (store.stats().usedBytes() < END_BYTES / 2 + (1 << 20) && failure.get() == null) {
        append(store, log);
      }
      isDone.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
      assertTrue(store.stats().mapBytes() >= END_BYTES);
    }
    assertEquals(null, failure.get());
    return longest.get();
  }

  private static void append(LmdbEventStore store, EventLog log) {
    EventBatch batch = new EventBatch(BATCH);
    for (int i = 0; i < BATCH; i++) {
      batch.add(log, 0, ByteBuffer.wrap(new byte[PAYLOAD_BYTES]), 0, PAYLOAD_BYTES);
    }
    store.append(batch, Durability.DURABLE).join();
  }

  private static void read(
      EventLog log,
      Random random,
      AtomicLong longest,
      AtomicReference<Boolean> isDone,
      AtomicReference<Throwable> failure) {
    try {
      while (!isDone.get()) {
        long index = (long) (random.nextDouble() * log.size());
        long start = System.nanoTime();
        long found = log.read(index, EventView::index);
        long nanos = System.nanoTime() - start;
        assertEquals(index, found);
        longest.accumulateAndGet(nanos, Math::max);
      }
    } catch (RuntimeException | AssertionError e) {
      failure.compareAndSet(null, e);
    }
  }
}
