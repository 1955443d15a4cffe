package xf.shell;

import java.util.List;
import java.util.Locale;
import xf.merkle.PageDescriptor;

/**
 * Draws a mountain range as an SVG picture: every peak with the upper part of its tree, the bagging
 * from right to left as the line that climbs to the root.
 */
final class MountainSvg {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 680;
  private static final int MARGIN = 56;
  private static final int BASE_Y = 520;
  private static final int TOP_Y = 190;
  private static final int ROOT_Y = 120;
  private static final int ROOT_LABEL_HALF_WIDTH = 120;
  private static final int MAX_DRAWN_LEVELS = 7;

  private final MountainRange range;
  private final StringBuilder svg = new StringBuilder(1 << 14);

  MountainSvg(MountainRange range) {
    this.range = range;
  }

  String draw() {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">",
        WIDTH, HEIGHT);
    add("<title>%s, %s</title>", escape(range.title()), Human.count(range.size(), "event"));
    add(
        "<style>text{font-family:ui-sans-serif,system-ui,sans-serif;fill:#24303c}"
            + ".h{font-family:ui-monospace,monospace;fill:#5b6b7a}"
            + ".e{stroke-width:1;fill:none;stroke-opacity:.45}</style>");
    add("<rect width=\"%d\" height=\"%d\" fill=\"#fbfaf7\"/>", WIDTH, HEIGHT);
    heading();
    add(
        "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#24303c\" stroke-opacity=\".35\"/>",
        MARGIN, BASE_Y, WIDTH - MARGIN, BASE_Y);
    pageLine();
    mountains();
    add(
        "<text class=\"h\" x=\"%d\" y=\"%d\" font-size=\"12\">The peaks are the frontier: all that"
            + " the next event needs. The dashed line joins them, right to left, to the root.</text>",
        MARGIN, HEIGHT - 10);
    add("</svg>");
    return svg.toString();
  }

  private void heading() {
    add(
        "<text x=\"%d\" y=\"46\" font-size=\"24\" font-weight=\"600\">%s</text>",
        MARGIN, escape(range.title()));
    add(
        "<text x=\"%d\" y=\"70\" font-size=\"15\">%s in %s</text>",
        MARGIN, Human.count(range.size(), "event"), Human.count(range.peaks().size(), "peak"));
  }

  private int highest() {
    return range.peaks().isEmpty() ? 0 : range.peaks().get(0).level();
  }

  private double heightOf(int level) {
    return BASE_Y - (BASE_Y - TOP_Y) * (level + 0.35) / (highest() + 0.35);
  }

  /** Where the roots of pages are: what is above is made of whole pages. */
  private void pageLine() {
    if (highest() >= PageDescriptor.ROOT_LEVEL) {
      double y = heightOf(PageDescriptor.ROOT_LEVEL);
      add(
          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#24303c\""
              + " stroke-opacity=\".3\" stroke-dasharray=\"1 5\"/>",
          MARGIN, y, WIDTH - MARGIN, y);
      add(
          "<text class=\"h\" x=\"%d\" y=\"%.1f\" font-size=\"11\">page roots</text>",
          MARGIN, y - 6);
    }
  }

  private void mountains() {
    List<MountainRange.Peak> peaks = range.peaks();
    double total = peaks.stream().mapToDouble(MountainSvg::weight).sum();
    double unit = (WIDTH - 2.0 * MARGIN) / Math.max(total, 1);
    double left = MARGIN;
    double[] tipX = new double[peaks.size()];
    double[] tipY = new double[peaks.size()];
    for (int i = 0; i < peaks.size(); i++) {
      double width = weight(peaks.get(i)) * unit;
      tipX[i] = left + width / 2;
      tipY[i] = heightOf(peaks.get(i).level());
      mountain(peaks.get(i), i, left + width * 0.06, width * 0.88, tipY[i], peaks.size());
      left += width;
    }
    bagging(tipX, tipY);
  }

  /** Room on the ground: true widths are powers of two and would hide the small. */
  private static double weight(MountainRange.Peak peak) {
    return peak.level() + 2.2;
  }

  private void mountain(
      MountainRange.Peak peak, int number, double x, double width, double tipY, int count) {
    int hue = 205 + (count == 1 ? 0 : 120 * number / (count - 1));
    double middle = x + width / 2;
    add(
        "<path d=\"M%.1f %d L%.1f %.1f L%.1f %d Z\" fill=\"hsl(%d 55%% 62%%)\" fill-opacity=\".28\""
            + " stroke=\"hsl(%d 45%% 40%%)\" stroke-linejoin=\"round\"/>",
        x, BASE_Y, middle, tipY, x + width, BASE_Y, hue, hue);
    int depth = Math.min(peak.level(), MAX_DRAWN_LEVELS);
    branches(x, width, tipY, depth, hue);
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"hsl(%d 45%% 40%%)\"/>", middle, tipY, hue);
    label(peak, middle, number);
  }

  /** The tree from the peak down, as far as single nodes can be told apart. */
  private void branches(double x, double width, double tipY, int depth, int hue) {
    if (depth == 0) {
      return;
    }
    svg.append("<path class=\"e\" stroke=\"hsl(").append(hue).append(" 45% 40%)\" d=\"");
    double step = (BASE_Y - tipY) / depth;
    for (int level = 0; level < depth; level++) {
      int nodes = 1 << level;
      for (int i = 0; i < nodes; i++) {
        double parentX = nodeX(x, width, level, i, depth);
        double y = tipY + level * step;
        add(
            "M%.1f %.1f L%.1f %.1f M%.1f %.1f L%.1f %.1f ",
            parentX,
            y,
            nodeX(x, width, level + 1, 2 * i, depth),
            y + step,
            parentX,
            y,
            nodeX(x, width, level + 1, 2 * i + 1, depth),
            y + step);
      }
    }
    svg.append("\"/>\n");
  }

  /** Nodes of a level share the slice of the triangle at their height. */
  private static double nodeX(double x, double width, int level, int index, int depth) {
    double slice = width * level / depth;
    double place = level == 0 ? 0.5 : index / (double) ((1 << level) - 1);
    return x + (width - slice) / 2 + slice * place;
  }

  /** In pages where it is made of such, else in events, which are in the open page. */
  private static String extent(MountainRange.Peak peak) {
    long events = peak.end() - peak.start();
    return peak.level() < PageDescriptor.ROOT_LEVEL
        ? Human.count(events)
        : Human.count(events) + " in " + Human.count(events / PageDescriptor.LEAVES, "page");
  }

  private void label(MountainRange.Peak peak, double middle, int number) {
    // Neighbours take turns, so that the labels of narrow mountains do not meet.
    int y = BASE_Y + 24 + 60 * (number % 2);
    String events =
        peak.level() == 0 ? "event " + peak.start() : peak.start() + "–" + (peak.end() - 1);
    add(
        "<text x=\"%.1f\" y=\"%d\" font-size=\"14\" text-anchor=\"middle\">%s</text>",
        middle, y, extent(peak));
    add(
        "<text class=\"h\" x=\"%.1f\" y=\"%d\" font-size=\"11\" text-anchor=\"middle\">%s</text>",
        middle, y + 15, events);
    add(
        "<text class=\"h\" x=\"%.1f\" y=\"%d\" font-size=\"11\" text-anchor=\"middle\">%s</text>",
        middle, y + 28, peak.hash().toHex().substring(0, 8));
  }

  /** RFC 6962: the two rightmost are joined first, then each next one to the left. */
  private void bagging(double[] tipX, double[] tipY) {
    if (tipX.length == 0) {
      add(
          "<text x=\"%d\" y=\"%d\" font-size=\"16\">an empty tree: its root is the hash of"
              + " nothing</text>",
          MARGIN, BASE_Y - 20);
      return;
    }
    int last = tipX.length - 1;
    double bagX = tipX[last];
    double bagY = tipY[last];
    for (int i = last - 1; i >= 0; i--) {
      double joinX = (tipX[i] + bagX) / 2;
      double joinY = ROOT_Y + 14.0 + (TOP_Y - 34.0 - ROOT_Y) * i / Math.max(1, last);
      add(
          "<path d=\"M%.1f %.1f L%.1f %.1f L%.1f %.1f\" fill=\"none\" stroke=\"#b4662d\""
              + " stroke-width=\"1.4\" stroke-dasharray=\"5 4\" stroke-opacity=\".8\"/>",
          bagX, bagY, joinX, joinY, tipX[i], tipY[i]);
      bagX = joinX;
      bagY = joinY;
    }
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"7\" fill=\"#b4662d\"/>", bagX, bagY);
    add(
        "<text class=\"h\" x=\"%.1f\" y=\"%.1f\" font-size=\"13\" text-anchor=\"middle\">root"
            + " %s</text>",
        Math.max(bagX, MARGIN + ROOT_LABEL_HALF_WIDTH),
        bagY - 16,
        range.root().toHex().substring(0, 24));
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
