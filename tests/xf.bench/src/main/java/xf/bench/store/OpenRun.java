package xf.bench.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import xf.bench.Figures;
import xf.event.EventLog;
import xf.event.Keyring;
import xf.event.identity.FileKeyring;
import xf.merkle.index.LiveMerkleIndex;
import xf.store.lmdb.LmdbEventStore;
import xf.store.segment.SegmentPageStore;

/** How long an open takes: the first in a JVM, and once more with all classes loaded. */
public final class OpenRun {
  private static final int LOGS = 2000;
  private static final int STRIDE = 50;

  private OpenRun() {}

  /** Makes a store of so many thousand events in 2,000 logs, in turns of 50 events. */
  public static void fill(Path folder, int thousands) throws IOException {
    try (Ours store = new Ours(folder)) {
      List<EventLog> logs = new ArrayList<>();
      for (int i = 0; i < LOGS; i++) {
        logs.add(store.log("topic/" + i));
      }
      store.appendSpread(logs, thousands * 1000L, STRIDE);
      store.settle();
    }
  }

  /**
   * Opens what is in the folder.
   *
   * @param startNanos when the JVM's main began
   */
  public static void open(Contenders who, Path folder, long startNanos, Figures figures)
      throws Exception {
    if (who == Contenders.OURS) {
      openOurs(folder, startNanos, "cold", figures);
      openOurs(folder, System.nanoTime(), "warm", figures);
    } else {
      Path empty = Files.createTempDirectory(folder.getParent(), "bare");
      who.open(empty).close();
      figures.add("cold", millisSince(startNanos));
      long again = System.nanoTime();
      who.open(empty).close();
      figures.add("warm", millisSince(again));
      DiskUse.delete(empty);
    }
  }

  private static void openOurs(Path folder, long start, String name, Figures figures) {
    try (LmdbEventStore store = LmdbEventStore.open(folder.resolve("events"))) {
      figures.add(name, millisSince(start));
      figures.add("events", (double) store.stats().events());
      figures.add("logs", (double) store.stats().logs());
      long then = System.nanoTime();
      Keyring keyring = FileKeyring.open(folder.resolve("identity"), new SecureRandom());
      figures.add(name + ".keys", millisSince(then));
      then = System.nanoTime();
      try (SegmentPageStore pages = new SegmentPageStore(folder.resolve("pages"));
          LiveMerkleIndex index =
              new LiveMerkleIndex(store, pages, keyring, folder.resolve("identity/ratchet"))) {
        figures.add(name + ".index", millisSince(then));
        figures.add(name + ".pagesSealed", (double) index.stats().pagesSealed());
      }
    }
  }

  private static double millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e6;
  }
}
