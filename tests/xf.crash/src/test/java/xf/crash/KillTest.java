package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import xf.event.Hash;

/** Kill -9 at random moments and halts at random durable steps, again and again in one folder. */
class KillTest {
  private static final int CYCLES = Scratch.SOAK ? 2_000 : 50;
  private static final int MAX_LIFE_MS = 120;
  private static final int MAX_STEP = 60;

  @Test
  void shouldKeepWhatWasAcknowledgedThroughEveryKill() throws Exception {
    long seed = Scratch.seed();
    long start = System.nanoTime();
    Random random = new Random(seed);
    Path folder = Scratch.folder("kill");
    Ledger ledger = new Ledger();
    Child next = child(folder, random, 0);
    int cycle = 0;
    try {
      for (; cycle < CYCLES && secondsSince(start) < Scratch.SOAK_SECONDS; cycle++) {
        Child child = next;
        run(child, random, ledger);
        next = child(folder, random, cycle + 1); // warms up while we look at what is left
        try (Node node = Node.open(folder.resolve("node"))) {
          ledger.assertHolds(node);
        }
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed + ", folder kept: " + folder, e);
    } finally {
      next.kill();
    }
    Scratch.delete(folder);
    long events = 0;
    for (int log = 0; log < Logs.COUNT; log++) {
      events += ledger.size(log);
    }
    System.out.printf(
        "%d kills, %d events, %d s, seed %d%n", cycle, events, secondsSince(start), seed);
    assertTrue(events > cycle, "the children were killed before they did anything");
  }

  private static long secondsSince(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - nanos);
  }

  private static Child child(Path folder, Random random, int cycle) throws IOException {
    int haltAt = random.nextInt(3) == 0 ? 1 + random.nextInt(MAX_STEP) : 0;
    return Child.start(
        KillChild.class,
        folder.resolve("node").toString(),
        folder.resolve("warm" + cycle).toString(),
        Long.toString(random.nextLong()),
        Integer.toString(haltAt));
  }

  /** Lets the child work, kills it if it does not end itself, and notes what it said. */
  private static void run(Child child, Random random, Ledger ledger) throws Exception {
    assertEquals("ready", child.line());
    child.go();
    CompletableFuture<Void> open = new CompletableFuture<>();
    CompletableFuture<Void> read = CompletableFuture.runAsync(() -> note(child, open, ledger));
    CompletableFuture.anyOf(open, read).join();
    child.process.waitFor(random.nextInt(MAX_LIFE_MS * 1000), TimeUnit.MICROSECONDS);
    child.kill();
    read.join();
  }

  private static void note(Child child, CompletableFuture<Void> open, Ledger ledger) {
    try {
      for (String line = child.line(); line != null; line = child.line()) {
        if (line.equals("open")) {
          open.complete(null);
        }
        String[] words = line.split(" ", -1);
        if (words.length == 4 && words[3].length() == 64) { // else the kill cut it off
          int log = Integer.parseInt(words[1]);
          ledger.acknowledged(log, Long.parseLong(words[2]), Hash.ofHex(words[3]));
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
