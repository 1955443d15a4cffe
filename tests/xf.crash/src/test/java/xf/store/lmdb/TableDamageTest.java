package xf.store.lmdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import xf.event.AuthorKey;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.GroupId;
import xf.event.Hash;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.store.StageChange;

/**
 * Every table beside the events, damaged in every way a row can be: the store opens, a check names
 * the table, a repair builds it again to the byte, and the events are what they were.
 */
class TableDamageTest {
  private static final List<String> DERIVED = List.of("logs", "names", "heads", "runs", "meta");
  private static final int[] SIZES = {700, 300, 5, 1, 256};
  private static final int FROZEN = 3;
  private static final Set<ErrorCode> DAMAGED =
      EnumSet.of(ErrorCode.NOT_VERIFIED, ErrorCode.BAD_FORMAT);

  @TempDir static Path folder;
  private static final List<List<Hash>> ids = new ArrayList<>();
  private static String events = "";
  private static final Map<String, NavigableMap<String, byte[]>> sound = new TreeMap<>();

  /** A way to damage a table. */
  private interface Damage {
    void apply(RawTables tables, String table, NavigableMap<String, byte[]> rows);
  }

  @BeforeAll
  static void makeSample() {
    Path sample = folder.resolve("sample");
    try (LmdbEventStore store = LmdbEventStore.open(sample)) {
      for (int round = 0; round < 700; round += 50) {
        EventBatch batch = new EventBatch(SIZES.length * 50);
        for (int i = round; i < round + 50; i++) {
          for (int log = 0; log < SIZES.length; log++) {
            if (i < SIZES[log]) {
              byte[] payload = {(byte) log, (byte) i, (byte) (i >> 8)};
              batch.add(log(store, log), 0, ByteBuffer.wrap(payload), 0, payload.length);
            }
          }
        }
        store.append(batch, Durability.DURABLE).join();
      }
      for (int log = 0; log < SIZES.length; log++) {
        List<Hash> each = new ArrayList<>();
        log(store, log).scan(0, (l, position, event) -> each.add(event.copyId()));
        ids.add(each);
      }
      assertTrue(store.findById(ids.get(0).get(9)).isPresent());
      store.freeze(log(store, FROZEN).id(), "told to");
      store.stage("x").commit(new StageChange(7).put(new byte[] {1}, new byte[] {2})).join();
    }
    try (RawTables tables = new RawTables(sample)) {
      events = tables.hash("events");
      Stream.of("logs", "names", "heads", "runs", "meta", "ids", "frozen", "stages")
          .forEach(table -> sound.put(table, tables.rows(table)));
    }
  }

  private static EventLog log(LmdbEventStore store, int number) {
    byte[] author = new byte[32];
    ByteBuffer.wrap(author).putInt(number);
    return store.open(
        new LogName(
            GroupId.of(new byte[32]), StreamClass.TOPIC, "damage", AuthorKey.of(author), 0));
  }

  private static final Map<String, Damage> DAMAGES = new TreeMap<>();

  static {
    DAMAGES.put("first row missing", (t, table, rows) -> t.delete(table, rows.firstKey()));
    DAMAGES.put("last row missing", (t, table, rows) -> t.delete(table, rows.lastKey()));
    DAMAGES.put("all rows missing", (t, table, rows) -> t.clear(table));
    DAMAGES.put(
        "row torn",
        (t, table, rows) -> {
          byte[] torn = rows.firstEntry().getValue().clone();
          Arrays.fill(torn, torn.length / 2, torn.length, (byte) 0);
          t.put(table, rows.firstKey(), torn);
        });
    DAMAGES.put(
        "bit flipped",
        (t, table, rows) -> {
          byte[] flipped = rows.lastEntry().getValue().clone();
          flipped[flipped.length / 3] ^= 4;
          t.put(table, rows.lastKey(), flipped);
        });
    DAMAGES.put(
        "row cut",
        (t, table, rows) ->
            t.put(table, rows.firstKey(), Arrays.copyOf(rows.firstEntry().getValue(), 3)));
    DAMAGES.put("row emptied", (t, table, rows) -> t.put(table, rows.firstKey(), new byte[0]));
    DAMAGES.put(
        "row of a wrong length under a good checksum",
        (t, table, rows) ->
            t.put(
                table,
                rows.firstKey(),
                SealedRecord.seal(SealedRecord.allocate(5).put(new byte[5]))));
    DAMAGES.put(
        "rows exchanged",
        (t, table, rows) -> {
          t.put(table, rows.firstKey(), rows.lastEntry().getValue());
          t.put(table, rows.lastKey(), rows.firstEntry().getValue());
        });
    DAMAGES.put(
        "row too many",
        (t, table, rows) -> t.put(table, afterLast(rows), rows.lastEntry().getValue()));
    DAMAGES.put(
        "row under a torn key",
        (t, table, rows) -> {
          String key = rows.firstKey();
          t.put(table, key.substring(0, key.length() - 4), rows.firstEntry().getValue());
          t.delete(table, key);
        });
    DAMAGES.put("stale", TableDamageTest::makeStale);
  }

  /** What the table held earlier, every checksum right. */
  private static void makeStale(RawTables tables, String table, NavigableMap<String, byte[]> rows) {
    switch (table) {
      case "heads" ->
          rows.forEach(
              (key, value) -> {
                ByteBuffer fields = SealedRecord.open(value, "");
                long size = fields.getLong() - 1;
                ByteBuffer old = SealedRecord.allocate(24).putLong(size);
                tables.put(
                    table,
                    key,
                    SealedRecord.seal(old.putLong(fields.getLong()).putLong(fields.getLong())));
              });
      case "meta" ->
          tables.put(
              table,
              HexFormat.of().formatHex(Recovery.COVERED_KEY),
              SealedRecord.seal(SealedRecord.allocate(16).putLong(0).putLong(0)));
      case "runs" -> {
        long[] positions = new long[Run.EVENTS];
        Arrays.setAll(positions, i -> ChunkDescriptor.position(0, 16 + 48 * i));
        tables.put(table, rows.firstKey(), Run.of(positions).encode());
      }
      default -> // of a log that there was no more of then
          rows.tailMap(rows.firstKey(), false).keySet().forEach(key -> tables.delete(table, key));
    }
  }

  /** A key like the others, and behind them. */
  private static String afterLast(NavigableMap<String, byte[]> rows) {
    byte[] key = HexFormat.of().parseHex(rows.lastKey());
    key[0] = (byte) 0xEE;
    return HexFormat.of().formatHex(key);
  }

  @TestFactory
  Stream<DynamicTest> shouldNameAndRebuildEveryTableHoweverDamaged() {
    return DERIVED.stream()
        .flatMap(
            table ->
                DAMAGES.entrySet().stream()
                    .filter(each -> !isHealedByAnOpen(table, each.getKey()))
                    .map(
                        each ->
                            dynamicTest(
                                table + ": " + each.getKey(),
                                () ->
                                    damageAndRepair(
                                        List.of(table),
                                        List.of(shown(table, each.getKey())),
                                        each.getValue()))));
  }

  /** That heads and what they cover disagree says not which of them is stale. */
  private static String shown(String table, String damage) {
    return table.equals("meta") && damage.equals("stale") ? "heads" : table;
  }

  /** The version, which an open writes where there is none. */
  private static boolean isHealedByAnOpen(String table, String damage) {
    return table.equals("meta") && damage.equals("last row missing");
  }

  @Test
  void shouldRebuildEverythingButTheEventsFromThem() throws IOException {
    // A store without any heads is one that was never closed, which is nothing to name.
    damageAndRepair(
        DERIVED, List.of("logs", "names", "runs"), (tables, table, rows) -> tables.clear(table));
  }

  @Test
  void shouldRebuildEverythingWhenAllOfItIsTorn() throws IOException {
    damageAndRepair(
        DERIVED,
        DERIVED,
        (tables, table, rows) ->
            rows.forEach((key, value) -> tables.put(table, key, new byte[value.length])));
  }

  private static Path copy() throws IOException {
    Path copy = Files.createTempDirectory(folder, "copy");
    Files.copy(folder.resolve("sample").resolve(DataFile.NAME), copy.resolve(DataFile.NAME));
    return copy;
  }

  private static void damageAndRepair(List<String> damaged, List<String> shown, Damage damage)
      throws IOException {
    Path copy = copy();
    try (RawTables tables = new RawTables(copy)) {
      damaged.forEach(table -> damage.apply(tables, table, tables.rows(table)));
    }
    try (LmdbEventStore store = LmdbEventStore.open(copy)) {
      List<EventLog> known = logsThatOpen(store);
      List<String> named = new ArrayList<>();
      assertFalse(store.check(named::add, progress -> {}));
      for (String table : shown) {
        assertTrue(named.stream().anyMatch(p -> p.contains(table + " table")), named::toString);
      }
      List<String> repaired = new ArrayList<>();
      assertTrue(store.repair(repaired::add, progress -> {}), repaired::toString);
      assertEquals(named, repaired);
      assertSound(store);
      known.stream()
          .filter(log -> log.frozen().isEmpty())
          .forEach(log -> assertEquals(ids.get(number(log)).size(), log.size()));
    }
    assertRebuiltToTheByte(copy);
    try (LmdbEventStore store = LmdbEventStore.open(copy)) {
      assertAllEventsAreRead(store);
      assertGoesOn(store);
      assertSound(store);
    }
  }

  /** Whoever holds a log from before the repair must see what it has become. */
  private static List<EventLog> logsThatOpen(LmdbEventStore store) {
    List<EventLog> known = new ArrayList<>();
    for (int log = 0; log < SIZES.length; log++) {
      try {
        known.add(log(store, log));
      } catch (XfException e) {
        assertTrue(DAMAGED.contains(e.code()), e::getMessage);
      }
    }
    return known;
  }

  private static int number(EventLog log) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(log.name().author().toHex())).getInt();
  }

  private static void assertSound(LmdbEventStore store) {
    List<String> problems = new ArrayList<>();
    store.check(problems::add, progress -> {});
    assertEquals(List.of(), problems);
  }

  private static void assertRebuiltToTheByte(Path copy) {
    try (RawTables tables = new RawTables(copy)) {
      assertEquals(events, tables.hash("events"));
      for (String table : DERIVED) {
        NavigableMap<String, byte[]> rows = tables.rows(table);
        assertEquals(sound.get(table).keySet(), rows.keySet(), table);
        rows.forEach((key, value) -> assertArrayEquals(sound.get(table).get(key), value, table));
      }
    }
  }

  private static void assertAllEventsAreRead(LmdbEventStore store) {
    assertEquals(SIZES.length, store.all().size());
    for (int number = 0; number < SIZES.length; number++) {
      EventLog log = log(store, number);
      List<Hash> expected = ids.get(number);
      assertEquals(expected.size(), log.size());
      for (int i = 0; i < expected.size(); i++) {
        assertEquals(expected.get(i), log.read(i, EventView::copyId));
      }
      assertTrue(store.findById(expected.get(0)).isPresent());
    }
  }

  private static void assertGoesOn(LmdbEventStore store) {
    for (int number = 0; number < SIZES.length; number++) {
      EventLog log = log(store, number);
      if (number == FROZEN) {
        assertThrows(
            CompletionException.class, () -> log.append(EventDraft.of(new byte[1])).join());
      } else {
        assertEquals(SIZES[number], log.append(EventDraft.of(new byte[1])).join().index());
      }
    }
    assertEquals(0, log(store, 99).append(EventDraft.of(new byte[1])).join().index());
  }

  @Test
  void shouldNameAndRebuildTheIndexOfIds() throws IOException {
    for (Map.Entry<String, Damage> each : DAMAGES.entrySet()) {
      if (List.of("rows exchanged", "row torn", "bit flipped", "row cut", "row emptied")
              .contains(each.getKey())
          || each.getKey().startsWith("row of a wrong length")) {
        continue; // all is in the keys
      }
      Path copy = copy();
      try (RawTables tables = new RawTables(copy)) {
        NavigableMap<String, byte[]> rows = tables.rows("ids");
        each.getValue()
            .apply(tables, "ids", each.getKey().equals("row too many") ? claimed(rows) : rows);
      }
      assertIdsAreRepaired(copy, each.getKey());
    }
  }

  /** A row for a position the index says it has. */
  private static NavigableMap<String, byte[]> claimed(NavigableMap<String, byte[]> rows) {
    NavigableMap<String, byte[]> one = new TreeMap<>();
    one.put(rows.firstKey().substring(0, 16) + "0000000000000018", new byte[] {1});
    return one;
  }

  private static void assertIdsAreRepaired(Path copy, String damage) {
    try (LmdbEventStore store = LmdbEventStore.open(copy)) {
      List<String> named = new ArrayList<>();
      assertFalse(store.check(named::add, progress -> {}), damage);
      assertTrue(named.toString().contains("ids table"), () -> damage + ": " + named);
      assertTrue(store.repair(what -> {}, progress -> {}), damage);
      assertSound(store);
      assertAllEventsAreRead(store);
      assertSound(store);
    }
    try (RawTables tables = new RawTables(copy)) {
      assertEquals(sound.get("ids").keySet(), tables.rows("ids").keySet(), damage);
      assertEquals(events, tables.hash("events"));
    }
  }

  @Test
  void shouldKeepALogFrozenWhoseReasonIsTorn() throws IOException {
    Path copy = copy();
    try (RawTables tables = new RawTables(copy)) {
      tables.put("frozen", sound.get("frozen").firstKey(), new byte[] {1, 2, 3, 4, 5, 6});
    }
    for (int start = 0; start < 2; start++) {
      try (LmdbEventStore store = LmdbEventStore.open(copy)) {
        assertTrue(log(store, FROZEN).frozen().isPresent());
        List<String> named = new ArrayList<>();
        assertEquals(start == 1, store.repair(named::add, progress -> {}) && named.isEmpty());
        assertEquals(start == 0, named.toString().contains("frozen table"), named::toString);
        assertSound(store);
      }
    }
  }

  @Test
  void shouldRemoveWhatAStageCannotReadAnyMore() throws IOException {
    for (String key : sound.get("stages").keySet()) {
      Path copy = copy();
      try (RawTables tables = new RawTables(copy)) {
        tables.put("stages", key, new byte[] {1, 2, 3, 4, 5, 6});
      }
      try (LmdbEventStore store = LmdbEventStore.open(copy)) {
        List<String> named = new ArrayList<>();
        assertTrue(store.repair(named::add, progress -> {}));
        assertTrue(named.toString().contains("table"), named::toString);
        assertSound(store);
        assertEquals(key.equals("0178") ? 0 : 7, store.stage("x").cursor());
        assertEquals(!key.equals("017801"), store.stage("x").get(new byte[] {1}).isPresent());
      }
    }
  }

  @Test
  void shouldRepairNothingFromDamagedEvents() throws IOException {
    Path copy = copy();
    String heads;
    String damagedEvents;
    try (RawTables tables = new RawTables(copy)) {
      NavigableMap<String, byte[]> chunks = tables.rows("events");
      byte[] chunk = chunks.firstEntry().getValue();
      chunk[chunk.length - 9] ^= 1;
      tables.put("events", chunks.firstKey(), chunk);
      tables.delete("heads", sound.get("heads").firstKey());
      heads = tables.hash("heads");
      damagedEvents = tables.hash("events");
    }
    try (LmdbEventStore store = LmdbEventStore.open(copy)) {
      List<String> named = new ArrayList<>();
      assertFalse(store.repair(named::add, progress -> {}));
      assertTrue(named.toString().contains("events table: chunk 0: checksum"), named::toString);
    }
    try (RawTables tables = new RawTables(copy)) {
      assertEquals(heads, tables.hash("heads"));
      assertEquals(damagedEvents, tables.hash("events"));
    }
  }

  @Test
  void shouldLetNobodyStartALogAnewWhoseRecordIsLost() throws IOException {
    Path copy = copy();
    try (RawTables tables = new RawTables(copy)) {
      tables.delete("logs", sound.get("logs").firstKey());
    }
    try (LmdbEventStore store = LmdbEventStore.open(copy)) {
      XfException refused =
          assertThrows(
              XfException.class,
              () -> {
                for (int log = 0; log < SIZES.length; log++) {
                  log(store, log);
                }
              });
      assertEquals(ErrorCode.NOT_VERIFIED, refused.code());
      assertTrue(refused.getMessage().contains("xf:check --repair"), refused::getMessage);
    }
  }

  @Test
  void shouldRepairWhileOthersAppendAndRead() throws Exception {
    Path copy = copy();
    try (RawTables tables = new RawTables(copy)) {
      tables.clear("runs");
    }
    try (LmdbEventStore store = LmdbEventStore.open(copy)) {
      EventLog fresh = log(store, 77);
      Thread producer =
          new Thread(
              () -> {
                for (int i = 0; i < 2_000; i++) {
                  fresh.append(EventDraft.of(new byte[50]), Durability.BUFFERED).join();
                  if (fresh.size() > 0) {
                    assertEquals(0, fresh.read(0, EventView::index));
                  }
                }
              });
      producer.start();
      while (fresh.size() < 10) {
        Thread.onSpinWait();
      }
      assertTrue(store.repair(what -> {}, progress -> {}));
      producer.join();
      fresh.append(EventDraft.of(new byte[1])).join();
      assertEquals(2_001, fresh.size());
      assertSound(store);
      assertAllRunsAreFound(store);
    }
  }

  private static void assertAllRunsAreFound(LmdbEventStore store) {
    for (int number = 0; number < SIZES.length; number++) {
      EventLog log = log(store, number);
      assertEquals(ids.get(number).get(0), log.read(0, EventView::copyId));
    }
  }
}
