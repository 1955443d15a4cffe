package xf.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OptionsTest {
  private static Options parse(Map<String, String> environment, String... arguments)
      throws UsageException {
    return Options.parse(List.of(arguments), environment);
  }

  private static String refusal(Map<String, String> environment, String... arguments) {
    UsageException e = assertThrows(UsageException.class, () -> parse(environment, arguments));
    return String.valueOf(e.getMessage());
  }

  @Test
  void shouldNeedNothing() throws UsageException {
    Options options = parse(Map.of());
    assertEquals(Options.Action.SHELL, options.action());
    assertEquals(Path.of("data").toAbsolutePath(), options.data());
  }

  @Test
  void shouldPreferTheCommandLineToTheEnvironment() throws UsageException {
    Map<String, String> environment = Map.of("XAERO_DATA", "/env", "XAERO_LOG", "DEBUG");
    Options options = parse(environment, "--data", "/line");
    assertEquals(Path.of("/line"), options.data());
    assertEquals("debug", options.logLevel());
    assertTrue(options.offer("xf.log.level", "error", "file"));
    assertEquals("debug", options.logLevel());
  }

  @Test
  void shouldTakeValuesAfterAnEqualsSign() throws UsageException {
    Options options = parse(Map.of(), "--exec=xf:logs; xf:stats");
    assertEquals(Options.Action.EXEC, options.action());
    assertEquals("xf:logs; xf:stats", options.value(Options.Key.EXEC).orElseThrow());
  }

  @Test
  void shouldNameWhatIsWrong() {
    assertTrue(refusal(Map.of(), "--dta", "x").contains("unknown option --dta"));
    assertTrue(refusal(Map.of(), "file").contains("unknown option file"));
    assertTrue(refusal(Map.of(), "--data").contains("--data: expected a value"));
    assertTrue(refusal(Map.of(), "--daemon", "--exec", "x").contains("exclude"));
    assertEquals(
        "XAERO_THREADS = 65: expected a number from 1 to 64",
        refusal(Map.of("XAERO_THREADS", "65")));
    assertEquals(
        "--log-level = loud: expected error, warn, info, debug, trace or off",
        refusal(Map.of(), "--log-level", "loud"));
  }
}
