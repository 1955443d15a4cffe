package xf.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Collection;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import xf.bench.micro.ProofBench;
import xf.bench.micro.ReadBench;
import xf.bench.store.Contenders;

/** The JMH benchmarks. */
final class MicroSuite {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private final PrintStream out;
  private final Path folder;
  private final boolean quick;

  /** What JMH has to say goes to files in the folder. */
  MicroSuite(PrintStream out, Path folder, boolean quick) {
    this.out = out;
    this.folder = folder;
    this.quick = quick;
  }

  /** Proofs in a log of a million; of 100,000 when it has to be quick. */
  void proofs(Bars bars) throws RunnerException {
    ChainedOptionsBuilder options = options("merkle").include(ProofBench.class.getName());
    options.param("size", quick ? "100000" : "1000000");
    title(quick ? "Proofs in a log of 100,000 (JMH)" : "Proofs in a log of 1,000,000 (JMH)");
    for (RunResult each : new Runner(options.build()).run()) {
      line(each, each.getPrimaryResult().getLabel());
      switch (each.getPrimaryResult().getLabel()) {
        case "proveInclusion" -> bars.add("inclusion proof, make", "µs", 10, 4, score(each));
        case "verifyInclusion" -> bars.add("inclusion proof, verify", "µs", 8, 4, score(each));
        default -> {} // no bar
      }
    }
  }

  /** Reads by ours and by the bare library, one after the other. */
  void reads(Bars bars) throws RunnerException {
    ChainedOptionsBuilder options = options("read").include(ReadBench.class.getName());
    options.jvmArgsAppend(Contenders.LMDB_FLAGS.jvmFlags().toArray(new String[0]));
    title("Reads (JMH)");
    Collection<RunResult> results = new Runner(options.build()).run();
    Figures figures = new Figures();
    for (RunResult each : results) {
      String label = each.getPrimaryResult().getLabel();
      String who = each.getParams().getParam("who");
      line(each, label + ", " + Contenders.valueOf(who).title());
      figures.add(label + who, score(each));
      figures.add(label + who + ".allocated", allocated(each));
    }
    for (String label : new String[] {"read", "scan"}) {
      bars.add(
          label + " (JMH)",
          "x bare",
          label.equals("read") ? 0.7 : 0.6,
          0.9,
          figures.median(label + Contenders.LMDB) / figures.median(label + Contenders.OURS));
    }
    bars.add(
        "allocation, scan (JMH)",
        "bytes",
        1,
        0.01,
        figures.median("scan" + Contenders.OURS + ".allocated"));
  }

  private ChainedOptionsBuilder options(String name) {
    return new OptionsBuilder()
        .forks(1)
        .warmupIterations(quick ? 1 : 3)
        .warmupTime(TimeValue.milliseconds(quick ? 500 : 1000))
        .measurementIterations(quick ? 2 : 5)
        .measurementTime(TimeValue.milliseconds(quick ? 500 : 1000))
        .addProfiler(GCProfiler.class)
        .shouldFailOnError(true)
        .output(folder.resolve("jmh-" + name + ".log").toString())
        .resultFormat(ResultFormatType.TEXT)
        .result(folder.resolve("jmh-" + name + ".txt").toString());
  }

  private void title(String what) {
    out.println();
    out.printf("%-46s %14s %9s %14s%n", what, "", "± error", "bytes alloc.");
  }

  private void line(RunResult run, String name) {
    Result<?> result = run.getPrimaryResult();
    out.printf(
        "  %-44s %9s %4s %9s %14s%n",
        name,
        Bars.number(result.getScore()),
        result.getScoreUnit().replace("us/op", "µs").replace("ns/op", "ns"),
        Bars.number(result.getScoreError()),
        Bars.number(allocated(run)));
  }

  private static double score(RunResult run) {
    return run.getPrimaryResult().getScore();
  }

  private static double allocated(RunResult run) {
    Result<?> result = run.getSecondaryResults().get(ALLOCATED);
    return result == null ? Double.NaN : result.getScore();
  }
}
