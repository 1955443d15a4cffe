package xf.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import xf.bench.store.Contenders;
import xf.bench.store.DiskUse;

/** Whole-program runs: a large store opened, a long append in a small heap, a real import. */
final class WholeSuite {
  private static final String SMALL_HEAP = "-Xmx64m";
  private static final Pattern SECONDS = Pattern.compile("\"seconds\"\\s*:\\s*([0-9.E-]+)");
  private static final Pattern IMPORTED = Pattern.compile("\"imported\"\\s*:\\s*([0-9]+)");

  private final PrintStream out;
  private final Path folder;
  private final boolean quick;

  WholeSuite(PrintStream out, Path folder, boolean quick) {
    this.out = out;
    this.folder = folder;
    this.quick = quick;
  }

  /** Opens a large store in fresh JVMs, beside an empty bare environment. */
  void open(Bars bars) throws IOException, InterruptedException {
    int thousands = quick ? 500 : 10_000;
    Path data = Files.createDirectories(folder.resolve("open/data"));
    run(List.of(), new Figures(), "fill", Contenders.OURS, data, thousands);
    Figures ours = new Figures();
    Figures bare = new Figures();
    for (int round = 0; round < (quick ? 3 : 7); round++) {
      run(List.of(), ours, "open", Contenders.OURS, data, 0);
      run(List.of(), bare, "open", Contenders.LMDB, data, 0);
    }
    DiskUse.delete(folder.resolve("open"));
    out.println();
    out.printf(
        "Open %s events in %s logs%25s %14s%n",
        Bars.number(ours.median("events")), Bars.number(ours.median("logs")), "cold ms", "warm ms");
    openLine("ours: event store", ours, "");
    openLine("ours: keys", ours, ".keys");
    openLine("ours: pages and index", ours, ".index");
    openLine("bare lmdbjava, one table, empty: all of it loading", bare, "");
    String what = quick ? "open 500,000 events in 2,000 logs" : "open 10 M events in 2,000 logs";
    bars.add(what + ", cold", "ms", 60, 15, ours.median("cold"));
    bars.add(what + ", cold, beyond bare", "ms", 60, 15, ours.median("cold") - bare.median("cold"));
    bars.add(what + ", warm", "ms", 60, 15, ours.median("warm"));
  }

  private void openLine(String name, Figures figures, String part) {
    out.printf(
        "  %-50s %14s %14s%n",
        name,
        Bars.number(figures.median("cold" + part)),
        Bars.number(figures.median("warm" + part)));
  }

  /** Appends far more than the heap holds. */
  void heap(Bars bars) throws IOException, InterruptedException {
    int thousands = quick ? 1000 : 5000;
    Path data = Files.createDirectories(folder.resolve("heap"));
    Figures figures = new Figures();
    run(List.of(SMALL_HEAP), figures, "heap", Contenders.OURS, data, thousands);
    DiskUse.delete(data);
    out.println();
    out.printf("Append with %s, indexed%35s%n", SMALL_HEAP, "events/s");
    out.printf("  %-44s %14s%n", "first fifth", Bars.number(figures.median("first")));
    out.printf(
        "  %-44s %14s%n",
        "all " + Bars.number(thousands * 1000.0), Bars.number(figures.median("all")));
    bars.add(
        "append " + thousands / 1000 + " M events with " + SMALL_HEAP,
        "x the first fifth",
        0.8,
        1,
        figures.median("all") / figures.median("first"));
  }

  /** Imports the data file through the whole node. */
  void importFile(Bars bars, Path root) throws IOException, InterruptedException {
    Path file = root.resolve("../shared/data/commits.jsonl.gz").normalize();
    if (!Files.exists(file)) {
      out.println();
      out.println("Import: left out, there is no " + file);
      return;
    }
    Figures figures = new Figures();
    for (int round = 0; round < (quick ? 1 : 5); round++) {
      Path data = folder.resolve("import");
      Process node =
          new ProcessBuilder(
                  root.resolve("run").toString(),
                  "--data",
                  data.toString(),
                  "--exec",
                  "xf:import " + file + " --per-author --json")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader lines = node.inputReader(StandardCharsets.UTF_8)) {
        String said = String.join("\n", lines.lines().toList());
        double events = found(IMPORTED, said);
        figures.add("events", events);
        figures.add("perSecond", events / found(SECONDS, said));
      }
      node.waitFor();
      DiskUse.delete(data);
    }
    out.println();
    out.printf("Import of a real file through ./run, a log for each author%10s%n", "events/s");
    out.printf(
        "  %-44s %14s%n",
        Bars.number(figures.median("events")) + " events, durable",
        Bars.number(figures.median("perSecond")));
    bars.add("import, per author", "events/s", 60_000, 150_000, figures.median("perSecond"));
  }

  private static double found(Pattern pattern, String text) throws IOException {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IOException("the import failed: " + text);
    }
    return Double.parseDouble(matcher.group(1));
  }

  private static void run(List<String> flags, Figures figures, Object... arguments)
      throws IOException, InterruptedException {
    try (Fork fork = new Fork(flags, arguments)) {
      fork.finish(figures);
    }
  }
}
