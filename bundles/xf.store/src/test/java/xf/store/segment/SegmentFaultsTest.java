package xf.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.ErrorCode;
import xf.event.LogId;
import xf.event.XfException;
import xf.store.PageStore;
import xf.store.StoreException;

/** What the page store does when a write or an fsync fails. */
class SegmentFaultsTest {
  private static final LogId LOG = LogId.of(new byte[32]);

  @TempDir Path folder;
  private DurableSteps.Step failing;
  private boolean failsAfter;
  private int forces;

  private SegmentPageStore open() {
    return new SegmentPageStore(
        folder,
        new DurableSteps() {
          @Override
          public void before(Step step, Path file, long at) {
            fail(step, false);
          }

          @Override
          public void after(Step step, Path file, long at) {
            forces += step == Step.FORCE ? 1 : 0;
            fail(step, true);
          }
        });
  }

  private void fail(DurableSteps.Step step, boolean isAfter) {
    if (step == failing && isAfter == failsAfter) {
      failing = null;
      throw new StoreException(ErrorCode.IO, "disk says no to " + step);
    }
  }

  private static ByteBuffer page(int content) {
    ByteBuffer page = ByteBuffer.allocate(PageStore.PAGE_BYTES);
    return page.putInt(0, 0x52454158).putInt(8, content);
  }

  @Test
  void shouldTakeBackPagesThatCouldNotBeMadeDurable() {
    for (boolean after : new boolean[] {false, true}) {
      SegmentPageStore pages = open();
      pages.delete(LOG);
      pages.write(LOG, 0, page(1));
      pages.force();
      pages.write(LOG, 1, page(2));
      pages.write(LOG, 2, page(3));
      failing = DurableSteps.Step.FORCE;
      failsAfter = after;
      assertThrows(XfException.class, pages::force);
      assertEquals(1, pages.pageCount(LOG), "what is not durable is to be written again");
      pages.write(LOG, 1, page(2));
      pages.write(LOG, 2, page(3));
      int before = forces;
      pages.force();
      assertEquals(before + 1, forces);
      assertEquals(3, pages.pageCount(LOG));
    }
  }

  @Test
  void shouldWriteAPageAgainThatFailed() {
    for (DurableSteps.Step step :
        new DurableSteps.Step[] {DurableSteps.Step.CREATE, DurableSteps.Step.PAGE}) {
      for (boolean after : new boolean[] {false, true}) {
        SegmentPageStore pages = open();
        pages.delete(LOG);
        failing = step;
        failsAfter = after;
        assertThrows(XfException.class, () -> pages.write(LOG, 0, page(1)));
        pages.write(LOG, 0, page(1));
        pages.write(LOG, 1, page(2));
        pages.force();
        SegmentPageStore again = new SegmentPageStore(folder);
        assertEquals(2, again.pageCount(LOG), step + " " + after);
        assertTrue(again.check(problem -> {}));
      }
    }
  }

  @Test
  void shouldNotMindAnInterruptedThread() {
    SegmentPageStore pages = open();
    Thread.currentThread().interrupt();
    pages.write(LOG, 0, page(1));
    pages.force();
    assertTrue(Thread.interrupted());
    pages.write(LOG, 1, page(2));
    pages.force();
    assertEquals(2, pages.pageCount(LOG));
  }
}
