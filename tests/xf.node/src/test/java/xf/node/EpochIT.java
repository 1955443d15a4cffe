package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** An operator brings back an old backup of the events, is stopped, and goes on. */
class EpochIT {
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  private Path lines(int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append(
          "{\"ts\":%d,\"author\":\"a\",\"topic\":\"log\",\"text\":\"e\",\"id\":\"%d\",\"parents\":[]}%n"
              .formatted(i, i));
    }
    Path file = folder.resolve("lines-" + to);
    Run.write(file, text.toString());
    return file;
  }

  /** The last line: the index says at each start that the old log is frozen. */
  private static String refusal(Run.Ended ended) {
    assertEquals(1, ended.exit(), ended::toString);
    return ImportIT.lastLine(ended.err());
  }

  @Test
  void shouldGoOnInANewEpochAfterABackupWasBroughtBack() throws IOException {
    Run run = new Run(folder);
    run.exec("xf:import " + lines(0, 300) + "; xf:checkpoint log").ok();
    Path events = run.data().resolve("events");
    copy(events, folder.resolve("backup"));
    run.exec("xf:import " + lines(300, 700) + "; xf:checkpoint log").ok();
    delete(events);
    copy(folder.resolve("backup"), events);

    String refused = refusal(run.exec("xf:publish log no"));
    assertTrue(refused.contains("300 events here, but 700 were signed"), refused);
    assertTrue(refused.endsWith("xf:epoch log"), refused);
    String begun = run.exec("xf:epoch log after the restore").ok().out();
    assertTrue(begun.startsWith("log goes on in epoch 1, log "), begun);
    assertTrue(refusal(run.exec("xf:epoch log")).contains("no reason"));
    Run.Ended next = run.exec("xf:publish log one more; xf:check; xf:logs --json").ok();
    assertTrue(next.out().startsWith("log 1  durable in log "), next.out());
    List<Map<String, Object>> logs = JsonText.list(ImportIT.lastLine(next.out()));
    assertEquals(
        Map.of("log@me", 300L, "log@me#1", 2L), ImportIT.sizes(logs), () -> logs.toString());
    Run.Ended shown =
        run.exec(
                "xf:events log@me#1 --json; xf:events log@me 299; xf:tail log --from-start --count 302")
            .ok();
    Map<String, Object> first = JsonText.list(ImportIT.line(shown.out(), 0)).get(0);
    assertEquals("after the restore", first.get("payload"));
    assertEquals(
        List.of(Map.of("log", logs.get(0).get("log"), "index", 299L)), first.get("dependencies"));
    assertTrue(ImportIT.lastLine(shown.out()).endsWith("one more"), shown.out());
  }
}
