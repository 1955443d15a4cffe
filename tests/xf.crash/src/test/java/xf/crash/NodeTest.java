package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.GroupId;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.XfException;

/** Backups that were restored, a second process, clocks that jump, very many logs. */
class NodeTest {
  private static final long HOUR_MS = 3_600_000;
  private static final int LOGS = 10_000;

  private Path parent;
  private Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    parent = Scratch.folder("node");
    folder = parent.resolve("node");
  }

  @AfterEach
  void deleteFolder() {
    Scratch.delete(parent);
  }

  private static void append(Node node, int log, int events) {
    EventLog to = node.logs().get(log);
    EventBatch batch = new EventBatch(events);
    for (int i = 0; i < events; i++) {
      Logs.add(batch, to, log, to.size() + i);
    }
    node.store.append(batch, Durability.DURABLE).join();
  }

  /** A backup at 300 events, then 10 more of which the last is signed. */
  private Path backup() {
    Path saved = parent.resolve("saved");
    try (Node node = Node.open(folder)) {
      append(node, 0, 300);
      node.index.checkpoint(node.logs().get(0).id());
    }
    Scratch.copy(folder, saved);
    try (Node node = Node.open(folder)) {
      append(node, 0, 10);
      node.index.checkpoint(node.logs().get(0).id());
    }
    return saved;
  }

  private void restore(Path saved, String part) {
    Scratch.delete(folder.resolve(part));
    Scratch.copy(saved.resolve(part), folder.resolve(part));
  }

  private void assertRefusesToFork() {
    for (int start = 0; start < 2; start++) { // also when it is started again
      try (Node node = Node.open(folder)) {
        EventLog log = node.logs().get(0);
        assertEquals(300, log.size());
        CompletionException refused =
            assertThrows(
                CompletionException.class, () -> log.append(EventDraft.of(new byte[1])).join());
        assertEquals(ErrorCode.FROZEN, ((XfException) refused.getCause()).code());
        XfException unsigned =
            assertThrows(
                XfException.class,
                () -> {
                  append(node, 1, 1);
                  throw new XfException(ErrorCode.FROZEN, "another log goes on");
                });
        assertEquals("another log goes on", unsigned.getMessage());
      }
    }
  }

  @Test
  void shouldRefuseToForkWhenOnlyEventsWereRestored() {
    restore(backup(), Node.EVENTS);
    assertRefusesToFork();
  }

  @Test
  void shouldRefuseToForkWhenEventsAndPagesWereRestored() {
    Path saved = backup();
    restore(saved, Node.EVENTS);
    restore(saved, Node.PAGES);
    assertRefusesToFork();
  }

  @Test
  void shouldRefuseToForkWhenPagesAreGone() {
    restore(backup(), Node.EVENTS);
    Scratch.delete(folder.resolve(Node.PAGES));
    assertRefusesToFork();
  }

  /** What nothing on this device can know: only peers can ({@code docs}, my future). */
  @Test
  void shouldGoOnWhenTheRatchetWasRestoredToo() throws IOException {
    Path saved = backup();
    restore(saved, Node.EVENTS);
    restore(saved, Node.PAGES);
    Files.copy(
        saved.resolve(Node.RATCHET),
        folder.resolve(Node.RATCHET),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    try (Node node = Node.open(folder)) {
      append(node, 0, 1);
      assertEquals(301, node.index.checkpoint(node.logs().get(0).id()).head().size());
      assertEquals(List.of(), node.problems());
    }
  }

  @Test
  void shouldSayWhatAMissingRatchetForgot() throws IOException {
    backup();
    Files.delete(folder.resolve(Node.RATCHET));
    try (Node node = Node.open(folder)) {
      List<String> problems = node.problems();
      assertEquals(1, problems.size(), problems::toString);
      assertTrue(problems.get(0).contains("signed at size 310"), problems::toString);
      node.repair();
      assertEquals(List.of(), node.problems());
    }
  }

  @Test
  void shouldLetNoSecondProcessInNotEvenAfterASecondComponentTried() throws Exception {
    try (Node node = Node.open(folder)) {
      XfException component = assertThrows(XfException.class, () -> Node.open(folder));
      assertEquals(ErrorCode.IN_USE, component.code());
      Child child = Child.start(OpenChild.class, folder.toString());
      assertEquals("IN_USE", child.line());
      append(node, 0, 1);
    }
    Child child = Child.start(OpenChild.class, folder.toString());
    assertEquals("open", child.line());
    child.kill();
  }

  /** Opens a node and says what came of it. */
  public static final class OpenChild {
    private OpenChild() {}

    /** The folder. */
    public static void main(String[] arguments) {
      try (Node node = Node.open(Path.of(arguments[0]))) {
        System.out.println(node.store.all().isEmpty() ? "empty" : "open");
      } catch (XfException e) {
        System.out.println(e.code());
      }
    }
  }

  @Test
  void shouldKeepClocksInOrderWhenTheWallClockJumps() {
    long[] now = {100 * HOUR_MS};
    long last = -1;
    try (Node node = Node.open(folder, () -> now[0], DiskWatch.NONE)) {
      for (long jump : new long[] {0, -HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS, 1}) {
        now[0] += jump;
        append(node, 0, 3);
        assertTrue(node.logs().get(0).lastHlc() > last);
        last = node.logs().get(0).lastHlc();
      }
      assertEquals(List.of(), node.problems());
    }
    now[0] = 0;
    try (Node node = Node.open(folder, () -> now[0], DiskWatch.NONE)) {
      append(node, 0, 3);
      assertTrue(node.logs().get(0).lastHlc() > last);
      assertEquals(18, node.logs().get(0).size());
      assertEquals(List.of(), node.problems());
    }
  }

  @Test
  void shouldCarryTenThousandLogsOfOneEvent() {
    try (Node node = Node.open(folder)) {
      EventBatch batch = new EventBatch(500);
      Random random = new Random(1);
      for (int i = 0; i < LOGS; i++) {
        byte[] payload = new byte[random.nextInt(64)];
        java.nio.ByteBuffer bytes = java.nio.ByteBuffer.wrap(payload);
        batch.add(node.store.open(oneOf(i, node)), 0, bytes, 0, payload.length);
        if (batch.size() == batch.capacity()) {
          node.store.append(batch, Durability.DURABLE).join();
          batch.clear();
        }
      }
      node.index.catchUp().join();
    }
    long start = System.nanoTime();
    try (Node node = Node.open(folder)) {
      long opened = System.nanoTime();
      assertEquals(LOGS, node.store.stats().logs());
      assertEquals(List.of(), node.problems());
      long checked = System.nanoTime();
      node.store.all().forEach(log -> assertEquals(1, node.index.head(log.id()).size()));
      System.out.printf(
          "%d logs of one event: open %d ms, check %d ms, all heads %d ms%n",
          LOGS,
          (opened - start) / 1_000_000,
          (checked - opened) / 1_000_000,
          (System.nanoTime() - checked) / 1_000_000);
      assertEquals(0, node.pages.stats().pagesWritten());
    }
  }

  private static LogName oneOf(int i, Node node) {
    GroupId group = node.keyring.homeGroup();
    return new LogName(group, StreamClass.TOPIC, "t" + i, node.keyring.device().author(), 0);
  }
}
