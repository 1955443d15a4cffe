package xf.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Named numbers of one thing that was measured, each as often as there were rounds. */
public final class Figures {
  private static final String MARK = "figure ";

  private final Map<String, List<Double>> values = new LinkedHashMap<>();

  /** Adds one round's number. */
  public void add(String name, double value) {
    values.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
  }

  /** The median of all rounds; not a number when it was not measured. */
  double median(String name) {
    return median(all(name));
  }

  /**
   * The median of the rounds' ratios: each number against the other's of the same round, when the
   * machine was in the same mood.
   */
  double medianRatio(String name, Figures other, String otherName) {
    double[] ours = all(name);
    double[] others = other.all(otherName);
    double[] ratios = new double[Math.min(ours.length, others.length)];
    Arrays.setAll(ratios, round -> ours[round] / others[round]);
    return median(ratios);
  }

  private double[] all(String name) {
    return values.getOrDefault(name, List.of()).stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    if (sorted.length == 0) {
      return Double.NaN;
    }
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Writes them so that {@link #take} understands them. */
  void print(PrintStream out) {
    values.forEach((name, each) -> each.forEach(value -> out.println(MARK + name + " " + value)));
  }

  /** Takes a line that {@link #print} wrote; false when it is something else. */
  boolean take(String line) {
    if (!line.startsWith(MARK)) {
      return false;
    }
    String[] words = line.substring(MARK.length()).split(" ", 2);
    add(words[0], Double.parseDouble(words[1]));
    return true;
  }
}
