package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real history goes in, is proved, and comes out as it was. */
class ImportIT {
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @ParameterizedTest(name = "perAuthor = {0}")
  @ValueSource(booleans = {false, true})
  void shouldGiveBackEveryEventItTookIn(boolean perAuthor) throws IOException {
    RealEvents events = RealEvents.load();
    Run run = new Run(folder).with("XF_JAVA_OPTS", "-Xmx256m");
    String option = perAuthor ? "--per-author " : "";
    String command = "xf:import --json " + option + events.file();

    Run.Ended first = run.exec(command + "; xf:check --json").ok();
    Map<String, Object> report = JsonText.map(line(first.out(), 0));
    assertEquals((long) events.count(), report.get("imported"));
    assertEquals(0L, report.get("refused"));
    assertEquals(0L, JsonText.map(line(first.out(), 1)).get("problems"));
    System.out.printf(
        "import%s: %,d events in %,d logs in %.2f s, %,.0f/s, cold, -Xmx256m%n",
        perAuthor ? " --per-author" : "",
        events.count(),
        (Long) report.get("logs"),
        (Double) report.get("seconds"),
        events.count() / (double) report.get("seconds"));

    Run.Ended second = run.exec("xf:import " + option + events.file() + "; xf:logs --json").ok();
    assertTrue(second.out().contains("nothing new: all 71,488 events were there"), second.out());
    Map<String, List<String>> expected = events.byLog(perAuthor);
    Map<String, Long> sizes = new TreeMap<>();
    expected.forEach((log, lines) -> sizes.put(log, (long) lines.size()));
    List<Map<String, Object>> logs = JsonText.list(lastLine(second.out()));
    assertEquals(sizes, sizes(logs));

    assertEquals(expected, export(run, logs));
  }

  static Map<String, Long> sizes(List<Map<String, Object>> logs) {
    return logs.stream()
        .collect(
            Collectors.toMap(
                log -> (String) log.get("name"),
                log -> (Long) log.get("size"),
                Long::sum,
                TreeMap::new));
  }

  /** Exports all logs in one node, which reads the commands from its standard input. */
  static Map<String, List<String>> export(Run run, List<Map<String, Object>> logs)
      throws IOException {
    Path out = Files.createDirectories(run.folder().resolve("exported"));
    Run.Running node = run.start(List.of());
    for (Map<String, Object> log : logs) {
      node.type("xf:export " + log.get("log") + " " + out.resolve((String) log.get("log")));
    }
    node.closeInput();
    node.await().ok();
    Map<String, List<String>> lines = new TreeMap<>();
    for (Map<String, Object> log : logs) {
      lines
          .computeIfAbsent((String) log.get("name"), name -> new ArrayList<>())
          .addAll(Files.readAllLines(out.resolve((String) log.get("log"))));
    }
    return lines;
  }

  static String line(String text, int number) {
    return text.lines().skip(number).findFirst().orElse("");
  }

  static String lastLine(String text) {
    return text.lines().reduce((before, line) -> line).orElse("");
  }
}
