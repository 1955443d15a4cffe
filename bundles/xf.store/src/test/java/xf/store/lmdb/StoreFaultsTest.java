package xf.store.lmdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.XfException;
import xf.store.StoreException;

/** What the store does when a commit, a caller or a file misbehaves. */
class StoreFaultsTest {
  @TempDir Path folder;
  private final AtomicReference<Runnable> beforeCommit = new AtomicReference<>(() -> {});
  private final AtomicReference<Runnable> afterCommit = new AtomicReference<>(() -> {});
  private LmdbEventStore store;

  @BeforeEach
  void open() {
    store = new LmdbEventStore(folder, LmdbEventStore.MIN_MAP_BYTES, () -> 1, new Steps());
  }

  @AfterEach
  void close() {
    beforeCommit.set(() -> {});
    afterCommit.set(() -> {});
    store.close();
  }

  private final class Steps implements DurableSteps {
    @Override
    public void before(Step step) {
      if (step == Step.GROUP) {
        beforeCommit.get().run();
      }
    }

    @Override
    public void after(Step step) {
      if (step == Step.GROUP) {
        afterCommit.get().run();
      }
    }
  }

  private EventLog log(int author) {
    return store.open(LmdbEventStoreTest.name("faults", author));
  }

  private static EventDraft draft(int... bytes) {
    byte[] payload = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      payload[i] = (byte) bytes[i];
    }
    return EventDraft.of(payload);
  }

  private static ErrorCode code(CompletableFuture<?> answer) {
    CompletionException failed = assertThrows(CompletionException.class, answer::join);
    return ((XfException) failed.getCause()).code();
  }

  private void assertSound() {
    List<String> problems = new ArrayList<>();
    store.check(problems::add, progress -> {});
    assertEquals(List.of(), problems);
  }

  @Test
  void shouldFailOneGroupAndGoOnWhenACommitFails() {
    log(1).append(draft(1)).join();
    beforeCommit.set(
        () -> {
          throw new StoreException(ErrorCode.IO, "no");
        });
    assertEquals(ErrorCode.IO, code(log(1).append(draft(2))));
    assertEquals(ErrorCode.IO, code(log(2).append(draft(2))));
    beforeCommit.set(() -> {});
    assertEquals(1, log(1).append(draft(3)).join().index());
    assertEquals(0, log(2).append(draft(4)).join().index());
    assertSound();
  }

  @Test
  void shouldAnswerEverybodyAndLoseNothingWhenItsWriterDies() {
    EventLog log = log(1);
    log.append(draft(1)).join();
    afterCommit.set(
        () -> {
          throw new StackOverflowError("the writer's last commit is durable, and nobody knows");
        });
    assertEquals(ErrorCode.UNAVAILABLE, code(log.append(draft(2))));
    assertEquals(ErrorCode.UNAVAILABLE, code(log.append(draft(3))));
    assertEquals(1, log.size());
    assertArrayEquals(new byte[] {1}, log.read(0, EventView::copyPayload));
    close();
    open();
    assertEquals(2, log(1).size());
    assertEquals(2, log(1).append(draft(4)).join().index());
    assertSound();
  }

  @Test
  void shouldGiveABufferedBatchBackBeforeItIsCommitted() throws Exception {
    EventLog log = log(1);
    CountDownLatch go = new CountDownLatch(1);
    beforeCommit.set(() -> await(go));
    byte[] payload = {1, 2, 3};
    EventBatch batch = new EventBatch(1);
    batch.add(log, 0, ByteBuffer.wrap(payload), 0, 3);
    store.append(batch, Durability.BUFFERED).join();
    assertEquals(0, batch.index(0));
    Arrays.fill(payload, (byte) 9);
    batch.clear();
    batch.add(log, 0, ByteBuffer.wrap(payload), 0, 1);
    go.countDown();
    store.append(batch, Durability.DURABLE).join();
    assertArrayEquals(new byte[] {1, 2, 3}, log.read(0, EventView::copyPayload));
    assertArrayEquals(new byte[] {9}, log.read(1, EventView::copyPayload));
    assertSound();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldMakeCallersWaitWhenItsQueueIsFull() throws Exception {
    EventLog log = log(1);
    CountDownLatch go = new CountDownLatch(1);
    beforeCommit.set(() -> await(go));
    List<CompletableFuture<?>> answers = new ArrayList<>();
    AtomicInteger submitted = new AtomicInteger();
    int requests = 3 * Appender.QUEUE_REQUESTS;
    Thread producer =
        new Thread(
            () -> {
              for (int i = 0; i < requests; i++) {
                answers.add(log.append(draft(i)));
                submitted.incrementAndGet();
              }
            });
    producer.start();
    while (producer.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertTrue(submitted.get() <= 2 * Appender.QUEUE_REQUESTS, submitted::toString);
    go.countDown();
    producer.join();
    answers.forEach(CompletableFuture::join);
    assertEquals(requests, log.size());
  }

  @Test
  void shouldNeitherStoreWhatItRefusedNorLoseWhatItTookWhenItCloses() throws Exception {
    for (int round = 0; round < 10; round++) {
      long before = log(1).size();
      EventLog log = log(1);
      AtomicInteger stored = new AtomicInteger();
      AtomicInteger refused = new AtomicInteger();
      List<Thread> producers = new ArrayList<>();
      CountDownLatch running = new CountDownLatch(4);
      for (int i = 0; i < 4; i++) {
        Thread producer =
            new Thread(
                () -> {
                  while (refused.get() == 0) {
                    CompletableFuture<?> unused =
                        log.append(draft(1))
                            .whenComplete(
                                (receipt, error) ->
                                    (error == null ? stored : refused).incrementAndGet());
                    running.countDown();
                  }
                });
        producer.start();
        producers.add(producer);
      }
      running.await();
      store.close();
      for (Thread producer : producers) {
        producer.join();
      }
      open();
      assertEquals(before + stored.get(), log(1).size(), "refused " + refused);
    }
    assertSound();
  }

  @Test
  void shouldRefuseOneReaderTooManyAndStillTakeEvents() {
    log(1).append(draft(1)).join();
    close();
    open();
    EventLog log = log(1);
    XfException refused = assertThrows(XfException.class, () -> nest(log, ReaderPool.MAX_READERS));
    assertEquals(ErrorCode.OVERLOADED, refused.code());
    close();
    open();
    EventLog again = log(1); // its end is not in memory yet: the appender has to read
    store.stage("x").cursor();
    nestThen(ReaderPool.MAX_READERS, () -> again.append(draft(2)).join());
    assertEquals(2, again.size());
    nest(again, ReaderPool.MAX_READERS - 1);
  }

  private static int nest(EventLog log, int depth) {
    return log.read(0, event -> depth == 0 ? 0 : nest(log, depth - 1));
  }

  private void nestThen(int depth, Runnable inside) {
    if (depth == 0) {
      inside.run();
      return;
    }
    store.reading(
        reader -> {
          nestThen(depth - 1, inside);
          return null;
        });
  }

  @Test
  void shouldGetItsReaderBackFromAVisitorThatThrows() {
    EventLog log = log(1);
    log.append(draft(1)).join();
    for (int i = 0; i < 3 * ReaderPool.MAX_READERS; i++) {
      assertThrows(
          IllegalStateException.class,
          () ->
              log.scan(
                  0,
                  (each, position, event) -> {
                    throw new IllegalStateException("visitor");
                  }));
    }
    assertEquals(1, log.scan(0, (each, position, event) -> true));
  }

  @Test
  void shouldTakeAnAppendFromInsideAVisitor() {
    EventLog log = log(1);
    log.append(draft(1)).join();
    log.scan(
        0,
        (each, position, event) -> {
          log.append(draft(2)).join(); // not good manners, but no deadlock while the map has room
          return false;
        });
    assertEquals(2, log.size());
  }

  @Test
  void shouldGrowItsMapUnderAVisitorThatReadsOtherEvents() {
    EventLog log = log(1);
    byte[] payload = new byte[60_000];
    log.append(EventDraft.of(payload)).join();
    List<CompletableFuture<?>> answers = new ArrayList<>();
    log.scan(
        0,
        (each, position, event) -> {
          for (int i = 0; i < 100; i++) { // six times the map
            answers.add(log.append(EventDraft.of(payload)));
            for (int read = 0; read < 20; read++) {
              assertEquals(60_000, log.read(0, EventView::payloadLengthBytes));
            }
          }
          return false;
        });
    answers.forEach(CompletableFuture::join);
    assertEquals(101, log.size());
    assertSound();
  }

  @Test
  void shouldNotWaitForItselfOnItsOwnThread() {
    CountDownLatch go = new CountDownLatch(1);
    beforeCommit.set(() -> await(go));
    CompletableFuture<Void> onItsThread =
        log(1)
            .append(draft(1))
            .thenAccept(receipt -> store.freeze(receipt.log(), "from the writer's thread"));
    go.countDown();
    CompletionException refused = assertThrows(CompletionException.class, onItsThread::join);
    assertTrue(refused.getCause() instanceof IllegalStateException, refused::toString);
    log(2).append(draft(1)).join();
  }

  @Test
  void shouldRefuseACutOrForeignDataFileBeforeItIsMapped() throws IOException {
    for (int i = 0; i < 50; i++) {
      log(i).append(EventDraft.of(new byte[5_000])).join();
    }
    store.close();
    Path file = folder.resolve(DataFile.NAME);
    byte[] sound = Files.readAllBytes(file);
    for (int length : new int[] {1, 4_000, 4_096, 8_192, 40_000, sound.length / 2}) {
      Files.write(file, Arrays.copyOf(sound, length));
      XfException refused = assertThrows(XfException.class, this::open, "cut to " + length);
      assertEquals(ErrorCode.NOT_VERIFIED, refused.code());
      assertTrue(refused.getMessage().contains(file.toString()), refused::getMessage);
    }
    Files.write(file, new byte[sound.length]);
    assertEquals(ErrorCode.NOT_VERIFIED, assertThrows(XfException.class, this::open).code());
    Files.write(file, sound);
    open();
    assertSound();
  }

  @Test
  void shouldNeverFollowALengthInsideADamagedEvent() throws IOException {
    EventLog log = log(1);
    log.append(draft(0x5A, 0x5A, 0x5A, 0x5A)).join();
    log.append(draft(1)).join();
    store.close();
    damageAt(new byte[] {0x5A, 0x5A, 0x5A, 0x5A}, -28, 0x7F); // top byte of the payload's length
    XfException refused = assertThrows(XfException.class, this::openAndRead);
    assertEquals(ErrorCode.NOT_VERIFIED, refused.code());
    List<String> problems = new ArrayList<>();
    store.check(problems::add, progress -> {});
    assertTrue(problems.toString().contains("chunk 0"), problems::toString);
  }

  private void openAndRead() {
    open();
    log(1).read(0, EventView::copyPayload);
  }

  private void damageAt(byte[] marker, int from, int value) throws IOException {
    Path file = folder.resolve(DataFile.NAME);
    byte[] bytes = Files.readAllBytes(file);
    for (int at = 0; at < bytes.length - marker.length; at++) {
      if (Arrays.equals(bytes, at, at + marker.length, marker, 0, marker.length)) {
        try (RandomAccessFile damage = new RandomAccessFile(file.toFile(), "rw")) {
          damage.seek(at + from + 3);
          damage.write(value);
        }
      }
    }
  }
}
