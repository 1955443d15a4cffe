package xf.bench;

import static xf.bench.Bars.number;

import java.io.PrintStream;

/** The lines of the sync tables: the same for us and for whom we are compared with. */
final class SyncTable {
  private final PrintStream out;

  SyncTable(PrintStream out) {
    this.out = out;
  }

  void head(String what) {
    out.println();
    out.printf(
        "%-46s %12s %12s %12s %12s%n",
        "Replication to a fresh device, " + what,
        "events/s",
        "wire in/ev.",
        "wire out/ev.",
        "frames in/ev.");
  }

  void replication(String name, Figures figures) {
    out.printf(
        "  %-44s %12s %12s %12s %12s%n",
        name,
        number(figures.median("rate")),
        number(figures.median("wire.in")),
        number(figures.median("wire.out")),
        number(figures.median("frames.in")));
  }

  void traffic(String what, Figures moved) {
    out.printf(
        "  %-44s frames in %s out %s B, wire in %s out %s B, %s turns, %s events%n",
        what,
        number(moved.median("frames.in")),
        number(moved.median("frames.out")),
        number(moved.median("wire.in")),
        number(moved.median("wire.out")),
        number(moved.median("turns")),
        number(moved.median("events")));
  }

  void memory(String what, Figures from, Figures to) {
    out.printf(
        "  %-44s heap %s and %s MiB after collections, resident %s and %s MiB%n",
        "most memory, sender and receiver, " + what,
        number(from.median("heap.peak")),
        number(to.median("heap.peak")),
        number(from.median("rss.peak")),
        number(to.median("rss.peak")));
  }
}
