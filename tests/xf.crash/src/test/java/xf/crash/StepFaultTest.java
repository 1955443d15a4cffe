package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.store.PageStore;
import xf.store.StoreException;
import xf.store.segment.SegmentPageStore;
import xf.store.segment.WatchedPages;

/**
 * Each durable step fails twice over: with nothing done, and done although it says it failed. What
 * was acknowledged stays; what was not may be there or not; and the node goes on, some of it only
 * when it is opened again.
 */
class StepFaultTest {
  private static final List<String> STEPS =
      List.of(
          "commit VERSION",
          "commit GROUP",
          "commit HEADS",
          "pages CREATE",
          "pages PAGE",
          "pages FORCE",
          "ratchet CREATE",
          "ratchet RECORD",
          "ratchet FORCE");

  private static final int BATCHES = 25;
  private static final int MOST_BATCHES = 400;
  private static final int OCCURRENCES = 3;

  /** Fails the n-th time that a step is met. */
  private static final class FailAt implements DiskWatch {
    private final String step;
    private final boolean isPersisted;
    private int left;

    FailAt(String step, boolean isPersisted, int occurrence) {
      this.step = step;
      this.isPersisted = isPersisted;
      this.left = occurrence;
    }

    @Override
    public void before(String name, Path file, long at, int length) {
      fail(name, false);
    }

    @Override
    public void after(String name, Path file, long at, int length) {
      fail(name, true);
    }

    private synchronized void fail(String name, boolean isAfter) {
      if (isAfter == isPersisted && name.equals(step) && --left == 0) {
        throw new StoreException(ErrorCode.IO, "the disk says no to " + step);
      }
    }

    synchronized boolean hasFailed() {
      return left <= 0;
    }
  }

  @TestFactory
  Stream<DynamicTest> shouldLoseNothingAcknowledgedWhicheverStepFails() {
    long seed = Scratch.seed();
    return STEPS.stream()
        .flatMap(
            step ->
                Stream.of(false, true)
                    .map(
                        persisted ->
                            dynamicTest(
                                step + (persisted ? " failed but persisted" : " failed"),
                                () -> failEachTime(step, persisted, seed))));
  }

  private static void failEachTime(String step, boolean persisted, long seed) throws IOException {
    int met = 0;
    for (int occurrence = 1; occurrence <= OCCURRENCES; occurrence++) {
      Path folder = Scratch.folder("step");
      FailAt fault = new FailAt(step, persisted, occurrence);
      try {
        // A few batches may not fill a page: the first occurrence is waited for.
        int most = occurrence == 1 ? MOST_BATCHES : BATCHES;
        failOnce(folder, fault, Scratch.random(seed + occurrence), most);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "occurrence " + occurrence + ", seed " + seed + ", folder kept: " + folder, e);
      }
      met += fault.hasFailed() ? 1 : 0;
      Scratch.delete(folder);
    }
    assertTrue(met > 0, step + " was never met");
  }

  private static void failOnce(Path folder, FailAt fault, Random random, int mostBatches) {
    Ledger ledger = new Ledger();
    try (Node node = Node.open(folder, System::currentTimeMillis, fault)) {
      Workload workload = new Workload(node, random);
      for (int i = 0; i < BATCHES || (i < mostBatches && !fault.hasFailed()); i++) {
        step(workload, ledger);
      }
      assertKept(node, ledger);
    } catch (XfException refused) {
      assertEquals(ErrorCode.IO, refused.code(), refused::getMessage); // it would not even open
    }
    try (Node node = Node.open(folder)) {
      ledger.assertHolds(node);
      Workload workload = new Workload(node, random);
      for (int i = 0; i < 3; i++) {
        workload.step(
            (log, batch, place) ->
                ledger.acknowledged(log, batch.index(place), Logs.id(batch, place, log)));
      }
      ledger.assertHolds(node);
    }
  }

  private static void step(Workload workload, Ledger ledger) {
    try {
      workload.step(
          (log, batch, place) ->
              ledger.acknowledged(log, batch.index(place), Logs.id(batch, place, log)));
    } catch (CompletionException e) {
      assertTrue(e.getCause() instanceof XfException, e::toString);
    } catch (XfException e) {
      assertEquals(ErrorCode.IO, e.code(), e::getMessage); // of a checkpoint
    }
  }

  /** While the node still runs: all that was acknowledged can be read. */
  private static void assertKept(Node node, Ledger ledger) {
    for (int log = 0; log < Logs.COUNT; log++) {
      long known = ledger.size(log);
      assertTrue(node.logs().get(log).size() >= known, "log " + log);
    }
  }

  @Test
  void shouldWriteTheFooterAgainThatFailed() throws IOException {
    for (boolean persisted : new boolean[] {false, true}) {
      Path folder = Scratch.folder("footer");
      FailAt fault = new FailAt("pages FOOTER", persisted, 1);
      LogId log = LogId.of(new byte[32]);
      Hash root = Hash.of(new byte[32]);
      try (SegmentPageStore pages = WatchedPages.open(folder, fault)) {
        ByteBuffer page = ByteBuffer.allocate(PageStore.PAGE_BYTES).putInt(0, 0x52454158);
        int last = pages.pagesPerSegment() - 1;
        for (int i = 0; i <= last; i++) {
          pages.write(log, i, page.clear());
        }
        assertThrows(XfException.class, () -> pages.sealSegment(log, last, 99, root));
        pages.sealSegment(log, last, 99, root);
        pages.force();
        List<String> problems = new ArrayList<>();
        assertTrue(pages.check(problems::add), problems::toString);
      }
      Scratch.delete(folder);
    }
  }
}
