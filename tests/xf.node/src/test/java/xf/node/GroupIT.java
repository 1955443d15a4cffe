package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two nodes in JVMs of their own share a group, all by commands. */
class GroupIT {
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private Run run(String name) {
    return new Run(folder.resolve(name)).with("XF_JAVA_OPTS", "-Xmx128m -XX:TieredStopAtLevel=1");
  }

  /** Repeats a command until its answer has these words. */
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

  private static String lineWith(Run.Running node, String words) {
    node.until(words, () -> node.out().lines().anyMatch(line -> line.contains(words)));
    return node.out().lines().filter(line -> line.contains(words)).findFirst().orElseThrow();
  }

  @Test
  void shouldShareAGroupAndFindOneAnotherAgain() {
    Run.Running a = run("a").start(List.of());
    a.type("xf:listen /ip4/127.0.0.1/tcp/0; xf:group create family; xf:group invite family");
    String invitation = lineWith(a, "xfgroup1:");
    a.type("xf:group invite family --qr");
    a.until("the code", () -> a.out().contains("▀") && a.out().contains("█"));
    a.type("xf:publish --group family notes from a");

    Run b = run("b");
    Run.Running node = b.start(List.of());
    node.type("xf:group join " + invitation);
    poll(node, "xf:tail --group family notes --from-start --count 1", "from a");
    node.type("xf:publish --group family notes from b; xf:publish notes at home");
    String author = authorOf(node);
    poll(a, "xf:events family:notes@" + author + " --json", "\"from b\"");
    poll(a, "xf:why " + peerOf(node), "in sync.");
    poll(a, "xf:stats", "roundTrips");
    a.type("xf:logs --group family; xf:heads family; xf:forks; xf:sync family");
    poll(a, "xf:forks", "no log is known to have forked");
    assertFalse(a.out().contains("at home"));
    node.closeInput();
    assertEquals("", node.await().ok().err());

    Run.Running again = b.start(List.of());
    again.type("xf:publish --group family notes back again");
    poll(a, "xf:events family:notes@" + author + " --json", "\"back again\"");
    again.closeInput();
    again.await().ok();
    a.closeInput();
    a.await(); // refused what was asked for before it had come
  }

  private static String authorOf(Run.Running node) {
    node.type("xf:logs --json");
    return lineWith(node, "\"notes@me\"")
        .replaceAll(".*\"author\":\"([0-9a-f]{16})[0-9a-f]*\",\"name\":\"notes@me\".*", "$1");
  }

  private static String peerOf(Run.Running node) {
    node.type("xf:id");
    return lineWith(node, "12D3Koo").strip();
  }

  @ParameterizedTest
  @ValueSource(strings = {"felix", "equinox"})
  void shouldGoOnWhenSyncAndNetworkAreRestartedUnderIt(String framework) {
    Path settings = folder.resolve("settings");
    Run.write(
        settings, "xf.libp2p.listen = /ip4/127.0.0.1/tcp/0\nxf.libp2p.mdns.enabled = false\n");
    List<String> options = List.of("--config", settings.toString());
    Run.Running a = run("a").with("XF_FRAMEWORK", framework).start(options);
    Run.Running b = run("b").with("XF_FRAMEWORK", framework).start(options);
    poll(a, "xf:id", "/tcp/");
    poll(b, "xf:id", "/tcp/");
    a.type("xf:publish notes at home; xf:group create family; xf:group invite family");
    b.type("xf:publish notes at home; xf:group join " + lineWith(a, "xfgroup1:"));
    String ofA = "xf:events --json family:notes@" + authorOf(a);
    String ofB = "xf:events --json family:notes@" + authorOf(b);
    a.type("xf:publish --group family notes first");
    poll(b, ofA, "\"first\"");
    for (String bundle : List.of("xf.gossip", "xf.libp2p")) {
      String id = bundleId(a, bundle);
      a.type("stop " + id);
      b.type("xf:publish --group family notes while " + bundle + " is away");
      a.type("start " + id);
      a.type("xf:publish --group family notes after " + bundle);
      poll(a, ofB, "while " + bundle + " is away");
      poll(b, ofA, "after " + bundle);
    }
    a.type("xf:check");
    a.until("the check", () -> a.out().contains("all right"));
    a.closeInput();
    b.closeInput();
    a.await();
    b.await();
  }

  private static String bundleId(Run.Running node, String name) {
    node.type("lb -s " + name);
    return lineWith(node, "|" + name).replaceAll("^\\D*(\\d+)\\|.*", "$1");
  }

  @Test
  void shouldSayInOneLineWhatIsWrongWithAGroup() {
    Run run = run("alone");
    assertTrue(run.exec("xf:publish --group none a b").refused(1).contains("xf:group list"));
    assertTrue(run.exec("xf:group join xfgroup1:AAAA").refused(1).startsWith("invitation: "));
    assertTrue(run.exec("xf:group leave home").refused(1).contains("cannot be left"));
    assertTrue(run.exec("xf:group create").refused(1).contains("usage: xf:group"));
    assertTrue(run.exec("xf:group list home").refused(1).contains("too many arguments"));
    assertTrue(
        run.exec("xf:why nobody").refused(1).startsWith("peer nobody: no peer that is known"));
  }
}
