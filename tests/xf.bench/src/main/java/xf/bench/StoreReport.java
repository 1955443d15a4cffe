package xf.bench;

import static xf.bench.Bars.number;

import java.io.PrintStream;
import java.util.Map;
import xf.bench.store.Contenders;

/** The stores beside one another. */
final class StoreReport {
  private final Map<Contenders, Figures> all;
  private final Figures ours;
  private final Figures bare;

  StoreReport(Map<Contenders, Figures> all) {
    this.all = all;
    this.ours = all.getOrDefault(Contenders.OURS, new Figures());
    this.bare = all.getOrDefault(Contenders.LMDB, new Figures());
  }

  void print(PrintStream out) {
    rates(out, "groups", "Durable append, groups of 1,000, one after the other", "group");
    rates(out, "one", "One producer waiting for each event", "event");
    rates(out, "crowd", "32 producers, each waiting for its event", "event");
    rates(out, "read", "Random read by number", "event");
    rates(out, "scan", "Scan in order", "event");
    disk(out);
  }

  private void rates(PrintStream out, String step, String title, String per) {
    out.println();
    out.printf(
        "%-46s %14s %9s %14s %12s%n", title, "events/s", "x bare", "fsyncs/" + per, "bytes alloc.");
    all.forEach(
        (who, figures) -> {
          line(out, who.title(), figures, step, step);
          if (who == Contenders.OURS && step.equals("groups")) {
            line(out, "ours (with proofs), two groups under way", figures, "pipelined", step);
          }
        });
  }

  private void line(PrintStream out, String name, Figures figures, String step, String bareStep) {
    out.printf(
        "  %-44s %14s %9s %14s %12s%n",
        name,
        number(figures.median(step)),
        number(figures.medianRatio(step, bare, bareStep)),
        number(figures.median(step + ".fsyncs")),
        number(figures.median(step + ".allocated")));
  }

  private void disk(PrintStream out) {
    out.println();
    out.printf("%-46s %14s%n", "Disk, all told (blocks)", "bytes/event");
    all.forEach(
        (who, figures) ->
            out.printf("  %-44s %14s%n", who.title(), number(figures.median("disk"))));
  }

  void addTo(Bars bars) {
    bars.add(
        "append, groups of 1,000, two under way",
        "x bare",
        0.5,
        0.8,
        ours.medianRatio("pipelined", bare, "groups"));
    bars.add(
        "append, groups of 1,000, one after the other",
        "x bare",
        0.5,
        0.8,
        ours.medianRatio("groups", bare, "groups"));
    bars.add(
        "append, groups, against the best other that syncs", "x", 1, 1, againstTheBestThatSyncs());
    bars.add("32 producers waiting", "x one", 8, 8, ours.medianRatio("crowd", ours, "one"));
    bars.add("32 producers waiting", "events/s", 0, 60_000, ours.median("crowd"));
    bars.add("one producer waiting", "x bare", 0.8, 0.95, ours.medianRatio("one", bare, "one"));
    bars.add("random read, view", "x bare", 0.7, 0.9, ours.medianRatio("read", bare, "read"));
    bars.add("scan with views", "x bare", 0.6, 0.9, ours.medianRatio("scan", bare, "scan"));
    bars.add("scan with views", "events/s", 5e6, 5e6, ours.median("scan"));
    bars.add("allocation, append in groups", "bytes", 64, 0, ours.median("pipelined.allocated"));
    bars.add("allocation, scan", "bytes", 1, 0.01, ours.median("scan.allocated"));
    bars.add("disk, all told", "bytes/event", 400, 380, ours.median("disk"));
  }

  /** Bare LMDB stands apart: it is what the others are measured by. */
  private double againstTheBestThatSyncs() {
    double least = Double.NaN;
    for (Contenders who : Contenders.values()) {
      Figures figures = all.get(who);
      if (figures != null && who.isRivalThatSyncs()) {
        double ratio = ours.medianRatio("pipelined", figures, "groups");
        least = Double.isNaN(least) ? ratio : Math.min(least, ratio);
      }
    }
    return least;
  }
}
