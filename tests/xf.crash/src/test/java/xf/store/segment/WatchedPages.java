package xf.store.segment;

import java.nio.file.Path;
import xf.crash.DiskWatch;

/** Opens a page store whose durable steps are watched. */
public final class WatchedPages {
  private WatchedPages() {}

  /** Opens it. */
  public static SegmentPageStore open(Path folder, DiskWatch watch) {
    return new SegmentPageStore(
        folder,
        new DurableSteps() {
          @Override
          public void before(Step step, Path file, long at) {
            watch.before("pages " + step, file, at, length(step));
          }

          @Override
          public void after(Step step, Path file, long at) {
            watch.after("pages " + step, file, at, length(step));
          }
        });
  }

  private static int length(DurableSteps.Step step) {
    return step == DurableSteps.Step.FORCE ? 0 : SegmentDescriptor.BLOCK_BYTES;
  }
}
