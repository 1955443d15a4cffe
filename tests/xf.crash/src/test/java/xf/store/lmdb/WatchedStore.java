package xf.store.lmdb;

import java.nio.file.Path;
import java.util.function.LongSupplier;
import xf.crash.DiskWatch;

/** Opens an event store whose durable steps are watched. */
public final class WatchedStore {
  /** The smallest first map: it grows again and again. */
  public static final long SMALL_MAP = LmdbEventStore.MIN_MAP_BYTES;

  private WatchedStore() {}

  /** Opens it. */
  public static LmdbEventStore open(
      Path folder, long mapBytes, LongSupplier clockMillis, DiskWatch watch) {
    Path file = folder.resolve(DataFile.NAME);
    return new LmdbEventStore(
        folder,
        mapBytes,
        clockMillis,
        new DurableSteps() {
          @Override
          public void before(Step step) {
            watch.before("commit " + step, file, 0, 0);
          }

          @Override
          public void after(Step step) {
            watch.after("commit " + step, file, 0, 0);
          }

          @Override
          public void refused(Step step) {
            watch.refused();
          }
        });
  }
}
