package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import xf.event.Durability;
import xf.event.EventBatch;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/** Far more logs with files than a process may have files open. */
class DescriptorTest {
  private static final int LIMIT = 256;
  private static final int LOGS = 1_200;
  private static final int EVENTS = 260;

  @Test
  void shouldServeAThousandLogsOnTwoHundredAndFiftySixDescriptors() throws Exception {
    Assumptions.assumeTrue(
        Files.isDirectory(Path.of("/proc/self/fd")), "descriptors cannot be counted here");
    Path folder = Scratch.folder("fd");
    Child child =
        Child.start(
            List.of("bash", "-c", "ulimit -n " + LIMIT + " && exec \"$@\"", "limited"),
            DescriptorChild.class,
            folder.toString());
    String line = child.line();
    String last = null;
    for (; line != null; line = child.line()) {
      last = line;
    }
    child.process.waitFor();
    Scratch.delete(folder);
    assertTrue(last != null && last.startsWith("done "), "the child said: " + last);
    int most = Integer.parseInt(last.substring("done ".length()));
    System.out.println(
        LOGS + " logs with a segment each on " + LIMIT + " descriptors, at most " + most + " open");
    assertTrue(most <= LIMIT, last);
  }

  /** Appends to all logs in turn, then proves an event of each, in a process of its own. */
  public static final class DescriptorChild {
    private DescriptorChild() {}

    /** The folder. */
    public static void main(String[] arguments) throws IOException {
      Path folder = Path.of(arguments[0]);
      long most = 0;
      try (Node node = Node.open(folder)) {
        for (int round = 0; round < 2; round++) {
          append(node, round == 0 ? EVENTS / 2 : EVENTS - EVENTS / 2);
          most = Math.max(most, open());
        }
        node.index.catchUp().join();
        most = Math.max(most, open());
        TreeHasher hasher = new TreeHasher();
        for (EventLog log : node.store.all()) {
          TreeHead head = node.index.head(log.id());
          node.index
              .proveInclusion(log.id(), 7, EVENTS)
              .verify(hasher, log.read(7, EventView::copyId), head);
          most = Math.max(most, open());
        }
        assertEquals(LOGS, node.pages.logs().size());
        assertEquals(List.of(), node.problems());
      } catch (RuntimeException | AssertionError e) {
        say(e.toString());
        return;
      }
      say("done " + most);
    }

    private static void append(Node node, int events) {
      byte[] payload = new byte[1];
      EventBatch batch = new EventBatch(events);
      for (int log = 0; log < LOGS; log++) {
        LogName name =
            new LogName(
                node.keyring.homeGroup(),
                StreamClass.TOPIC,
                "t" + log,
                node.keyring.device().author(),
                0);
        EventLog to = node.store.open(name);
        batch.clear();
        for (int i = 0; i < events; i++) {
          batch.add(to, 0, ByteBuffer.wrap(payload), 0, 1);
        }
        node.store.append(batch, Durability.DURABLE).join();
      }
    }

    private static long open() throws IOException {
      try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
        return files.count();
      }
    }

    @SuppressWarnings("SystemOut") // the pipe to the parent
    private static void say(String line) {
      System.out.println(line);
      System.out.flush();
    }
  }
}
