package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * A full disk, on a small file system in memory that is mounted for the test; where mounting is not
 * allowed it says so and is skipped.
 */
class FullDiskTest {
  private static final int MAX_BATCHES = 100_000;

  @Test
  void shouldFailWithOneClearErrorAndGoOnWhenThereIsSpaceAgain() throws Exception {
    long seed = Scratch.seed();
    Path parent = Scratch.folder("full");
    Path disk = Files.createDirectory(parent.resolve("disk"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString()) == 0,
        "no right to mount a small file system here: full disks are not tried");
    try {
      fillAndGoOn(disk, seed);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      run("umount", "-l", disk.toString());
      Scratch.delete(parent);
    }
  }

  /** Once with the events' growth as what fails, then with pages and ratchet finding no room. */
  private static void fillAndGoOn(Path disk, long seed) throws IOException {
    Random random = Scratch.random(seed);
    Ledger ledger = new Ledger();
    Path folder = disk.resolve("node");
    Path ballast = disk.resolve("ballast");
    try (Node node = Node.open(folder)) {
      Workload workload = new Workload(node, random);
      for (int round = 0; round < 3; round++) {
        fill(ballast, round);
        XfException refused = appendUntilRefused(workload, ledger);
        assertEquals(ErrorCode.IO, refused.code(), refused::getMessage);
        assertTrue(refused.getMessage().contains(folder.toString()), refused::getMessage);
        assertTrue(
            refused.getMessage().contains("pace"),
            () -> "no word of space: " + refused.getMessage());
        Files.delete(ballast);
        for (int i = 0; i < 20; i++) {
          append(workload, ledger);
        }
        awaitIndex(node);
        ledger.copy().assertHoldsApartFromFailures(node);
      }
    }
    try (Node node = Node.open(folder)) {
      ledger.assertHolds(node);
    }
  }

  private static void fill(Path ballast, int round) throws IOException {
    byte[] block = new byte[4096 << round];
    try (java.io.OutputStream out = Files.newOutputStream(ballast)) {
      while (Files.getFileStore(ballast).getUsableSpace() > (1 << 20) >> round) {
        out.write(block);
      }
    }
  }

  private static XfException appendUntilRefused(Workload workload, Ledger ledger) {
    for (int i = 0; i < MAX_BATCHES; i++) {
      try {
        append(workload, ledger);
      } catch (CompletionException e) {
        return (XfException) e.getCause();
      } catch (XfException e) {
        return e; // of a page or the ratchet, while a checkpoint was asked for
      }
    }
    throw new AssertionError("the disk was never full");
  }

  private static void append(Workload workload, Ledger ledger) {
    workload.step(
        (log, batch, place) ->
            ledger.acknowledged(log, batch.index(place), Logs.id(batch, place, log)));
  }

  /** The follower tries again by itself, a second after it failed. */
  private static void awaitIndex(Node node) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        node.index.catchUp().join();
        return;
      } catch (CompletionException e) {
        assertTrue(System.nanoTime() < deadline, () -> "the index did not recover: " + e);
      }
    }
  }

  private static int run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    return process.waitFor();
  }
}
