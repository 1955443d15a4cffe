package xf.crash;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import xf.event.EventLog;
import xf.event.XfException;

/**
 * Damages copies of a data file of LMDB, one after the other, and says what came of each: {@code
 * try n what}, then {@code refused}, {@code named}, {@code unseen} or {@code untyped}. If it says
 * nothing more, the damage has ended the process.
 */
public final class DamageChild {
  private static final int PAGE_BYTES = 4096;

  private DamageChild() {}

  /** Sample folder, folder for copies, seed, first number, number after the last. */
  public static void main(String[] arguments) throws IOException {
    Path sample = Path.of(arguments[0]);
    Path copies = Path.of(arguments[1]);
    long seed = Long.parseLong(arguments[2]);
    for (int n = Integer.parseInt(arguments[3]); n < Integer.parseInt(arguments[4]); n++) {
      Path copy = copies.resolve("copy" + n);
      Scratch.copy(sample, copy);
      Random random = Scratch.random(seed + n);
      String what = damage(copy.resolve(Node.EVENTS).resolve("data.mdb"), random);
      say("try " + n + " " + what);
      say(outcome(copy, random));
      Scratch.delete(copy);
    }
    Runtime.getRuntime().halt(0); // nodes that could not be closed are left as they are
  }

  @SuppressWarnings("SystemOut") // the pipe to the parent
  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  /** A bit, some bytes or a whole page of the file, or its end. */
  private static String damage(Path file, Random random) throws IOException {
    long length = Files.size(file);
    int kind = random.nextInt(8);
    if (kind == 0) {
      long cut = (long) (random.nextDouble() * length);
      Sample.cut(file, cut);
      return "cut to " + cut;
    }
    List<Long> treePages = treePages(file);
    long page =
        kind < 4
            ? random.nextInt((int) (length / PAGE_BYTES))
            : treePages.get(random.nextInt(treePages.size()));
    if (kind == 7) {
      try (RandomAccessFile torn = new RandomAccessFile(file.toFile(), "rw")) {
        torn.seek(page * PAGE_BYTES + PAGE_BYTES / 2);
        torn.write(new byte[PAGE_BYTES / 2]);
      }
      return "half of page " + page + " zero";
    }
    // Headers and offsets are at the start of a page, and do the most harm.
    int at = random.nextBoolean() ? random.nextInt(40) : random.nextInt(PAGE_BYTES);
    Sample.flip(file, page * PAGE_BYTES + at, 1 << random.nextInt(8));
    return "bit in byte " + at + " of page " + page + (kind < 4 ? "" : " of a tree");
  }

  private static List<Long> treePages(Path file) throws IOException {
    List<Long> found = new ArrayList<>(List.of(0L, 1L));
    byte[] bytes = Files.readAllBytes(file);
    for (int page = 2; page < bytes.length / PAGE_BYTES; page++) {
      int flags = bytes[page * PAGE_BYTES + 10];
      int number =
          java.nio.ByteBuffer.wrap(bytes)
              .order(java.nio.ByteOrder.LITTLE_ENDIAN)
              .getInt(page * PAGE_BYTES);
      if (number == page && (flags == 1 || flags == 2)) {
        found.add((long) page);
      }
    }
    return found;
  }

  private static String outcome(Path copy, Random random) {
    try (Node node = Node.open(copy)) {
      List<String> problems = node.problems();
      if (!problems.isEmpty()) {
        return "named " + problems.get(0);
      }
      long events = 0;
      for (EventLog log : node.store.all()) {
        events += log.scan(0, (each, position, event) -> event.copyBytes().length > 0);
      }
      new Workload(node, random).step((log, batch, place) -> {});
      return "unseen " + events;
    } catch (XfException e) {
      return "refused " + e.getMessage();
    } catch (RuntimeException | Error e) {
      return "untyped " + e;
    }
  }
}
