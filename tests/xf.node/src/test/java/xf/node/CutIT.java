package xf.node;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two nodes in network namespaces of their own, with a cable between them that is unplugged in the
 * middle of a sync and plugged in again. Nobody types anything to make them meet again.
 */
class CutIT {
  private static final String GROUP = "harbour";
  private static final String SPACE_A = "xf-a-" + ProcessHandle.current().pid();
  private static final String SPACE_B = "xf-b-" + ProcessHandle.current().pid();

  /** Slow enough that a sync of some megabytes can be cut in two. */
  private static final String RATE = "16mbit";

  /** How long nothing must have come for the cable to count as cut. */
  private static final long STILL_NS = TimeUnit.SECONDS.toNanos(2);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private final List<Member> members = new ArrayList<>();

  @AfterEach
  void end() throws IOException, InterruptedException {
    members.forEach(Member::close);
    succeeds("ip netns del " + SPACE_A);
    succeeds("ip netns del " + SPACE_B);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/tcp/0", "/udp/0/quic-v1"})
  void shouldGoOnByItselfWhenACutCableIsMended(String transport)
      throws IOException, InterruptedException {
    RealEvents events = RealEvents.load();
    layCable();
    Member a = member("a", SPACE_A, "/ip4/10.77.0.1" + transport);
    Member b = member("b", SPACE_B, "/ip4/10.77.0.2" + transport);
    a.ask("xf:group create " + GROUP);
    a.ask("xf:import --group " + GROUP + " " + events.file());
    b.ask("xf:group join " + a.ask("xf:group invite " + GROUP));

    await(b, "the first tenth", () -> b.events(GROUP) > events.count() / 10);
    plug("down");
    awaitStillness(b);
    long atCut = b.events(GROUP);
    assertTrue(atCut < events.count(), "all had come before the cut");
    plug("up");
    long mendedNs = System.nanoTime();
    await(b, "the next event", () -> b.events(GROUP) > atCut);
    double againS = (System.nanoTime() - mendedNs) / 1e9;
    await(b, "all events", () -> b.events(GROUP) == events.count());
    System.out.printf(
        "%s: cut at %,d of %,d events; events came %.1f s after the cable was mended, all %.1f s%n",
        transport, atCut, events.count(), againS, (System.nanoTime() - mendedNs) / 1e9);
    await(b, "the same heads", () -> a.heads(GROUP).equals(b.heads(GROUP)));
  }

  private Member member(String name, String space, String listen) {
    Member member = new Member(folder, name, listen, List.of("ip", "netns", "exec", space));
    members.add(member);
    return member.start();
  }

  private void await(Member member, String what, BooleanSupplier condition) {
    assertTrue(
        Run.until(condition),
        () -> what + " did not come; " + member.ask("xf:sync " + GROUP) + member.trouble());
  }

  private static void awaitStillness(Member member) {
    long[] last = {member.events(GROUP), System.nanoTime()};
    assertTrue(
        Run.until(
            () -> {
              long now = member.events(GROUP);
              if (now != last[0]) {
                last[0] = now;
                last[1] = System.nanoTime();
              }
              return System.nanoTime() - last[1] > STILL_NS;
            }));
  }

  private void layCable() throws IOException, InterruptedException {
    boolean allowed = succeeds("ip netns add " + SPACE_A) && succeeds("ip netns add " + SPACE_B);
    assumeTrue(allowed, () -> "this machine allows no network namespaces: " + text("ip.err"));
    for (String command :
        List.of(
            "ip link add xfv netns " + SPACE_A + " type veth peer name xfv netns " + SPACE_B,
            "ip -n " + SPACE_A + " address add 10.77.0.1/24 dev xfv",
            "ip -n " + SPACE_B + " address add 10.77.0.2/24 dev xfv",
            "ip -n " + SPACE_A + " link set lo up",
            "ip -n " + SPACE_B + " link set lo up",
            "ip -n " + SPACE_A + " link set xfv up",
            "ip -n " + SPACE_B + " link set xfv up",
            "tc -n "
                + SPACE_A
                + " qdisc add dev xfv root tbf rate "
                + RATE
                + " burst 64k latency 50ms")) {
      assumeTrue(succeeds(command), () -> command + ": " + text("ip.err"));
    }
  }

  private void plug(String upOrDown) throws IOException, InterruptedException {
    assertTrue(succeeds("ip -n " + SPACE_A + " link set xfv " + upOrDown), () -> text("ip.err"));
  }

  private String text(String file) {
    return Run.text(folder.resolve(file));
  }

  private boolean succeeds(String command) throws IOException, InterruptedException {
    Path err = folder.resolve("ip.err");
    if (!Files.exists(Path.of("/sbin/ip")) && !Files.exists(Path.of("/usr/sbin/ip"))) {
      Files.writeString(err, "there is no ip command");
      return false;
    }
    Process process =
        new ProcessBuilder(command.split(" ", -1))
            .redirectOutput(folder.resolve("ip.out").toFile())
            .redirectError(err.toFile())
            .start();
    return process.waitFor() == 0;
  }
}
