package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A node that runs: as a daemon, while bundles come, in another framework, on a newer JVM. */
class RunningIT {
  private static final Path JDK_25 = Path.of("/usr/lib/jvm/temurin-25-jdk-amd64");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @Test
  void shouldEndADaemonCleanlyAndGoOnUnderTheSameRoot() throws IOException {
    Run run = new Run(folder);
    String before = run.exec("xf:publish a one; xf:publish a two; xf:logs --json").ok().out();
    Path made = run.data().resolve("events/lock.mdb"); // once a store has taken the folder's lock
    Files.delete(made);
    Run.Running daemon = run.start(List.of("--daemon"));
    Path log = run.data().resolve("log").resolve("xf.log");
    daemon.until("its start", () -> Files.exists(made));
    daemon.until("the store", () -> run.exec("xf:logs").err().contains("another"));
    assertTrue(Files.exists(log));
    daemon.process().destroy();
    Run.Ended ended = daemon.await();
    assertEquals(0, ended.exit(), ended::toString);
    assertEquals(ImportIT.lastLine(before), run.exec("xf:logs --json").ok().out().strip());
  }

  @Test
  void shouldTakeBundlesAndSettingsWhileItRuns() throws IOException {
    Run run = new Run(folder);
    Run.Running node = run.start(List.of());
    node.type("xf:publish a one");
    node.until("the first event", () -> node.out().contains("durable"));
    Path made = bundle(folder.resolve("guest.jar"));
    Files.createDirectories(run.data().resolve("deploy"));
    Files.move(made, run.data().resolve("deploy").resolve("guest.jar"));
    poll(node, "lb -s guest", "xf.test.guest");
    Run.write(run.data().resolve("etc/xf.event.cfg"), "publishTimeoutMs = 4321\n");
    poll(node, "xf:config", "4321");
    node.type("xf:publish a two; xf:check");
    node.closeInput();
    Run.Ended ended = node.await().ok();
    assertTrue(ended.out().contains("a 1  durable"), ended.out());
  }

  private static void poll(Run.Running node, String command, String expected) {
    int[] asked = {0};
    node.until(
        expected,
        () -> {
          if (asked[0]++ % 100 == 0) {
            node.type(command);
          }
          return node.out().contains(expected);
        });
  }

  private static Path bundle(Path file) throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", "xf.test.guest");
    main.putValue("Bundle-Version", "1.0.0");
    try (OutputStream out = Files.newOutputStream(file)) {
      new JarOutputStream(out, manifest).close();
    }
    return file;
  }

  @Test
  void shouldDoTheSameInEquinox() {
    Run run = new Run(folder).with("XF_FRAMEWORK", "equinox");
    Run.Ended ended =
        run.exec("xf:publish hello world; xf:prove hello 0 proof; xf:verify proof; xf:check").ok();
    assertTrue(ended.out().contains("verified: event 0"), ended.out());
    assertEquals("", ended.err());
  }

  @Test
  void shouldStartOnJava25WithoutAWarning() {
    assumeTrue(Files.isDirectory(JDK_25), JDK_25 + " is not there");
    Run run = new Run(folder).with("JAVA_HOME", JDK_25.toString());
    Run.Ended ended = run.exec("xf:publish hello world; xf:check").ok();
    assertEquals("", ended.err());
    assertFalse(ended.out().contains("WARNING"), ended.out());
  }
}
