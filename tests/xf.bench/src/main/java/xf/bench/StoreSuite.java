package xf.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import xf.bench.store.Contenders;
import xf.bench.store.DiskUse;

/** Every store, each in a JVM of its own, taking turns step by step. */
final class StoreSuite {
  private static final List<String> STEPS =
      List.of("groups", "pipelined", "one", "crowd", "read", "scan");

  /** One that takes part. */
  private record Entrant(Contenders who, Fork fork, Figures figures) {}

  private StoreSuite() {}

  /** Measures. */
  static Map<Contenders, Figures> run(Path folder, Set<Contenders> who, int rounds, int groups)
      throws IOException, InterruptedException {
    Map<Contenders, Figures> figures = new EnumMap<>(Contenders.class);
    List<Entrant> entrants = new ArrayList<>();
    try {
      for (Contenders each : who) {
        Path own = Files.createDirectories(folder.resolve(each.name()));
        Fork fork = new Fork(each.jvmFlags(), "store", each, own, groups);
        entrants.add(new Entrant(each, fork, new Figures()));
      }
      step(entrants, "warmUp");
      step(entrants, "disk");
      for (int round = 0; round < rounds; round++) {
        for (String step : STEPS) {
          step(entrants, step);
        }
      }
      for (Entrant each : entrants) {
        each.fork.finish(each.figures);
        figures.put(each.who, each.figures);
      }
    } finally {
      entrants.forEach(each -> each.fork.close());
      DiskUse.delete(folder);
    }
    return figures;
  }

  private static void step(List<Entrant> entrants, String step) throws IOException {
    for (Entrant each : entrants) {
      boolean pipelines = each.who == Contenders.OURS;
      if (pipelines || !step.equals("pipelined")) {
        each.fork.step(step, each.figures);
      }
    }
  }
}
