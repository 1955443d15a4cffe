package xf.bench.store;

import java.nio.file.Path;
import xf.bench.Figures;

/** A long append in whatever heap the JVM was given. */
public final class HeapRun {
  private static final int GROUP = 1000;
  private static final int PIPELINE = 2;

  private HeapRun() {}

  /** Appends so many thousand events, and again as the rate of the first million. */
  public static void run(Path folder, int thousands, Figures figures) {
    try (Ours store = new Ours(folder)) {
      store.appendGroups(100, GROUP, PIPELINE);
      store.settle();
      int first = Math.min(thousands, thousands / 5);
      long start = System.nanoTime();
      store.appendGroups(first, GROUP, PIPELINE);
      store.settle();
      figures.add("first", first * (double) GROUP * 1e9 / (System.nanoTime() - start));
      store.appendGroups(thousands - first, GROUP, PIPELINE);
      store.settle();
      figures.add("all", thousands * (double) GROUP * 1e9 / (System.nanoTime() - start));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
