package xf.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import xf.bench.net.NetRun;
import xf.bench.store.Contenders;
import xf.bench.store.HeapRun;
import xf.bench.store.OpenRun;
import xf.bench.store.StoreRun;
import xf.bench.sync.SyncRun;

/** The main class of a JVM that measures one thing: which, of whom, in which folder, how much. */
final class Measurement {
  /** Ends the figures of a step. */
  static final String DONE = "done";

  private Measurement() {}

  public static void main(String[] arguments) throws Exception {
    long startNanos = System.nanoTime();
    Path folder = Path.of(arguments[2]);
    Contenders who = Contenders.valueOf(arguments[1]);
    int size = Integer.parseInt(arguments[3]);
    Figures figures = new Figures();
    switch (arguments[0]) {
      case "store" -> steps(new StoreRun(who, folder, size));
      case "sync" -> steps(new SyncRun(folder));
      case "heap" -> HeapRun.run(folder, size, figures);
      case "fill" -> OpenRun.fill(folder, size);
      case "open" -> OpenRun.open(who, folder, startNanos, figures);
      case "net" -> NetRun.run(size, 64, figures);
      default -> throw new IllegalArgumentException("no measurement " + arguments[0]);
    }
    figures.print(System.out);
  }

  /** Does the steps whose names come in, until none comes any more. */
  private static void steps(Steps measured) throws Exception {
    try (BufferedReader names =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Steps run = measured) {
      for (String name = names.readLine(); name != null; name = names.readLine()) {
        Figures figures = new Figures();
        run.step(name, figures);
        figures.print(System.out);
        System.out.println(DONE);
      }
    } catch (IOException e) {
      throw new IOException("measurement by " + measured, e);
    }
  }
}
