package xf.bench.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import xf.bench.store.Contender;
import xf.bench.store.Contenders;
import xf.bench.store.DiskUse;

/** Reads of events that are in memory, beside the bare library. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up first
public class ReadBench {
  private static final int EVENTS = 500_000;

  /** Whose. */
  @Param({"OURS", "LMDB", "LMDB_FLAGS"})
  public Contenders who;

  private final SplittableRandom random = new SplittableRandom(5);
  private Path folder;
  private Contender store;

  /** Fills the store. */
  @Setup(Level.Trial)
  public void fill() throws Exception {
    folder = Files.createTempDirectory("xf-bench-reads");
    store = who.open(folder);
    store.appendGroups(EVENTS / 1000, 1000, 2);
    store.settle();
  }

  /** One event by its index. */
  @Benchmark
  public long read() throws Exception {
    return store.read(random.nextInt(EVENTS));
  }

  /** An event of a scan over all. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public long scan() throws Exception {
    return store.scan();
  }

  /** Removes the store. */
  @TearDown(Level.Trial)
  public void remove() throws IOException {
    store.close();
    DiskUse.delete(folder);
  }
}
