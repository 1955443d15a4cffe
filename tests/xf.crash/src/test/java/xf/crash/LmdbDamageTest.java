package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Damage to LMDB's own file, in a process of its own: LMDB has no checksums and believes its pages.
 * A damage that is in use has to be refused at the open or named by the check; none may end the
 * process. What is not in use (free pages, the older meta page) may go unseen.
 */
class LmdbDamageTest {
  private static final int TRIES = Scratch.SOAK ? 5_000 : Integer.getInteger("xf.tries", 150);

  @Test
  void shouldRefuseOrNameDamageAndNeverTakeTheProcessDown() throws Exception {
    long seed = Scratch.seed();
    Path folder = Scratch.folder("lmdb");
    long expected = makeSample(folder.resolve("sample"));
    Map<String, Integer> outcomes = new TreeMap<>();
    List<String> bad = new ArrayList<>();
    for (int next = 0; next < TRIES; ) {
      Child child =
          Child.start(
              DamageChild.class,
              folder.resolve("sample").toString(),
              folder.toString(),
              Long.toString(seed),
              Integer.toString(next),
              Integer.toString(TRIES));
      String damage = "";
      boolean answered = true;
      for (String line = child.line(); line != null; line = child.line()) {
        if (line.startsWith("try ")) {
          damage = line;
          answered = false;
          next++;
          continue;
        }
        answered = true;
        String outcome = line.split(" ", -1)[0];
        outcomes.merge(outcome, 1, Integer::sum);
        if (outcome.equals("untyped")
            || (line.startsWith("unseen") && !line.equals("unseen " + expected))) {
          bad.add(damage + ": " + line);
        }
      }
      int exit = child.process.waitFor();
      if (!answered) {
        outcomes.merge("crashed", 1, Integer::sum);
        bad.add(damage + ": ended the process, exit " + exit);
      }
    }
    bad.forEach(System.out::println);
    System.out.println(TRIES + " damages of data.mdb, seed " + seed + ": " + outcomes);
    Scratch.delete(folder);
    assertEquals(List.of(), bad, "seed " + seed);
  }

  private static long makeSample(Path folder) {
    Sample sample = new Sample(folder, 11, 80);
    long events = 0;
    for (int log = 0; log < Logs.COUNT; log++) {
      events += sample.ledger.size(log);
    }
    return events;
  }
}
