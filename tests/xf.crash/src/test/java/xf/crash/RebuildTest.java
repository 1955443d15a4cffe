package xf.crash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import xf.event.EventLog;
import xf.merkle.CheckReport;
import xf.store.lmdb.RawTables;

/**
 * Everything but the event table is deleted, one thing after the other and all at once, and built
 * again: to the byte. What is kept of the index in the store is damaged row by row.
 */
class RebuildTest {
  private static final List<String> TABLES =
      List.of("logs", "names", "heads", "runs", "meta", "stages", "ids");

  /** Key of the index's rows: its name, then 'c' for a page's checkpoint. */
  private static final String CHECKPOINTS = "066d65726b6c65" + "63";

  private static final String CURSOR = "066d65726b6c65";

  private static Path parent;
  private static Sample sample;
  private static String events = "";
  private static final Map<String, NavigableMap<String, byte[]>> sound = new TreeMap<>();

  /** Something done to a node's folder. */
  private interface Harm {
    void to(Path folder) throws IOException;
  }

  @BeforeAll
  static void makeSample() throws IOException {
    parent = Scratch.folder("rebuild");
    sample = new Sample(parent.resolve("sample"), 5, 70);
    try (RawTables tables = new RawTables(sample.folder.resolve(Node.EVENTS))) {
      events = tables.hash("events");
      TABLES.forEach(table -> sound.put(table, tables.rows(table)));
    }
    assertTrue(checkpoints(sound.get("stages")).size() >= 8, "too small a sample");
  }

  @AfterAll
  static void deleteSample() {
    Scratch.delete(parent);
  }

  private static NavigableMap<String, byte[]> checkpoints(NavigableMap<String, byte[]> stages) {
    return stages.subMap(CHECKPOINTS, true, CHECKPOINTS + "~", false);
  }

  private static Harm clearing(String table) {
    return folder -> {
      try (RawTables tables = new RawTables(folder.resolve(Node.EVENTS))) {
        tables.clear(table);
      }
    };
  }

  private static Map<String, Harm> things() {
    Map<String, Harm> things = new LinkedHashMap<>();
    things.put("pages", folder -> Scratch.delete(folder.resolve(Node.PAGES)));
    TABLES.forEach(table -> things.put("table " + table, clearing(table)));
    things.put("heads, for older ones", RebuildTest::makeHeadsStale);
    Map<String, Harm> each = new LinkedHashMap<>(things);
    things.put(
        "everything but the events",
        folder -> {
          for (Harm harm : each.values()) {
            harm.to(folder);
          }
        });
    return things;
  }

  /** Fewer events than were signed, as after a restored backup; but the events are there. */
  private static void makeHeadsStale(Path folder) {
    try (RawTables tables = new RawTables(folder.resolve(Node.EVENTS))) {
      tables
          .rows("heads")
          .forEach(
              (key, value) -> {
                byte[] head = java.util.Arrays.copyOf(value, value.length - 4);
                head[0]--;
                tables.put("heads", key, sealed(head));
              });
    }
  }

  @TestFactory
  Stream<DynamicTest> shouldBuildAgainWhateverIsDeleted() {
    return things().entrySet().stream()
        .map(each -> dynamicTest(each.getKey(), () -> deleteAndRebuild(each.getValue())));
  }

  private static void deleteAndRebuild(Harm harm) throws IOException {
    Path folder = sample.copy(parent.resolve("copy"));
    try {
      harm.to(folder);
      AtomicLong steps = new AtomicLong();
      try (Node node = Node.open(folder)) {
        assertTrue(node.store.repair(problem -> {}, done -> steps.incrementAndGet()));
        for (EventLog log : node.store.all()) {
          node.index.rebuild(log.id(), done -> steps.incrementAndGet());
        }
        assertTrue(steps.get() > Logs.COUNT, "a progress bar needs progress");
        sample.ledger.copy().assertHolds(node);
      }
      assertSameBytes(folder);
    } finally {
      Scratch.delete(folder);
    }
  }

  private static void assertSameBytes(Path folder) throws IOException {
    try (RawTables tables = new RawTables(folder.resolve(Node.EVENTS))) {
      assertEquals(events, tables.hash("events"));
      for (String table : List.of("logs", "names", "heads", "runs", "meta")) {
        assertSame(sound.get(table), tables.rows(table), table);
      }
      assertSame(checkpoints(sound.get("stages")), checkpoints(tables.rows("stages")), "stages");
    }
    try (Stream<Path> files = Files.walk(sample.folder.resolve(Node.PAGES))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path rebuilt = folder.resolve(sample.folder.relativize(file).toString());
        assertEquals(-1, Files.mismatch(file, rebuilt), rebuilt::toString);
      }
    }
  }

  private static void assertSame(
      NavigableMap<String, byte[]> expected, NavigableMap<String, byte[]> rows, String table) {
    assertEquals(expected.keySet(), rows.keySet(), table);
    rows.forEach((key, value) -> assertArrayEquals(expected.get(key), value, table + " " + key));
  }

  // Rows of the index.

  private static byte[] sealed(byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(content);
    return ByteBuffer.allocate(content.length + 4)
        .put(content)
        .putInt(Integer.reverseBytes((int) crc.getValue()))
        .array();
  }

  private static byte[] contentOf(String key) {
    byte[] row = sound.get("stages").get(key);
    return java.util.Arrays.copyOf(row, row.length - 4);
  }

  private static Harm row(String key, byte[] value) {
    return folder -> {
      try (RawTables tables = new RawTables(folder.resolve(Node.EVENTS))) {
        tables.put("stages", key, value);
      }
    };
  }

  private static Map<String, Harm> damages() {
    NavigableMap<String, byte[]> rows = checkpoints(sound.get("stages"));
    String first = rows.firstKey();
    String last = rows.lastKey();
    byte[] flipped = contentOf(first);
    flipped[40] ^= 1; // in the signature
    byte[] otherRoot = contentOf(first);
    otherRoot[3] ^= 1;
    Map<String, Harm> damages = new LinkedHashMap<>();
    damages.put(
        "missing",
        folder -> {
          try (RawTables tables = new RawTables(folder.resolve(Node.EVENTS))) {
            tables.delete("stages", last);
          }
        });
    damages.put("torn", row(first, new byte[100]));
    damages.put("another's", row(first, rows.get(last)));
    damages.put("wrong signature under a good checksum", row(first, sealed(flipped)));
    damages.put("wrong root under a good checksum", row(first, sealed(otherRoot)));
    damages.put("cut under a good checksum", row(first, sealed(new byte[7])));
    damages.put(
        "of a size there is not",
        row(last.substring(0, last.length() - 4) + "7f00", rows.get(last)));
    damages.put("of no page", row(last.substring(0, last.length() - 2) + "07", rows.get(last)));
    damages.put("of no log", row(CHECKPOINTS + "ab".repeat(40), rows.get(last)));
    return damages;
  }

  @TestFactory
  Stream<DynamicTest> shouldNameAndRepairEveryCheckpointHoweverDamaged() {
    return damages().entrySet().stream()
        .map(each -> dynamicTest(each.getKey(), () -> damageAndRepair(each.getValue())));
  }

  private static void damageAndRepair(Harm harm) throws IOException {
    Path folder = sample.copy(parent.resolve("copy"));
    try {
      harm.to(folder);
      try (Node node = Node.open(folder)) {
        List<String> problems = node.problems();
        assertFalse(problems.isEmpty());
        List<String> named = new ArrayList<>();
        CheckReport report = node.index.check(true, named::add, progress -> {});
        assertEquals(report.problems(), report.repaired(), named::toString);
        assertEquals(List.of(), node.problems());
        sample.ledger.copy().assertHoldsApartFromFailures(node);
      }
      assertSameBytes(folder);
    } finally {
      Scratch.delete(folder);
    }
  }

  @Test
  void shouldBeginAnewWhereTheIndexsCursorIsOfNoUse() throws IOException {
    List<byte[]> cursors =
        List.of(
            new byte[12],
            new byte[3],
            sealed(new byte[8]),
            sealed(HexFormat.of().parseHex("ffffffffffffff7f")),
            sealed(new byte[5]));
    for (byte[] cursor : cursors) {
      Path folder = sample.copy(parent.resolve("copy"));
      row(CURSOR, cursor).to(folder);
      try (Node node = Node.open(folder)) {
        node.index.catchUp().join();
        sample.ledger.copy().assertHolds(node);
      }
      assertSameBytes(folder);
      Scratch.delete(folder);
    }
  }
}
