package xf.merkle.index;

import java.nio.file.Path;
import xf.crash.DiskWatch;
import xf.event.Keyring;
import xf.store.EventStore;
import xf.store.PageStore;

/** Opens an index whose ratchet is watched. */
public final class WatchedIndex {
  private static final int RECORD_BYTES = 128;

  private WatchedIndex() {}

  /** Opens it. */
  public static LiveMerkleIndex open(
      EventStore store, PageStore pages, Keyring keyring, Path ratchet, DiskWatch watch) {
    return new LiveMerkleIndex(
        store,
        pages,
        keyring,
        ratchet,
        new RatchetSteps() {
          @Override
          public void before(Step step, long at) {
            watch.before("ratchet " + step, ratchet, at, length(step));
          }

          @Override
          public void after(Step step, long at) {
            watch.after("ratchet " + step, ratchet, at, length(step));
          }
        });
  }

  private static int length(RatchetSteps.Step step) {
    return step == RatchetSteps.Step.RECORD ? RECORD_BYTES : 0;
  }
}
