package xf.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.openjdk.jmh.runner.RunnerException;
import xf.bench.store.Contenders;
import xf.bench.store.DiskUse;

/** {@code ./run bench [SUITE...] [--quick]}: runs suites and prints their tables. */
public final class Main {
  private static final List<String> SUITES =
      List.of("store", "merkle", "read", "open", "heap", "import", "net", "sync");

  /** Parts of a suite that may be run alone. */
  private static final List<String> PARTS = List.of("latency", "logs");

  private static final String USAGE =
      """
      run bench [SUITE...] [--quick] [--data FILE] [--peers]

        store    every store beside bare lmdbjava: append, read, scan, disk
        merkle   proofs, made and verified (JMH)
        read     reads and scans beside bare lmdbjava, with allocation (JMH)
        open     a large store opened in a fresh JVM
        heap     a long append with -Xmx64m
        import   the real data file, through ./run
        sync     two devices in two JVMs on loopback; with --data on the lines of a file
        net      one stream over loopback, beside a bare cipher, bare QUIC and js-libp2p

        latency  of sync: only what an event takes from one device to the other
        logs     of sync: only the comparison of many logs

      Without a suite: all of them, and no part twice. --quick: less of each, about a minute and a half.
      --peers: sync beside Hypercore in two Node processes as well. Needs Node 20 or later with npm, which
      fetches Hypercore's packages the first time; without it, nothing is fetched and figures are quoted.
      BENCH_ONLY=OURS,LMDB leaves the other stores out.\
      """;

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private Main() {}

  /** Runs what the arguments name. */
  public static void main(String[] arguments) throws Exception {
    Set<String> suites = new TreeSet<>();
    boolean quick = false;
    boolean withPeers = false;
    Optional<Path> data = Optional.empty();
    Iterator<String> left = List.of(arguments).iterator();
    while (left.hasNext()) {
      String argument = left.next();
      switch (argument) {
        case "--quick" -> quick = true;
        case "--peers" -> withPeers = true;
        case "--data" -> data = Optional.of(file(left));
        case "--help" -> {
          OUT.println(USAGE);
          return;
        }
        default -> suites.add(argument);
      }
    }
    if (!suites.stream().allMatch(each -> SUITES.contains(each) || PARTS.contains(each))) {
      System.err.println("bench: no such suite in " + suites + "\n" + USAGE);
      System.exit(2);
    }
    Path target = Path.of(System.getProperty("xf.bench.target", "target"));
    Optional<HypercoreInstall> install =
        withPeers ? Optional.of(installHypercore(target)) : Optional.empty();
    Path folder = Files.createTempDirectory(Files.createDirectories(target), "data");
    try {
      Optional<HypercoreSuite> peers =
          install.map(packages -> new HypercoreSuite(OUT, packages, folder));
      Set<String> chosen = suites.isEmpty() ? Set.copyOf(SUITES) : suites;
      run(chosen, new SyncSuite(OUT, folder, quick, data, peers), quick, target, folder);
    } finally {
      DiskUse.delete(folder);
    }
  }

  private static Path file(Iterator<String> left) {
    Path from = Path.of(System.getProperty("xf.bench.from", "."));
    Path file = from.resolve(left.hasNext() ? left.next() : "");
    if (!Files.isRegularFile(file)) {
      System.err.println("bench: --data " + file + ": expected a file of JSON lines");
      System.exit(2);
    }
    return file.toAbsolutePath();
  }

  /** Before anything is measured: what is missing is said at once. */
  private static HypercoreInstall installHypercore(Path target) throws InterruptedException {
    try {
      return HypercoreInstall.in(target.resolve("peer/hypercore"));
    } catch (IOException e) {
      System.err.println("bench: --peers: " + e.getMessage());
      System.exit(2);
      throw new IllegalStateException(e); // not reached
    }
  }

  private static void run(
      Set<String> suites, SyncSuite sync, boolean quick, Path target, Path folder)
      throws IOException, InterruptedException, RunnerException {
    OUT.println("commit " + Machine.commit() + (quick ? ", --quick" : ""));
    OUT.println(Machine.describe(folder));
    OUT.println("256-byte payloads; medians of rounds in which the stores take turns");
    Bars bars = new Bars();
    MicroSuite micro = new MicroSuite(OUT, target, quick);
    WholeSuite whole = new WholeSuite(OUT, folder, quick);
    for (String suite : Stream.concat(SUITES.stream(), PARTS.stream()).toList()) {
      if (suites.contains(suite)) {
        switch (suite) {
          case "store" -> stores(quick, folder, bars);
          case "merkle" -> micro.proofs(bars);
          case "read" -> micro.reads(bars);
          case "open" -> whole.open(bars);
          case "heap" -> whole.heap(bars);
          case "sync" -> sync.run(bars);
          case "latency" -> sync.latencyAlone(bars);
          case "logs" -> sync.logsAlone(bars);
          case "net" -> NetSuite.run(OUT, folder, quick, bars);
          default -> whole.importFile(bars, Path.of(System.getProperty("xf.bench.root", ".")));
        }
      }
    }
    bars.print(OUT);
  }

  private static void stores(boolean quick, Path folder, Bars bars)
      throws IOException, InterruptedException {
    Map<Contenders, Figures> figures =
        StoreSuite.run(folder.resolve("store"), contenders(), quick ? 3 : 9, quick ? 30 : 100);
    StoreReport report = new StoreReport(figures);
    report.print(OUT);
    report.addTo(bars);
  }

  private static Set<Contenders> contenders() {
    String only = System.getenv("BENCH_ONLY");
    List<Contenders> named = new ArrayList<>();
    if (only != null) {
      for (String name : only.split(",", -1)) {
        named.add(Contenders.valueOf(name));
      }
    }
    return named.isEmpty() ? EnumSet.allOf(Contenders.class) : EnumSet.copyOf(named);
  }
}
