package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import xf.event.Durability;
import xf.event.EventBatch;
import xf.event.EventLog;
import xf.event.EventView;

/**
 * Kill -9 of a process that appends {@code buffered}: what is lost is the end of what was not made
 * durable, never more, never a hole; and whatever was appended before a durable append is as
 * durable as that.
 */
class BufferedKillTest {
  private static final int CYCLES = Scratch.SOAK ? 200 : 6;
  private static final int MAX_LIFE_MS = 150;
  private static final int LOG = 1;

  @Test
  void shouldLoseOnlyTheEndOfWhatWasBuffered() throws Exception {
    long seed = Scratch.seed();
    Random random = new Random(seed);
    Path folder = Scratch.folder("buffered");
    long durable = 0;
    long lost = 0;
    try {
      for (int cycle = 0; cycle < CYCLES; cycle++) {
        Child child = Child.start(BufferedChild.class, folder.toString());
        assertEquals("open", child.line());
        AtomicLong toldBuffered = new AtomicLong();
        AtomicLong toldDurable = new AtomicLong(durable);
        CompletableFuture<Void> read =
            CompletableFuture.runAsync(() -> note(child, toldBuffered, toldDurable));
        child.process.waitFor(20 + random.nextInt(MAX_LIFE_MS), TimeUnit.MILLISECONDS);
        child.kill();
        read.join();
        try (Node node = Node.open(folder)) {
          EventLog log = node.logs().get(LOG);
          long size = log.size();
          assertTrue(size >= toldDurable.get(), size + " events, durable " + toldDurable);
          assertEquals(size, log.scan(0, (each, position, event) -> isRight(event)));
          assertEquals(List.of(), node.problems());
          lost += Math.max(0, toldBuffered.get() - size);
          durable = size;
        }
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed + ", folder kept: " + folder, e);
    }
    Scratch.delete(folder);
    System.out.printf(
        "%d kills while buffering: %d events kept, %d lost, seed %d%n",
        CYCLES, durable, lost, seed);
  }

  private static boolean isRight(EventView event) {
    byte[] expected = Logs.payload(LOG, event.index());
    return java.util.Arrays.equals(expected, event.copyPayload());
  }

  private static void note(Child child, AtomicLong buffered, AtomicLong durable) {
    try {
      for (String line = child.line(); line != null; line = child.line()) {
        if (line.endsWith(".")) { // else the kill cut it off
          long size = Long.parseLong(line.substring(1, line.length() - 1));
          (line.charAt(0) == 'd' ? durable : buffered).set(size);
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Appends one by one until it is killed; every fiftieth durably. */
  public static final class BufferedChild {
    private BufferedChild() {}

    /** The folder. */
    @SuppressWarnings("SystemOut") // the pipe to the parent
    public static void main(String[] arguments) {
      PrintStream out = System.out;
      Node node = Node.open(Path.of(arguments[0]));
      EventLog log = node.logs().get(LOG);
      long next = log.size();
      out.println("open");
      while (true) {
        EventBatch batch = new EventBatch(1);
        Logs.add(batch, log, LOG, next);
        boolean durable = next % 50 == 49;
        node.store.append(batch, durable ? Durability.DURABLE : Durability.BUFFERED).join();
        next++;
        out.print((durable ? "d" : "b") + next + ".\n");
        out.flush();
      }
    }
  }
}
