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

/** What a newcomer types first. */
class FirstRunIT {
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @Test
  void shouldPublishAndListAndStayQuiet() {
    Run run = new Run(folder);
    Run.Ended ended = run.exec("xf:publish hello world; xf:logs").ok();
    assertTrue(ended.out().startsWith("hello 0  durable in log "), ended.out());
    assertTrue(ended.out().contains("hello@me"), ended.out());
    assertEquals("", ended.err());

    Run.Ended json = run.exec("xf:publish hello again; xf:logs --json").ok();
    List<Map<String, Object>> logs = JsonText.list(ImportIT.lastLine(json.out()));
    assertEquals(1, logs.size());
    Map<String, Object> log = logs.get(0);
    assertEquals("hello", log.get("topic"));
    assertEquals(2L, log.get("size"));
    for (String field : List.of("log", "author", "root")) {
      assertTrue(((String) log.get(field)).matches("[0-9a-f]{64}"), field + " of " + log);
    }
  }

  @Test
  void shouldEndWithTheFirstFailureInOneLine() {
    Run run = new Run(folder);
    String line = run.exec("xf:publish a one; xf:events nosuch; xf:publish a two").refused(1);
    assertEquals("no log is named \"nosuch\": xf:logs lists them", line);
    Run.Ended after = run.exec("xf:logs --json").ok();
    assertEquals(1L, JsonText.list(after.out()).get(0).get("size"));
  }

  @Test
  void shouldStartForCommandsThatNeedNoService() {
    assertTrue(new Run(folder).exec("help").ok().out().contains("xf:publish"));
  }

  @Test
  void shouldRefuseAWrongCommandLine() {
    Run run = new Run(folder);
    assertEquals(
        "run: unknown option --what: see run --help", run.call(List.of("--what")).refused(2));
    assertTrue(run.call(List.of("--log-level", "loud")).refused(2).contains("loud"));
  }

  @Test
  void shouldShowThreeNodesAndALiarAndLeaveNothingBehind() throws IOException {
    String out = demo("demo");
    assertTrue(out.contains("WRONG_EVENTS"), out);
    assertTrue(out.contains("two histories are signed"), out);
  }

  @Test
  void shouldShowProofsAndLeaveNothingBehind() throws IOException {
    demo("demo", "proofs");
  }

  @Test
  void shouldRefuseADemoThatThereIsNot() {
    assertTrue(new Run(folder, List.of()).call(List.of("demo", "x")).refused(2).contains("proofs"));
  }

  private String demo(String... command) throws IOException {
    Path temporary = Files.createDirectories(folder.resolve("tmp"));
    Run run = new Run(folder, List.of()).with("TMPDIR", temporary.toString());
    Run.Ended ended = run.call(List.of(command)).ok();
    assertTrue(ended.out().contains("That was it."), ended.out());
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(), left.toList());
    }
    return ended.out();
  }
}
