package xf.bench;

import static xf.bench.Bars.number;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import xf.bench.store.DiskUse;

/**
 * Hypercore in two Node processes over TCP on loopback, taken through the steps that {@link
 * SyncSuite} takes our devices through. It verifies what it gets and stores it without an fsync.
 */
final class HypercoreSuite {
  private static final String NAME = "Hypercore";

  private final PrintStream out;
  private final SyncTable table;
  private final HypercoreInstall install;
  private final Path folder;

  HypercoreSuite(PrintStream out, HypercoreInstall install, Path folder) {
    this.out = out;
    this.table = new SyncTable(out);
    this.install = install;
    this.folder = folder.resolve("hypercore");
  }

  /** The two processes. */
  private final class Pair implements AutoCloseable {
    final Fork from;
    final Fork to;

    Pair() throws IOException {
      Files.createDirectories(folder.resolve("shared"));
      from = install.start(folder.resolve("from"));
      to = install.start(folder.resolve("to"));
    }

    Figures from(String step) throws IOException {
      return from.step(step);
    }

    Figures to(String step) throws IOException {
      return to.step(step);
    }

    @Override
    public void close() {
      from.close();
      to.close();
    }
  }

  /** Measures it and prints its table. */
  SyncOutcome run(int wanted, Optional<Path> data, int rounds, int newEvents, int holes)
      throws IOException {
    SyncOutcome outcome = new SyncOutcome();
    try (Pair pair = new Pair()) {
      pair.from("open main");
      Figures fill = pair.from(data.map(file -> "file " + file).orElse("fill " + wanted));
      long events = (long) fill.median("fill.events");
      pair.from("listen");
      replicate(pair, events, rounds, outcome);
      tenNew(pair, events, newEvents, outcome);
      holes(pair, holes, outcome);
      memory(pair, outcome);
    } finally {
      DiskUse.delete(folder);
    }
    return outcome;
  }

  private void replicate(Pair pair, long events, int rounds, SyncOutcome outcome)
      throws IOException {
    out.println();
    out.println(
        "Hypercore "
            + install.version()
            + ", two Node processes, TCP on loopback, verified and stored without an fsync");
    table.head(NAME);
    for (int round = 0; round < rounds; round++) {
      pair.to("open fresh" + round);
      Figures figures = pair.to("replicate " + events);
      table.replication(round == 0 ? "cold processes" : "warm processes, device " + round, figures);
      outcome.addReplication(round == 0, figures);
    }
  }

  /** Once to warm the way up, and once that is counted, as with ours. */
  private void tenNew(Pair pair, long events, int newEvents, SyncOutcome outcome)
      throws IOException {
    for (int time = 1; time <= 2; time++) {
      pair.to("quiet 2500");
      pair.to("mark");
      pair.from("fill " + newEvents);
      pair.to("until " + (events + (long) time * newEvents));
      pair.to("quiet 500");
      outcome.tenNew = pair.to("traffic");
    }
    table.traffic(newEvents + " new events, in step, " + NAME, outcome.tenNew);
  }

  /** Blocks that are cleared here while the tree over them is not. */
  private void holes(Pair pair, int holes, SyncOutcome outcome) throws IOException {
    pair.to("lose " + holes);
    pair.to("quiet 2500");
    pair.to("mark");
    pair.to("read " + holes);
    pair.to("quiet 500");
    outcome.holes = pair.to("traffic");
    table.traffic(holes + " scattered holes, " + NAME, outcome.holes);
  }

  private void memory(Pair pair, SyncOutcome outcome) throws IOException {
    Figures from = pair.from("memory");
    Figures to = pair.to("memory");
    table.memory(NAME, from, to);
    outcome.addMemory(from, to);
  }

  // ---- beside ours

  /** Prints ours divided by theirs, a column for each of our transports. */
  void printRatios(Map<String, SyncOutcome> ours, SyncOutcome theirs) {
    out.println();
    out.printf("%-46s", "Ours, durable / Hypercore's, no fsync");
    ours.keySet().forEach(transport -> out.printf(" %12s", transport));
    out.println();
    ratio("events/s, cold", ours, theirs, each -> each.cold.median("rate"));
    ratio("events/s, warm", ours, theirs, each -> each.warm.median("rate"));
    ratio("bytes/event, both ways", ours, theirs, each -> SyncOutcome.wire(each.warm));
    ratio("10 new events, bytes both ways", ours, theirs, each -> SyncOutcome.wire(each.tenNew));
    ratio("10 new events, turns", ours, theirs, each -> each.tenNew.median("turns"));
    ratio("10 scattered holes, bytes both ways", ours, theirs, e -> SyncOutcome.wire(e.holes));
    ratio("10 scattered holes, turns", ours, theirs, each -> each.holes.median("turns"));
    ratio("most resident memory of a process", ours, theirs, each -> each.residentMiB);
  }

  private void ratio(
      String what,
      Map<String, SyncOutcome> ours,
      SyncOutcome theirs,
      ToDoubleFunction<SyncOutcome> figure) {
    out.printf("  %-44s", what);
    for (SyncOutcome each : ours.values()) {
      out.printf(" %12s", number(figure.applyAsDouble(each) / figure.applyAsDouble(theirs)));
    }
    out.println();
  }
}
