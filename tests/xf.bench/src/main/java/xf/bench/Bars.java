package xf.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What has to be reached, what is aimed at, and what was. */
final class Bars {
  private final List<Bar> bars = new ArrayList<>();

  private record Bar(String what, String unit, double must, double aim, double found) {
    /** Less is better where the aim is below the must. */
    boolean reaches(double bar) {
      return aim < must ? found <= bar : found >= bar;
    }

    String verdict() {
      if (Double.isNaN(found)) {
        return "not measured";
      }
      return reaches(aim) ? "aim met" : reaches(must) ? "met" : "MISSED";
    }
  }

  /** Adds one; less is better where the aim is below the must. */
  void add(String what, String unit, double must, double aim, double found) {
    bars.add(new Bar(what, unit, must, aim, found));
  }

  /** Adds one of which less is better and no aim was set. */
  void addAtMost(String what, String unit, double must, double found) {
    add(what, unit, must, Math.nextDown(must), found);
  }

  void print(PrintStream out) {
    if (bars.isEmpty()) {
      return;
    }
    out.println();
    out.printf("%-58s %12s %12s %12s%n", "Bar", "must", "aim", "measured");
    for (Bar bar : bars) {
      out.printf(
          "%-58s %12s %12s %12s  %s%n",
          bar.what + ", " + bar.unit,
          number(bar.must),
          number(bar.aim),
          number(bar.found),
          bar.verdict());
    }
  }

  /** Three digits that mean something. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "-";
    }
    double size = Math.abs(value);
    String form = size >= 100 ? "%,.0f" : size >= 10 ? "%,.1f" : size == 0 ? "%.0f" : "%.2f";
    return String.format(Locale.ROOT, form, value);
  }
}
