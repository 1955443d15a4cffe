package xf.bench.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import xf.bench.Figures;
import xf.bench.Steps;

/**
 * All that is measured of one store, a step at a time: so the steps of several stores, each in its
 * own JVM, can take turns, and a noisy moment of the machine falls on all of them.
 */
public final class StoreRun implements Steps {
  private static final int GROUP = 1000;
  private static final int PRODUCERS = 32;
  private static final int PIPELINE = 2;
  private static final int WARM_UP_GROUPS = 150;
  private static final int WARM_UP_ONES = 300;
  private static final int WARM_UP_READS = 200_000;

  private final Path folder;
  private final Contender store;
  private final int groups;
  private final int ones;
  private final int reads;
  private final Random random = new Random(2);

  /** Opens a store; each step appends about {@code groups} × 1,000 events. */
  public StoreRun(Contenders who, Path folder, int groups) throws Exception {
    this.folder = folder;
    this.groups = groups;
    this.ones = 4 * groups;
    this.reads = 1000 * groups;
    this.store = who.open(folder);
  }

  @Override
  public void step(String name, Figures figures) throws Exception {
    switch (name) {
      case "warmUp" -> warmUp();
      case "groups" -> appendGroups(1, name, figures);
      case "pipelined" -> appendGroups(PIPELINE, name, figures);
      case "disk" -> figures.add(name, (double) DiskUse.bytes(folder) / store.size());
      case "scan" -> scan(figures);
      case "read" -> readAtRandom(figures);
      case "one" -> appendOnes(figures);
      case "crowd" -> appendInACrowd(figures);
      default -> throw new IllegalArgumentException("no step " + name);
    }
  }

  private void warmUp() throws Exception {
    store.appendGroups(WARM_UP_GROUPS, GROUP, PIPELINE);
    for (int i = 0; i < WARM_UP_ONES; i++) {
      store.appendOne();
    }
    store.settle();
    for (int i = 0; i < WARM_UP_READS; i++) {
      store.read(random.nextInt((int) store.size()));
    }
    for (int i = 0; i < 3; i++) {
      store.scan();
    }
  }

  /** The time includes all that the store does behind its appends. */
  private void appendGroups(int depth, String name, Figures figures) throws Exception {
    long fsyncs = store.fsyncs();
    long allocated = Allocation.bytes();
    long start = System.nanoTime();
    store.appendGroups(groups, GROUP, depth);
    double acknowledged = System.nanoTime() - start;
    store.settle();
    double settled = System.nanoTime() - start;
    double events = (double) groups * GROUP;
    figures.add(name, events / settled * 1e9);
    figures.add(name + ".acknowledged", events / acknowledged * 1e9);
    figures.add(name + ".fsyncs", (store.fsyncs() - fsyncs) / (double) groups);
    figures.add(name + ".allocated", (Allocation.bytes() - allocated) / events);
  }

  private void scan(Figures figures) throws Exception {
    long allocated = Allocation.bytes();
    long start = System.nanoTime();
    long events = store.scan();
    figures.add("scan", events * 1e9 / (System.nanoTime() - start));
    figures.add("scan.allocated", (Allocation.bytes() - allocated) / (double) events);
  }

  private void readAtRandom(Figures figures) throws Exception {
    int size = (int) store.size();
    long allocated = Allocation.bytes();
    long start = System.nanoTime();
    for (int i = 0; i < reads; i++) {
      store.read(random.nextInt(size));
    }
    figures.add("read", reads * 1e9 / (System.nanoTime() - start));
    figures.add("read.allocated", (Allocation.bytes() - allocated) / (double) reads);
  }

  private void appendOnes(Figures figures) throws Exception {
    long fsyncs = store.fsyncs();
    long allocated = Allocation.bytes();
    long start = System.nanoTime();
    for (int i = 0; i < ones; i++) {
      store.appendOne();
    }
    figures.add("one", ones * 1e9 / (System.nanoTime() - start));
    figures.add("one.fsyncs", (store.fsyncs() - fsyncs) / (double) ones);
    figures.add("one.allocated", (Allocation.bytes() - allocated) / (double) ones);
    store.settle();
  }

  /** Where producers do not share syncs the rate is that of one: fewer events tell it. */
  private void appendInACrowd(Figures figures) throws Exception {
    int each = store.sharesSyncs() ? ones : ones / PRODUCERS + 1;
    long fsyncs = store.fsyncs();
    long start = System.nanoTime();
    crowd(each);
    double events = (double) each * PRODUCERS;
    figures.add("crowd", events * 1e9 / (System.nanoTime() - start));
    figures.add("crowd.fsyncs", (store.fsyncs() - fsyncs) / events);
    store.settle();
  }

  private void crowd(int each) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PRODUCERS);
    try {
      Callable<Boolean> producer =
          () -> {
            for (int i = 0; i < each; i++) {
              store.appendOne();
            }
            return true;
          };
      for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(PRODUCERS, producer))) {
        done.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
