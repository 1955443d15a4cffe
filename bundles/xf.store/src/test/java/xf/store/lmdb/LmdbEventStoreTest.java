package xf.store.lmdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.AuthorKey;
import xf.event.Dependency;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.Event;
import xf.event.EventBatch;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.GroupId;
import xf.event.Hash;
import xf.event.Hlc;
import xf.event.LogName;
import xf.event.Receipt;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.store.EventPlace;
import xf.store.Stage;
import xf.store.StageChange;

class LmdbEventStoreTest {
  @TempDir Path folder;
  private LmdbEventStore store;

  @BeforeEach
  void openStore() {
    store = LmdbEventStore.open(folder);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private void reopen() {
    store.close();
    store = LmdbEventStore.open(folder);
  }

  static LogName name(String topic, int author) {
    byte[] key = new byte[32];
    ByteBuffer.wrap(key).putInt(author);
    return new LogName(GroupId.of(new byte[32]), StreamClass.TOPIC, topic, AuthorKey.of(key), 0);
  }

  private static EventDraft text(String text) {
    return EventDraft.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String payload(EventView event) {
    return new String(event.copyPayload(), StandardCharsets.UTF_8);
  }

  private void assertSound() {
    List<String> problems = new ArrayList<>();
    store.check(problems::add, progress -> {});
    assertEquals(List.of(), problems);
  }

  @Test
  void shouldReadBackWhatWasAppended() {
    EventLog log = store.open(name("news", 1));
    Receipt receipt = log.append(text("hello")).join();
    assertEquals(0, receipt.index());
    assertEquals(log.id(), receipt.log());
    assertEquals(1, log.size());
    assertEquals("hello", log.read(0, LmdbEventStoreTest::payload));
    assertEquals(receipt.hlc(), log.read(0, EventView::hlc));
    assertSound();
  }

  @Test
  void shouldGoOnWhereItStoppedAfterARestart() {
    for (int i = 0; i < 3; i++) {
      store.open(name("news", 1)).append(text("event " + i)).join();
    }
    reopen();
    EventLog log = store.open(name("news", 1));
    assertEquals(3, log.size());
    log.append(text("event 3")).join();
    log.append(text("event 4")).join();
    List<String> all = new ArrayList<>();
    assertEquals(5, log.scan(0, (l, position, event) -> all.add(payload(event))));
    assertEquals(List.of("event 0", "event 1", "event 2", "event 3", "event 4"), all);
    assertSound();
  }

  @Test
  void shouldKeepManyLogsApartAcrossRunsChunksAndRestarts() {
    long seed = 42;
    Random random = new Random(seed);
    int logs = 37;
    int[] sizes = new int[logs];
    EventBatch batch = new EventBatch(500);
    for (int round = 0; round < 60; round++) {
      if (round % 20 == 19) {
        reopen();
      }
      batch.clear();
      while (batch.size() < batch.capacity()) {
        int author = (int) Math.abs(random.nextGaussian() * logs / 3) % logs;
        byte[] payload = (author + ":" + sizes[author]++).getBytes(StandardCharsets.UTF_8);
        batch.add(store.open(name("t", author)), 7, ByteBuffer.wrap(payload), 0, payload.length);
      }
      store.append(batch, Durability.DURABLE).join();
    }
    for (int author = 0; author < logs; author++) {
      EventLog log = store.open(name("t", author));
      assertEquals(sizes[author], log.size());
      for (int i = 0; i < sizes[author]; i += 1 + random.nextInt(7)) {
        assertEquals(author + ":" + i, log.read(i, LmdbEventStoreTest::payload));
      }
    }
    long[] events = {0};
    for (long position = 0; position < store.endPosition(); ) {
      position = store.scan(position, 777, (log, at, event) -> ++events[0] > 0);
    }
    assertEquals(30_000, events[0]);
    assertEquals(30_000, store.stats().events());
    assertSound();
    reopen();
    assertEquals(30_000, store.stats().events());
    assertSound();
  }

  @Test
  void shouldStoreTheLongestEventAndRefuseALongerOne() {
    EventLog log = store.open(name("big", 1));
    byte[] longest = new byte[65_535 - 32];
    new Random(1).nextBytes(longest);
    log.append(EventDraft.of(longest)).join();
    assertArrayEquals(longest, log.read(0, EventView::copyPayload));
    XfException refused =
        assertThrows(XfException.class, () -> EventDraft.of(new byte[65_535 - 31]));
    assertEquals(ErrorCode.TOO_LARGE, refused.code());
    log.append(EventDraft.of(new byte[0])).join();
    assertEquals(0, log.read(1, EventView::payloadLengthBytes));
    assertSound();
  }

  @Test
  void shouldKeepDependenciesTypeFlagsAndTime() {
    EventLog log = store.open(name("deps", 1));
    List<Dependency> dependencies =
        List.of(new Dependency(log.id(), 5), new Dependency(name("x", 2).id(), 1L << 40));
    ByteBuffer payload = ByteBuffer.wrap(new byte[] {1, 2, 3});
    log.append(new EventDraft(65_535, 0xFFFE, 1_000, dependencies, payload)).join();
    Event event = log.read(0, view -> Event.copyOf(log, view));
    assertEquals(dependencies, event.dependencies());
    assertEquals(65_535, event.type());
    assertEquals(0xFFFE, event.flags());
    assertEquals(1_000, Hlc.millis(event.hlc()));
    assertArrayEquals(new byte[] {1, 2, 3}, event.payload());
  }

  @Test
  void shouldTakeEventsMadeElsewhereOnlyInOrder() {
    EventLog author = store.open(name("made", 1));
    List<byte[]> events = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      author.append(text("e" + i)).join();
      events.add(author.read(i, EventView::copyBytes));
    }
    EventLog replica = store.open(name("made", 2));
    EventBatch outOfOrder = new EventBatch(2);
    outOfOrder.addCanonical(replica, ByteBuffer.wrap(events.get(0)), 0, events.get(0).length);
    outOfOrder.addCanonical(replica, ByteBuffer.wrap(events.get(2)), 0, events.get(2).length);
    CompletionException refused =
        assertThrows(
            CompletionException.class, () -> store.append(outOfOrder, Durability.DURABLE).join());
    assertTrue(refused.getCause().getMessage().contains("index 2, expected 1"));
    assertEquals(0, replica.size());
    for (byte[] event : events) {
      EventBatch batch = new EventBatch(1);
      batch.addCanonical(replica, ByteBuffer.wrap(event), 0, event.length);
      store.append(batch, Durability.DURABLE).join();
    }
    assertArrayEquals(events.get(2), replica.read(2, EventView::copyBytes));
    assertSound();
  }

  @Test
  void shouldFindATimeRangeFromInclusiveToExclusive() {
    EventLog log = store.open(name("time", 1));
    for (int i = 0; i < 1_000; i++) {
      log.append(new EventDraft(0, 0, 10L * (i / 2), List.of(), ByteBuffer.allocate(0))).join();
    }
    long from = log.indexAt(Hlc.ofMillis(100));
    long to = log.indexAt(Hlc.ofMillis(200));
    assertEquals(20, from);
    assertEquals(40, to);
    assertEquals(1_000, log.indexAt(Long.MAX_VALUE));
    assertEquals(0, log.indexAt(0));
  }

  @Test
  void shouldNeverShowAClockThatJumpsBack() {
    store.close();
    long[] now = {2_000_000};
    store = new LmdbEventStore(folder, 1L << 30, () -> now[0]);
    EventLog log = store.open(name("clock", 1));
    long before = log.append(text("a")).join().hlc();
    now[0] -= 3_600_000;
    long after = log.append(text("b")).join().hlc();
    assertEquals(before + 1, after);
  }

  @Test
  void shouldFindEventsByIdAlsoWhenMoreCame() {
    EventLog log = store.open(name("ids", 1));
    List<Hash> ids = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      log.append(text("e" + i)).join();
      ids.add(log.read(i, EventView::copyId));
      if (i % 100 == 0) {
        assertEquals(new EventPlace(log, i), store.findById(ids.get(i)).orElseThrow());
      }
    }
    assertEquals(new EventPlace(log, 299), store.findById(ids.get(299)).orElseThrow());
    assertTrue(store.findById(Hash.of(new byte[32])).isEmpty());
  }

  @Test
  void shouldKeepAStageWithItsCursor() {
    Stage stage = store.stage("follower");
    assertEquals(0, stage.cursor());
    stage.commit(new StageChange(77).put(new byte[] {2}, new byte[] {22})).join();
    stage.commit(new StageChange(78).put(new byte[] {1}, new byte[] {11})).join();
    store.stage("followes").commit(new StageChange(5).put(new byte[] {9}, new byte[] {9})).join();
    reopen();
    Stage again = store.stage("follower");
    assertEquals(78, again.cursor());
    assertArrayEquals(new byte[] {22}, again.get(new byte[] {2}).orElseThrow());
    List<Byte> keys = new ArrayList<>();
    again.scan(new byte[0], (key, value) -> keys.add(key[0]));
    assertEquals(List.of((byte) 1, (byte) 2), keys);
    again.commit(new StageChange(StageChange.SAME_CURSOR).remove(new byte[] {1})).join();
    assertTrue(again.get(new byte[] {1}).isEmpty());
    assertEquals(78, again.cursor());
  }

  @Test
  void shouldFreezeALogForGood() {
    EventLog log = store.open(name("ice", 1));
    log.append(text("a")).join();
    store.freeze(log.id(), "it forked");
    reopen();
    EventLog frozen = store.open(name("ice", 1));
    CompletionException refused =
        assertThrows(CompletionException.class, () -> frozen.append(text("b")).join());
    assertEquals(ErrorCode.FROZEN, ((XfException) refused.getCause()).code());
    assertEquals(1, frozen.size());
    store.open(name("water", 1)).append(text("c")).join();
  }

  @Test
  void shouldGrowItsMapWhileReadersGoOn() {
    store.close();
    store = new LmdbEventStore(folder, LmdbEventStore.MIN_MAP_BYTES, () -> 1);
    EventLog log = store.open(name("grow", 1));
    byte[] payload = new byte[10_000];
    for (int i = 0; i < 1_000; i++) {
      payload[0] = (byte) i;
      log.append(EventDraft.of(payload)).join();
      int at = i / 2;
      byte first = log.read(at, event -> event.payload().get(0));
      assertEquals((byte) at, first);
    }
    assertTrue(store.stats().mapBytes() > 10_000_000);
    assertSound();
  }

  @Test
  void shouldRefuseASecondOpenOfTheSameFolder() {
    XfException refused = assertThrows(XfException.class, () -> LmdbEventStore.open(folder));
    assertEquals(ErrorCode.IN_USE, refused.code());
  }

  @Test
  void shouldFailEveryCallAfterCloseWithoutHarm() {
    EventLog log = store.open(name("late", 1));
    log.append(text("a")).join();
    store.close();
    assertThrows(XfException.class, () -> log.read(0, EventView::index));
    assertThrows(CompletionException.class, () -> log.append(text("b")).join());
    assertThrows(XfException.class, () -> store.all());
    store = LmdbEventStore.open(folder);
    CompletionException foreign =
        assertThrows(
            CompletionException.class,
            () -> store.append(EventBatch.of(log, text("c")), Durability.DURABLE).join());
    assertTrue(foreign.getCause().getMessage().contains("open it again"));
  }

  @Test
  void shouldNameTheLogAndRangeOfABadIndex() {
    EventLog log = store.open(name("range", 1));
    log.append(text("a")).join();
    XfException refused = assertThrows(XfException.class, () -> log.read(1, EventView::index));
    assertEquals(ErrorCode.OUT_OF_RANGE, refused.code());
    assertTrue(refused.getMessage().contains("index 1, expected 0 to 0"));
    assertThrows(XfException.class, () -> log.read(-1, EventView::index));
  }
}
