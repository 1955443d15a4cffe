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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import xf.bench.store.DiskUse;
import xf.bench.store.Ours;
import xf.event.Hash;
import xf.event.LogId;
import xf.merkle.ConsistencyProof;
import xf.merkle.InclusionProof;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/** Proofs in one log: made from its pages, and verified. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up first
public class ProofBench {
  private static final int SAMPLES = 1024;

  /** Leaves in the log. */
  @Param("1000000")
  public int size;

  private final SplittableRandom random = new SplittableRandom(4);
  private final TreeHasher hasher = new TreeHasher();
  private final InclusionProof[] proofs = new InclusionProof[SAMPLES];
  private final Hash[] leaves = new Hash[SAMPLES];
  private Path folder;
  private Ours store;
  private LogId log;
  private TreeHead head;
  private int next;

  /** Fills the log. */
  @Setup(Level.Trial)
  public void fill() throws IOException {
    folder = Files.createTempDirectory("xf-bench-proofs");
    store = new Ours(folder);
    store.appendGroups(size / 1000, 1000, 2);
    store.settle();
    log = store.log().id();
    head = store.index().head(log);
    for (int i = 0; i < SAMPLES; i++) {
      int index = random.nextInt(size);
      proofs[i] = store.index().proveInclusion(log, index, size);
      leaves[i] = store.index().leaf(log, index);
    }
  }

  /** Makes the proof of a random event. */
  @Benchmark
  public InclusionProof proveInclusion() {
    return store.index().proveInclusion(log, random.nextInt(size), size);
  }

  /** Verifies one of a thousand. */
  @Benchmark
  public void verifyInclusion() {
    int at = next++ & (SAMPLES - 1);
    proofs[at].verify(hasher, leaves[at], head);
  }

  /** Makes the proof that a random prefix is one. */
  @Benchmark
  public ConsistencyProof proveConsistency() {
    return store.index().proveConsistency(log, 1 + random.nextInt(size), size);
  }

  /** Removes the log. */
  @TearDown(Level.Trial)
  public void remove() throws IOException {
    store.close();
    DiskUse.delete(folder);
  }
}
