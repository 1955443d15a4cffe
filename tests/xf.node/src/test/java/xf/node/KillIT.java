package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kill -9 at random moments in an import of the real history. Each node first checks and lists what
 * the killed one before it left, then imports on until it is killed itself; the import notes in a
 * file up to which line all is durable. {@code -Dxf.seed} repeats a run as far as time allows.
 */
class KillIT {
  private static final int KILLS = 50;

  /** Then another folder, in the other way of importing, so that both are killed early and late. */
  private static final int KILLS_PER_IMPORT = 13;

  private static final long LONGEST_MS = 700;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private final long seed = Long.getLong("xf.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  void shouldKeepEveryAcknowledgedEventThroughFiftyKills() throws IOException {
    RealEvents events = RealEvents.load();
    long startNs = System.nanoTime();
    int kills = 0;
    int folders = 0;
    long durable = 0;
    while (kills < KILLS) {
      Victim victim = new Victim(events, folders);
      int enough = Math.min(KILLS, kills + KILLS_PER_IMPORT);
      while (kills < enough && victim.surviveOne()) {
        kills++;
      }
      durable += victim.finish();
      folders++;
    }
    System.out.printf(
        "killed %d times in %d imports, seed %d: %,d events acknowledged before a kill, none lost"
            + " (%.0f s)%n",
        kills, folders, seed, durable, (System.nanoTime() - startNs) / 1e9);
  }

  /** A data folder and the imports into it. */
  private final class Victim {
    private final RealEvents events;
    private final boolean perAuthor;
    private final Run run;
    private final Path acks;
    private Map<String, Long> promised = new TreeMap<>();
    private long durable;

    Victim(RealEvents events, int number) {
      this.events = events;
      this.perAuthor = number % 2 == 1;
      this.run =
          new Run(folder.resolve("v" + number))
              .with("XF_JAVA_OPTS", "-Xmx256m -XX:TieredStopAtLevel=1");
      this.acks = run.folder().resolve("acks");
    }

    /** False when the import was done before the kill came. */
    boolean surviveOne() {
      Run.Running node =
          run.start(
              List.of(
                  "--exec",
                  "xf:check --json; xf:logs --json; xf:import --acks "
                      + acks
                      + (perAuthor ? " --per-author " : " ")
                      + events.file()));
      node.closeInput();
      // Both lines to their ends: the second may be long, and is not written at once.
      node.until("what is there", () -> node.out().chars().filter(c -> c == '\n').count() >= 2);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextLong(LONGEST_MS)));
      boolean wasAlive = node.process().isAlive();
      Run.Ended ended = node.kill();
      expectAllThere(ended.out());
      promise();
      assertTrue(wasAlive || ended.exit() == 0, () -> "seed " + seed + ": " + ended);
      return ended.exit() != 0;
    }

    private void expectAllThere(String out) {
      assertEquals(
          0L,
          JsonText.map(ImportIT.line(out, 0)).get("problems"),
          () -> "seed " + seed + ": " + out);
      Map<String, Long> sizes = ImportIT.sizes(JsonText.list(ImportIT.line(out, 1)));
      promised.forEach(
          (log, size) ->
              assertTrue(
                  sizes.getOrDefault(log, 0L) >= size,
                  () -> "seed " + seed + ": " + log + " has " + sizes.get(log) + ", not " + size));
    }

    /** What was acknowledged: the last line of the file that was written whole. */
    private void promise() {
      String text = Files.exists(acks) ? Run.text(acks) : "";
      int end = text.lastIndexOf('\n');
      if (end > 0) {
        durable = text.substring(0, end).lines().mapToLong(Long::parseLong).max().orElse(0);
        promised = events.sizes(perAuthor, durable);
      }
    }

    /** The import goes through at last, and gives the very same logs as one that was let alone. */
    long finish() throws IOException {
      Run.Ended ended =
          run.exec(
                  "xf:check --json; xf:logs --json; xf:import"
                      + (perAuthor ? " --per-author " : " ")
                      + events.file()
                      + "; xf:check --json; xf:logs --json")
              .ok();
      expectAllThere(ended.out());
      List<Map<String, Object>> logs = JsonText.list(ImportIT.lastLine(ended.out()));
      assertEquals(events.sizes(perAuthor, events.count()), ImportIT.sizes(logs));
      assertEquals(events.byLog(perAuthor), ImportIT.export(run, logs));
      return durable;
    }
  }
}
