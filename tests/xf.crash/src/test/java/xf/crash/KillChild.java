package xf.crash;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Random;

/**
 * A process to be killed: warms up beside the folder, waits for a line on its input, then appends
 * for as long as it lives and says so on its output: {@code ack log index id}.
 */
public final class KillChild {
  private KillChild() {}

  /** Folder, a folder to warm up in, seed, and the durable step to halt at (0: none). */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out));
    Random random = new Random(Long.parseLong(arguments[2]));
    try (Node node = Node.open(Path.of(arguments[1]))) {
      new Workload(node, random).step((log, batch, place) -> {});
    }
    out.println("ready");
    if (System.in.read() < 0) {
      return;
    }
    work(Path.of(arguments[0]), random, Integer.parseInt(arguments[3]), out);
  }

  private static void work(Path folder, Random random, int haltAt, PrintStream out) {
    DiskWatch halt = haltAt == 0 ? DiskWatch.NONE : new HaltAt(haltAt);
    Node node = Node.open(folder, System::currentTimeMillis, halt);
    Workload workload = new Workload(node, random);
    out.println("open");
    StringBuilder lines = new StringBuilder();
    while (true) {
      lines.setLength(0);
      workload.step(
          (log, batch, place) ->
              lines
                  .append("ack ")
                  .append(log)
                  .append(' ')
                  .append(batch.index(place))
                  .append(' ')
                  .append(Logs.id(batch, place, log).toHex())
                  .append('\n'));
      out.print(lines);
      out.flush();
    }
  }

  /** Ends the process, without a last word to anybody, at the n-th durable step. */
  private static final class HaltAt implements DiskWatch {
    private int stepsLeft;

    HaltAt(int steps) {
      stepsLeft = steps;
    }

    @Override
    public void before(String step, Path file, long at, int length) {
      count();
    }

    @Override
    public void after(String step, Path file, long at, int length) {
      count();
    }

    private synchronized void count() {
      if (--stepsLeft <= 0) {
        Runtime.getRuntime().halt(137);
      }
    }
  }
}
