package xf.merkle.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
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
import xf.event.Hash;
import xf.event.Keyring;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.event.identity.FileKeyring;
import xf.merkle.CheckReport;
import xf.merkle.Checkpoint;
import xf.merkle.CompactRange;
import xf.merkle.PageDescriptor;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;
import xf.store.StageChange;
import xf.store.lmdb.LmdbEventStore;
import xf.store.segment.SegmentPageStore;

class LiveMerkleIndexTest {
  @TempDir Path folder;
  private Keyring keyring;
  private LmdbEventStore store;
  private SegmentPageStore pages;
  private LiveMerkleIndex index;

  @BeforeEach
  void open() {
    keyring = FileKeyring.open(folder.resolve("identity"), new SecureRandom());
    store = LmdbEventStore.open(folder.resolve("events"));
    pages = new SegmentPageStore(folder.resolve("pages"));
    index = new LiveMerkleIndex(store, pages, keyring, folder.resolve("identity/ratchet"));
  }

  @AfterEach
  void close() {
    index.close();
    pages.close();
    store.close();
  }

  private void reopen() {
    close();
    open();
  }

  private EventLog log(String topic) {
    return store.open(
        new LogName(keyring.homeGroup(), StreamClass.TOPIC, topic, keyring.device().author(), 0));
  }

  private EventLog append(String topic, int events) {
    EventLog log = log(topic);
    EventBatch batch = new EventBatch(1000);
    Random random = new Random(log.size());
    for (int left = events; left > 0; ) {
      batch.clear();
      for (; batch.size() < batch.capacity() && left > 0; left--) {
        byte[] payload = new byte[random.nextInt(90)];
        random.nextBytes(payload);
        batch.add(log, 0, ByteBuffer.wrap(payload), 0, payload.length);
      }
      store.append(batch, Durability.DURABLE).join();
    }
    return log;
  }

  private boolean isCaughtUp() {
    try {
      index.catchUp().join();
      return true;
    } catch (CompletionException e) {
      return false;
    }
  }

  /**
   * Each time it tries again it finds its pages again: they are not to add up while a disk fails.
   */
  @Test
  void shouldSignEachPageOnceHoweverOftenItsStepFailed() {
    index.close();
    AtomicInteger failuresLeft = new AtomicInteger(2);
    RatchetSteps failing =
        new RatchetSteps() {
          @Override
          public void before(Step step, long at) {
            if (step == Step.RECORD && failuresLeft.getAndDecrement() > 0) {
              throw new XfException(ErrorCode.IO, "the disk is full");
            }
          }
        };
    index = new LiveMerkleIndex(store, pages, keyring, folder.resolve("identity/ratchet"), failing);
    append("t", 3 * PageDescriptor.LEAVES + 10);
    while (!isCaughtUp()) {
      assertTrue(failuresLeft.get() >= 0, "no more failures than that");
    }
    assertEquals(3, index.stats().checkpointsSigned());
  }

  /** The root as the tree's definition gives it, from the events alone. */
  private static Hash naiveRoot(EventLog log, long size) {
    TreeHasher hasher = new TreeHasher();
    CompactRange range = new CompactRange();
    if (size > 0) {
      log.scan(
          0,
          (each, position, event) -> {
            range.append(hasher, event.copyId().toByteArray(), 0);
            return range.size() < size;
          });
    }
    return range.root(hasher);
  }

  private CheckReport check(boolean repair, List<String> problems) {
    return index.check(repair, problems::add, progress -> {});
  }

  private CheckReport assertSound() {
    List<String> problems = new ArrayList<>();
    CheckReport report = check(false, problems);
    assertEquals(List.of(), problems);
    return report;
  }

  @Test
  void shouldGiveTheRootThatTheEventsGiveAtEverySize() {
    EventLog log = append("sizes", 1_100);
    for (int size : new int[] {0, 1, 2, 3, 255, 256, 257, 511, 512, 768, 1_023, 1_099, 1_100}) {
      assertEquals(naiveRoot(log, size), index.rootAt(log.id(), size), "size " + size);
    }
    assertEquals(new TreeHead(1_100, naiveRoot(log, 1_100)), index.head(log.id()));
    assertEquals(4, assertSound().pages());
  }

  @Test
  void shouldFollowThroughUpperTiersAndRestarts() {
    append("tiers", 65_000);
    reopen();
    append("tiers", 1_000);
    index.catchUp().join();
    EventLog log = log("tiers");
    assertEquals(naiveRoot(log, 66_000), index.head(log.id()).root());
    assertEquals(258, pages.pageCount(log.id()));
    CheckReport report = assertSound();
    assertEquals(258, report.pages());
    assertTrue(report.checkpoints() >= 257, report::toString);
    TreeHasher hasher = new TreeHasher();
    TreeHead head = new TreeHead(66_000, index.rootAt(log.id(), 66_000));
    for (long i : new long[] {0, 255, 256, 65_535, 65_536, 65_999}) {
      index
          .proveInclusion(log.id(), i, 66_000)
          .verify(hasher, log.read(i, EventView::copyId), head);
    }
    for (long old : new long[] {1, 256, 65_535, 65_536, 65_537, 66_000}) {
      index
          .proveConsistency(log.id(), old, 66_000)
          .verify(hasher, new TreeHead(old, index.rootAt(log.id(), old)), head);
    }
    index.proveSubtree(log.id(), 256, 512, 66_000).verify(hasher, index.node(log.id(), 8, 1), head);
  }

  @Test
  void shouldHaveTheSameRootAfterARestart() {
    LogId id = append("same", 3).id();
    reopen();
    append("same", 2);
    assertEquals(5, index.head(id).size());
    assertEquals(naiveRoot(log("same"), 5), index.head(id).root());
  }

  @Test
  void shouldSealByteIdenticalPagesOnAReplica() throws IOException {
    EventLog log = append("author", 70_000);
    index.catchUp().join();
    Path elsewhere = folder.resolve("replica");
    Keyring stranger = FileKeyring.open(elsewhere.resolve("identity"), new SecureRandom());
    try (LmdbEventStore events = LmdbEventStore.open(elsewhere.resolve("events"));
        SegmentPageStore replicaPages = new SegmentPageStore(elsewhere.resolve("pages"));
        LiveMerkleIndex replica =
            new LiveMerkleIndex(
                events, replicaPages, stranger, elsewhere.resolve("identity/ratchet"))) {
      EventLog copy = events.open(log.name());
      EventBatch batch = new EventBatch(777);
      log.scan(
          0,
          (each, position, event) -> {
            byte[] bytes = event.copyBytes();
            batch.addCanonical(copy, ByteBuffer.wrap(bytes), 0, bytes.length);
            if (batch.size() == batch.capacity() || event.index() == log.size() - 1) {
              events.append(batch, Durability.DURABLE).join();
              batch.clear();
            }
            return true;
          });
      replica.catchUp().join();
      assertEquals(index.head(log.id()), replica.head(log.id()));
      Path ours = pages.file(log.id(), 0);
      assertEquals(-1, Files.mismatch(ours, replicaPages.file(log.id(), 0)));
      XfException noKey = assertThrows(XfException.class, () -> replica.checkpoint(log.id()));
      assertEquals(ErrorCode.NOT_FOUND, noKey.code());
      Checkpoint seal = index.checkpointAt(log.id(), 512).orElseThrow();
      Checkpoint head = index.checkpoints(List.of(log.id())).get(0).orElseThrow();
      replica.accept(List.of(head, seal)).join();
      assertEquals(seal, replica.checkpointAt(log.id(), 512).orElseThrow());
      assertEquals(head, replica.checkpoint(log.id()));
      Checkpoint forged =
          new Checkpoint(
              log.id(), log.name().author(), new TreeHead(511, head.head().root()), new byte[64]);
      XfException refused = assertThrows(XfException.class, () -> replica.accept(List.of(forged)));
      assertEquals(ErrorCode.NOT_VERIFIED, refused.code());
    }
  }

  @Test
  void shouldSignACheckpointThatVerifiesAndKeepItUntilMoreCame() {
    EventLog log = append("signed", 300);
    index.catchUp().join();
    Checkpoint seal = index.checkpointAt(log.id(), 256).orElseThrow();
    seal.verify();
    Checkpoint now = index.checkpoint(log.id());
    now.verify();
    assertEquals(index.head(log.id()), now.head());
    assertEquals(now, index.checkpoint(log.id()));
    append("signed", 1);
    assertEquals(301, index.checkpoint(log.id()).head().size());
    reopen();
    assertEquals(301, index.checkpoint(log.id()).head().size());
  }

  /** Nothing else happens that it could become durable with. */
  @Test
  void shouldKeepACheckpointThatOnlyWaitsByItself() {
    EventLog log = append("t", 3);
    index.catchUp().join();
    Checkpoint signed = index.checkpoint(log.id());
    CheckpointTable table = new CheckpointTable(store.stage("merkle"), new PendingCheckpoints());
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (table.head(log.id(), signed.author()).isEmpty()) {
      assertTrue(System.nanoTime() < endNs, "it still waits");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertEquals(signed, table.head(log.id(), signed.author()).orElseThrow());
  }

  @Test
  void shouldBuildPagesAgainWhenAllOfThemAreGone() throws IOException {
    EventLog log = append("gone", 2_000);
    TreeHead head = index.head(log.id());
    index.catchUp().join();
    byte[] before = Files.readAllBytes(pages.file(log.id(), 0));
    close();
    try (Stream<Path> files = Files.walk(folder.resolve("pages"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    open();
    assertEquals(head, index.head(log.id()));
    assertArrayEquals(before, Files.readAllBytes(pages.file(log.id(), 0)));
    assertSound();
  }

  /** The first pages are signed again while the tree is still far from what the ratchet knows. */
  @Test
  void shouldFreezeNothingWhileItBuildsPagesAgainThatWereSignedBeyond() throws IOException {
    EventLog log = append("beyond", 70_000);
    Checkpoint signed = index.checkpoint(log.id());
    close();
    delete(folder.resolve("pages"));
    store = LmdbEventStore.open(folder.resolve("events"));
    store.stage("merkle").commit(new StageChange(0)).join();
    store.close();
    open();
    index.catchUp().join();
    assertTrue(log("beyond").frozen().isEmpty(), () -> "" + log("beyond").frozen());
    assertEquals(signed, index.checkpoint(log.id()));
  }

  @Test
  void shouldNameADamagedPageAndRepairItWhenTold() throws IOException {
    EventLog log = append("hurt", 2_000);
    index.catchUp().join();
    Path file = pages.file(log.id(), 3);
    close();
    try (RandomAccessFile damage = new RandomAccessFile(file.toFile(), "rw")) {
      damage.seek(PageDescriptor.PAGE_BYTES * 4L + 1_000);
      damage.write(damage.read() ^ 0x40);
    }
    open();
    List<String> problems = new ArrayList<>();
    check(false, problems);
    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).contains("page 3 of log " + log.id()), problems::toString);
    assertTrue(problems.get(0).contains(file.toString()), problems::toString);
    assertEquals(1, check(true, new ArrayList<>()).repaired());
    assertSound();
  }

  @Test
  void shouldFreezeALogThatWasRestoredFromABackup() throws IOException {
    EventLog log = append("backup", 300);
    index.checkpoint(log.id());
    close();
    Path saved = folder.resolve("saved");
    copy(folder.resolve("events"), saved);
    open();
    append("backup", 10);
    index.checkpoint(log.id());
    close();
    delete(folder.resolve("events"));
    copy(saved, folder.resolve("events"));
    open();
    EventLog restored = log("backup");
    assertEquals(300, restored.size());
    CompletionException refused =
        assertThrows(
            CompletionException.class, () -> restored.append(EventDraft.of(new byte[3])).join());
    assertTrue(refused.getMessage().contains("300 events here, but 310 were signed"));
    assertTrue(refused.getMessage().contains("new epoch"));
  }

  @Test
  void shouldRefuseToSignAnotherHistoryThanTheOneSigned() throws IOException {
    EventLog log = append("other", 10);
    close();
    Path saved = folder.resolve("saved");
    copy(folder.resolve("events"), saved);
    open();
    append("other", 5);
    index.checkpoint(log.id());
    close();
    delete(folder.resolve("events"));
    copy(saved, folder.resolve("events"));
    store = LmdbEventStore.open(folder.resolve("events"));
    for (int i = 0; i < 20; i++) { // while the index was away
      log("other").append(EventDraft.of(new byte[] {1})).join();
    }
    store.close();
    open();
    XfException refused = assertThrows(XfException.class, () -> index.checkpoint(log.id()));
    assertEquals(ErrorCode.FROZEN, refused.code());
    assertTrue(log("other").frozen().isPresent());
  }

  @Test
  void shouldExportTilesThatGiveTheSignedRoot() throws IOException {
    EventLog log = append("tiles", 700);
    Path out = folder.resolve("tiles");
    Checkpoint checkpoint = index.exportTiles(log.id(), out, progress -> {});
    assertEquals(
        checkpoint,
        Checkpoint.parse(Files.readAllBytes(out.resolve("checkpoint")), checkpoint.verifierKey()));
    CompactRange range = new CompactRange();
    TreeHasher hasher = new TreeHasher();
    for (String tile : List.of("000", "001", "002.p/188")) {
      byte[] hashes = Files.readAllBytes(out.resolve("tile/0/" + tile));
      ByteBuffer entries = ByteBuffer.wrap(Files.readAllBytes(out.resolve("tile/entries/" + tile)));
      for (int i = 0; i < hashes.length; i += Hash.LENGTH_BYTES) {
        byte[] entry = new byte[Short.toUnsignedInt(entries.getShort())];
        entries.get(entry);
        assertTrue(hasher.leaf(entry).matches(hashes, i));
        range.append(hasher, hashes, i);
      }
      assertEquals(0, entries.remaining());
    }
    assertEquals(checkpoint.head(), new TreeHead(range.size(), range.root(hasher)));
    assertTrue(Files.exists(out.resolve("tile/1/000.p/2")));
    assertEquals(
        ErrorCode.IN_USE,
        assertThrows(XfException.class, () -> index.exportTiles(log.id(), out, progress -> {}))
            .code());
  }

  @Test
  void shouldSayWhichIndexSizeOrLogIsWrong() {
    EventLog log = append("range", 5);
    assertEquals(
        ErrorCode.OUT_OF_RANGE,
        assertThrows(XfException.class, () -> index.proveInclusion(log.id(), 5, 5)).code());
    assertEquals(
        ErrorCode.OUT_OF_RANGE,
        assertThrows(XfException.class, () -> index.rootAt(log.id(), 6)).code());
    assertEquals(
        ErrorCode.NOT_FOUND,
        assertThrows(XfException.class, () -> index.head(LogId.of(new byte[32]))).code());
    assertDoesNotThrow(() -> index.rootAt(log.id(), 0));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
