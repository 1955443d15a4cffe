package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The real history, split by author over four nodes in four JVMs with real sockets. Each is killed
 * twice while events are still to come; in the end all have every line, in the very same pages.
 * {@code -Dxf.seed} repeats the order of the kills as far as time allows; {@code -Dxf.soak=true}
 * takes the whole file over both transports in both shapes.
 */
class SyncIT {
  private static final String GROUP = "harbour";
  private static final int NODES = 4;

  /** The file in as many slices: after each but the last, every node is killed. */
  private static final int SLICES = 3;

  private static final boolean SOAK = Boolean.getBoolean("xf.soak");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private final long seed = Long.getLong("xf.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<Member> members = new ArrayList<>();

  @AfterEach
  void end() {
    members.forEach(Member::close);
  }

  /**
   * Authors' own logs are many and short; the nodes' own logs are few and long, so that they come
   * as pages.
   */
  @ParameterizedTest(name = "{0}, a log for each author: {1}")
  @CsvSource({
    "/ip4/127.0.0.1/tcp/0, true, true",
    "/ip4/127.0.0.1/udp/0/quic-v1, false, true",
    "/ip4/127.0.0.1/tcp/0, false, false",
    "/ip4/127.0.0.1/udp/0/quic-v1, true, false"
  })
  void shouldConvergeThoughEveryNodeIsKilledTwice(String listen, boolean perAuthor, boolean always)
      throws IOException {
    assumeTrue(always || SOAK, "only with -Dxf.soak=true");
    Parts parts = new Parts(RealEvents.load(), perAuthor);
    long startNs = System.nanoTime();
    meet(listen);
    for (int slice = 0; slice < SLICES; slice++) {
      for (Member member : members) {
        parts.importInto(member, slice);
      }
      if (slice + 1 < SLICES) {
        killEach(parts, slice);
      }
    }
    awaitSameHeads(parts);
    double convergedS = (System.nanoTime() - startNs) / 1e9;
    expectEveryLine(parts);
    expectSamePages();
    System.out.printf(
        "%,d events in %,d logs over %s: %d nodes the same after %.0f s and %d kills, seed %d"
            + " (%.0f s in all)%n",
        parts.events(),
        parts.logs(),
        listen,
        NODES,
        convergedS,
        NODES * (SLICES - 1),
        seed,
        (System.nanoTime() - startNs) / 1e9);
  }

  /** A chain of invitations: only neighbours know one another from the start. */
  private void meet(String listen) {
    for (int i = 0; i < NODES; i++) {
      members.add(new Member(folder, "node" + i, listen).start());
    }
    members.get(0).ask("xf:group create " + GROUP);
    for (int i = 1; i < NODES; i++) {
      String invitation = members.get(i - 1).ask("xf:group invite " + GROUP);
      members.get(i).ask("xf:group join " + invitation);
    }
  }

  private void killEach(Parts parts, int slice) {
    List<Member> order = new ArrayList<>(members);
    Collections.shuffle(order, random);
    for (Member victim : order) {
      long before = slice == 0 ? 0 : parts.eventsBefore(slice);
      long enough =
          before + (long) ((parts.eventsBefore(slice + 1) - before) * random.nextDouble());
      await(() -> victim.events(GROUP) >= enough, () -> victim.name + " has " + enough);
      victim.kill();
      victim.start();
      for (int again = 0; again <= slice; again++) {
        parts.importInto(victim, again);
      }
    }
  }

  private void await(BooleanSupplier condition, Supplier<String> what) {
    assertTrue(
        Run.until(condition), () -> what.get() + " did not come, seed " + seed + "\n" + state());
  }

  private String state() {
    StringBuilder state = new StringBuilder();
    for (Member member : members) {
      state.append(member.trouble());
      if (member.isRunning()) {
        state.append(member.ask("xf:sync " + GROUP)).append('\n');
        state.append(member.ask("xf:group members " + GROUP)).append('\n');
        state.append(member.ask("xf:peers")).append('\n');
      }
    }
    return state.toString();
  }

  private void awaitSameHeads(Parts parts) {
    for (Member member : members) {
      await(() -> member.events(GROUP) == parts.events(), () -> member.name + ": all events");
    }
    Map<String, String> heads = members.get(0).heads(GROUP);
    for (Member member : members) {
      assertEquals(heads, member.heads(GROUP), () -> member.name + ", seed " + seed + state());
    }
  }

  private void expectEveryLine(Parts parts) throws IOException {
    Map<String, List<String>> expected = new TreeMap<>();
    for (int i = 0; i < NODES; i++) {
      expected.putAll(parts.byLogId(i, members.get(i).askList("xf:logs --json")));
    }
    for (Member member : members) {
      Path out = Files.createDirectories(member.folder().resolve("exported"));
      for (String log : expected.keySet()) {
        member.say("xf:export " + log + " " + out.resolve(log));
      }
      assertEquals(0L, JsonText.map(member.ask("xf:check --json")).get("problems"), member.name);
      for (Map.Entry<String, List<String>> log : expected.entrySet()) {
        assertEquals(
            log.getValue(),
            Files.readAllLines(out.resolve(log.getKey())),
            () -> member.name + ", log " + log.getKey() + ", seed " + seed);
      }
      assertEquals(0, member.end().exit(), () -> member.trouble());
    }
  }

  private void expectSamePages() throws IOException {
    Path first = members.get(0).data().resolve("pages");
    List<Path> files = files(first);
    assertTrue(!files.isEmpty(), "no pages were sealed");
    for (Member member : members) {
      Path pages = member.data().resolve("pages");
      assertEquals(files, files(pages), member.name);
      for (Path file : files) {
        assertEquals(-1L, Files.mismatch(first.resolve(file), pages.resolve(file)), file::toString);
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).map(folder::relativize).sorted().toList();
    }
  }

  /** What each node imports: the lines of its authors, in slices of the file. */
  private final class Parts {
    private final boolean perAuthor;
    private final List<RealEvents.Line> all;

    Parts(RealEvents events, boolean perAuthor) throws IOException {
      this.perAuthor = perAuthor;
      this.all = events.lines();
      for (int node = 0; node < NODES; node++) {
        for (int slice = 0; slice < SLICES; slice++) {
          int of = slice;
          int by = node;
          Files.write(
              file(node, slice),
              all.subList(start(of), start(of + 1)).stream()
                  .filter(line -> nodeOf(line) == by)
                  .map(RealEvents.Line::text)
                  .toList());
        }
      }
    }

    private int start(int slice) {
      return (int) ((long) all.size() * slice / SLICES);
    }

    private int nodeOf(RealEvents.Line line) {
      return Math.floorMod(line.author().hashCode(), NODES);
    }

    private Path file(int node, int slice) {
      return folder.resolve("part-" + node + "-" + slice + ".jsonl");
    }

    void importInto(Member member, int slice) {
      member.say(
          "xf:import --json --group "
              + GROUP
              + (perAuthor ? " --per-author " : " ")
              + file(members.indexOf(member), slice));
    }

    long events() {
      return all.size();
    }

    long eventsBefore(int slice) {
      return start(slice);
    }

    long logs() {
      return all.stream().map(this::log).distinct().count();
    }

    private String log(RealEvents.Line line) {
      return perAuthor ? line.log(true) : nodeOf(line) + line.topic();
    }

    /** The lines of each log that a node wrote, by the ids it lists under their names. */
    Map<String, List<String>> byLogId(int node, List<Map<String, Object>> listed) {
      Map<String, List<String>> byName = new TreeMap<>();
      for (RealEvents.Line line : all) {
        if (nodeOf(line) == node) {
          byName.computeIfAbsent(line.log(perAuthor), name -> new ArrayList<>()).add(line.text());
        }
      }
      Map<String, List<String>> byId = new TreeMap<>();
      for (Map<String, Object> log : listed) {
        List<String> lines = byName.remove(((String) log.get("name")).replace(GROUP + ":", ""));
        if (lines != null) {
          byId.put((String) log.get("log"), lines);
        }
      }
      assertTrue(byName.isEmpty(), () -> "node " + node + " lists no " + byName.keySet());
      return byId;
    }
  }
}
