package xf.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Draws a mountain range with characters: a mountain's height grows with its level, since its true
 * width would leave nothing to see of the small ones.
 */
final class MountainText {
  private static final int MARGIN = 2;
  private static final int MAX_SPACED_PEAKS = 15;

  private final MountainRange range;
  private final int width;
  private final int gap;

  MountainText(MountainRange range, int width) {
    this.range = range;
    this.width = width;
    this.gap = range.peaks().size() > MAX_SPACED_PEAKS ? 0 : 2;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        range.title() + "   " + Human.count(range.size(), "event") + "   root " + range.root());
    if (range.size() == 0) {
      lines.add("an empty tree: its root is the hash of nothing");
      return lines;
    }
    lines.add("");
    lines.addAll(picture());
    lines.add("");
    lines.add(String.format("%-8s %-24s %14s  %s", "PEAK", "EVENTS", "COUNT", "HASH"));
    for (int i = 0; i < range.peaks().size(); i++) {
      MountainRange.Peak peak = range.peaks().get(i);
      lines.add(
          String.format(
              "%-8s %-24s %14s  %s",
              letter(i) + " 2^" + peak.level(),
              Human.count(peak.start()) + " – " + Human.count(peak.end() - 1),
              Human.count(peak.end() - peak.start()),
              peak.hash()));
    }
    return lines;
  }

  private static String letter(int peak) {
    return String.valueOf((char) (peak < 26 ? 'A' + peak : 'a' + peak - 26));
  }

  private List<String> picture() {
    int[] heights = heights();
    int rows = Arrays.stream(heights).max().orElse(1);
    int columns = Arrays.stream(heights).map(h -> 2 * h + gap).sum() + MARGIN;
    char[][] canvas = new char[rows + 2][columns];
    for (char[] row : canvas) {
      Arrays.fill(row, ' ');
    }
    Arrays.fill(canvas[rows], '▔');
    int left = MARGIN;
    for (int i = 0; i < heights.length; i++) {
      mountain(canvas, rows, left, heights[i]);
      canvas[rows + 1][left + heights[i] - 1] = letter(i).charAt(0);
      left += 2 * heights[i] + gap;
    }
    return Arrays.stream(canvas).map(row -> new String(row).stripTrailing()).toList();
  }

  private static void mountain(char[][] canvas, int base, int left, int height) {
    for (int row = 0; row < height; row++) {
      int y = base - 1 - row;
      canvas[y][left + row] = '╱';
      canvas[y][left + 2 * height - 1 - row] = '╲';
    }
  }

  /** Rows of each mountain: level + 1, less when the picture would be too wide. */
  private int[] heights() {
    int room = (width - MARGIN) - gap * range.peaks().size();
    int wanted = range.peaks().stream().mapToInt(peak -> 2 * (peak.level() + 1)).sum();
    double scale = Math.min(1, room / (double) wanted);
    return range.peaks().stream()
        .mapToInt(peak -> Math.max(1, (int) Math.floor(scale * (peak.level() + 1))))
        .toArray();
  }
}
