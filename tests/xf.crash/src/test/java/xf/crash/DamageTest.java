package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.XfException;
import xf.store.PageStore;

/** Torn, flipped, cut, missing and foreign files outside of LMDB; {@link LmdbDamageTest} has it. */
class DamageTest {
  private static final int FLIPS = Scratch.SOAK ? 5_000 : 25;

  private static Path parent;
  private static Sample sample;
  private Path folder;
  private final long seed = Scratch.seed();
  private final Random random = new Random(seed);

  @BeforeAll
  static void makeSample() throws IOException {
    parent = Scratch.folder("damage");
    sample = new Sample(parent.resolve("sample"), 7, 60);
  }

  @AfterAll
  static void deleteSample() {
    Scratch.delete(parent);
  }

  @BeforeEach
  void copySample() {
    folder = sample.copy(parent.resolve("copy"));
  }

  @AfterEach
  void deleteCopy() {
    Scratch.delete(folder);
  }

  private void freshCopy() {
    deleteCopy();
    copySample();
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(Node.PAGES))) {
      return files.filter(file -> file.toString().endsWith(".seg")).sorted().toList();
    }
  }

  /** Pages in a segment; what is behind them is written over whole, and means nothing. */
  private static int writtenPages(Path segment) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
    int pages = 0;
    while (bytes.getInt((1 + pages) * PageStore.PAGE_BYTES) != 0) {
      pages++;
    }
    return pages;
  }

  /** A check names the damage by {@code place}, repairs it, and nothing is lost. */
  private void assertNamedAndRepaired(String place, String what) {
    try (Node node = Node.open(folder)) {
      List<String> problems = node.problems();
      assertTrue(
          problems.stream().anyMatch(problem -> problem.contains(place)),
          () -> what + ", seed " + seed + ": not named: " + problems);
      node.repair();
      sample.ledger.copy().assertHolds(node);
    }
    try (Node node = Node.open(folder)) {
      sample.ledger.copy().assertHolds(node);
    }
  }

  @Test
  void shouldNameAndRepairAFlippedBitAnywhereInASegment() throws IOException {
    for (int i = 0; i < FLIPS; i++) {
      freshCopy();
      Path segment = segments().get(random.nextInt(segments().size()));
      int used = (1 + writtenPages(segment)) * PageStore.PAGE_BYTES;
      long at = i % 10 == 0 ? random.nextInt(PageStore.PAGE_BYTES) : random.nextInt(used);
      byte[] sound = Files.readAllBytes(segment);
      Sample.flip(segment, at, 1 << random.nextInt(8));
      String log = segment.getParent().getFileName().toString().substring(0, 12);
      try (Node node = Node.open(folder)) {
        List<String> problems = node.problems();
        boolean isNamed = problems.stream().anyMatch(problem -> problem.contains(log));
        // A tree that comes to life builds its last page again by itself, and says so in the log.
        boolean isHealed = Arrays.equals(sound, Files.readAllBytes(segment));
        assertTrue(
            isNamed || isHealed,
            () -> "byte " + at + " of " + segment + ", seed " + seed + ": not named: " + problems);
        node.repair();
        sample.ledger.copy().assertHolds(node);
      }
      assertEquals(-1, Arrays.mismatch(sound, Files.readAllBytes(segment)), "seed " + seed);
    }
  }

  @Test
  void shouldNameAndRepairACutOrMissingSegment() throws IOException {
    for (long length : new long[] {-1, 0, 55, 16_384, 40_000}) {
      freshCopy();
      Path segment = segments().get(random.nextInt(segments().size()));
      if (length < 0) {
        Files.delete(segment);
      } else {
        Sample.cut(segment, length);
      }
      assertNamedAndRepaired(
          segment.getParent().getFileName().toString().substring(0, 12), "cut to " + length);
    }
  }

  @Test
  void shouldNameForeignFilesAndGoOnWithoutThem() throws IOException {
    Path log = segments().get(0).getParent();
    List<Path> foreign =
        List.of(
            Files.writeString(folder.resolve(Node.PAGES).resolve("notes.txt"), "x"),
            Files.createDirectory(folder.resolve(Node.PAGES).resolve("backup")),
            Files.writeString(log.resolve("copy of 00000000.seg"), "x"),
            Files.writeString(log.resolve("readme"), "x"));
    try (Node node = Node.open(folder)) {
      List<String> problems = node.problems();
      for (Path file : foreign) {
        assertTrue(
            problems.stream().anyMatch(problem -> problem.contains(file.toString())),
            () -> file + " not named: " + problems);
      }
      assertEquals(foreign.size(), problems.size(), problems::toString);
      node.repair();
      foreign.forEach(file -> assertTrue(Files.exists(file), file + " is not ours to remove"));
      assertTrue(node.pages.stats().diskBytes() > 0);
    }
  }

  @Test
  void shouldNotLookAtASegmentThatNeverGotItsName() throws IOException {
    Path left = segments().get(0).resolveSibling("00000001.seg.new");
    Files.write(left, new byte[100]);
    try (Node node = Node.open(folder)) {
      sample.ledger.copy().assertHolds(node);
    }
  }

  @Test
  void shouldRefuseOrNameAFlippedBitAnywhereInTheRatchet() throws IOException {
    Path ratchet = folder.resolve(Node.RATCHET);
    long length = Files.size(ratchet);
    for (int at = 0; at < length; at += Scratch.SOAK ? 1 : 29) {
      byte[] sound = Files.readAllBytes(ratchet);
      Sample.flip(ratchet, at, 1 << random.nextInt(8));
      int place = at;
      try (Node node = Node.open(folder)) {
        List<String> problems = node.problems();
        assertFalse(problems.isEmpty(), () -> "byte " + place + " was not named, seed " + seed);
        node.repair();
        assertEquals(List.of(), node.problems(), () -> "byte " + place);
        sample.ledger.copy().assertHolds(node);
      } catch (XfException refused) {
        assertEquals(ErrorCode.NOT_VERIFIED, refused.code(), refused::getMessage);
        assertTrue(refused.getMessage().contains(ratchet.toString()), refused::getMessage);
      }
      Files.write(ratchet, sound);
    }
  }

  @Test
  void shouldRefuseOrNameACutRatchet() throws IOException {
    Path ratchet = folder.resolve(Node.RATCHET);
    byte[] sound = Files.readAllBytes(ratchet);
    for (int length = 0; length < sound.length; length += length < 140 ? 7 : 64) {
      Sample.cut(ratchet, length);
      int cut = length;
      try (Node node = Node.open(folder)) {
        List<String> problems = node.problems();
        assertTrue(
            problems.stream().anyMatch(p -> p.contains("ratchet")),
            () -> "cut to " + cut + " was not named: " + problems);
        node.repair();
        assertEquals(List.of(), node.problems());
      } catch (XfException refused) {
        assertEquals(ErrorCode.NOT_VERIFIED, refused.code(), refused::getMessage);
      }
      Files.write(ratchet, sound);
    }
  }

  @Test
  void shouldRefuseADamagedOrOpenKeyAndNeverReplaceIt() throws IOException {
    Path key = folder.resolve(Node.IDENTITY).resolve("device.key");
    byte[] sound = Files.readAllBytes(key);
    for (int at = 0; at < sound.length; at++) {
      byte[] damaged = sound.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(key, damaged);
      assertThrows(XfException.class, () -> Node.open(folder), "byte " + at);
      assertEquals(sound.length, Files.size(key));
    }
    for (int length = 0; length < sound.length; length++) {
      Files.write(key, java.util.Arrays.copyOf(sound, length));
      assertThrows(XfException.class, () -> Node.open(folder), "cut to " + length);
    }
    Files.write(key, sound);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    XfException open = assertThrows(XfException.class, () -> Node.open(folder));
    assertTrue(open.getMessage().contains("open to others"), open::getMessage);
  }

  @Test
  void shouldOpenWithDamagedOrMissingLockFiles() throws IOException {
    List<Path> locks = new ArrayList<>();
    for (String name : List.of("lock.mdb", "store.lock", "component.lock")) {
      locks.add(folder.resolve(Node.EVENTS).resolve(name));
    }
    byte[] garbage = new byte[8_192];
    random.nextBytes(garbage);
    for (byte[] content : new byte[][] {garbage, new byte[0], {1, 2, 3}}) {
      for (Path lock : locks) {
        Files.write(lock, content);
      }
      try (Node node = Node.open(folder)) {
        sample.ledger.copy().assertHolds(node);
      }
    }
  }
}
