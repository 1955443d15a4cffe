package xf.crash;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/**
 * A crash at every durable step: the files are copied before or after a step that is chosen at
 * random, and a node is opened on the copy. Whatever was written and not forced by then is, at
 * random, as before, as after, or (pages) torn.
 */
class CrashImageTest {
  private static final int CYCLES = Scratch.SOAK ? 20_000 : 1_000;
  private static final long BUDGET_SECONDS = Scratch.SOAK ? Scratch.SOAK_SECONDS : 60;
  private static final int CYCLES_PER_LIFE = 25;
  private static final int MAX_STEP = 60;
  private static final int MAX_BATCHES = 40;

  /** Which steps crashes were taken at, to see that none is left out. */
  private final Map<String, Integer> crashes = new TreeMap<>();

  @Test
  void shouldLoseNothingAcknowledgedAtAnyStep() throws IOException {
    long start = System.nanoTime();
    long firstSeed = Scratch.seed();
    int cycle = 0;
    for (; cycle < CYCLES && secondsSince(start) < BUDGET_SECONDS; cycle += CYCLES_PER_LIFE) {
      live(firstSeed + cycle);
    }
    System.out.println(
        cycle
            + " crashes in "
            + secondsSince(start)
            + " s, first seed "
            + firstSeed
            + ": "
            + crashes);
    for (String step :
        List.of(
            "commit GROUP",
            "pages CREATE",
            "pages PAGE",
            "pages FORCE",
            "ratchet RECORD",
            "ratchet FORCE")) {
      assertTrue(crashes.containsKey("before " + step), () -> step + " not met: " + crashes);
      assertTrue(crashes.containsKey("after " + step), () -> step + " not met: " + crashes);
    }
  }

  private static long secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000_000L;
  }

  /** One node from its first start through many crashes, each from the image of the last. */
  private void live(long seed) throws IOException {
    Random random = Scratch.random(seed);
    Path folder = Scratch.folder("life");
    Ledger ledger = new Ledger();
    Path home = Files.createDirectory(folder.resolve("0"));
    try {
      for (int cycle = 1; cycle <= CYCLES_PER_LIFE; cycle++) {
        Path image = folder.resolve(Integer.toString(cycle));
        ledger = crash(home, image, ledger, random);
        Scratch.delete(home);
        try (Node node = Node.open(image)) {
          ledger.assertHolds(node);
        }
        home = image;
      }
    } catch (RuntimeException | AssertionError | IOException e) {
      throw new AssertionError("seed " + seed + ", folder kept: " + home, e);
    }
    Scratch.delete(folder);
  }

  /** Works until the picture is taken, and gives what was acknowledged by then. */
  private Ledger crash(Path home, Path image, Ledger known, Random random) throws IOException {
    Ledger ledger = known.copy();
    Camera camera = new Camera(home, image, ledger, random);
    try (Node node = Node.open(home, System::currentTimeMillis, camera)) {
      Workload workload = new Workload(node, random);
      for (int i = 0; i < MAX_BATCHES && !camera.isDone(); i++) {
        workload.step(
            (log, batch, place) ->
                ledger.acknowledged(log, batch.index(place), Logs.id(batch, place, log)));
      }
    }
    camera.takeIfNotYet();
    crashes.merge(camera.step, 1, Integer::sum);
    return camera.acknowledged;
  }

  /** Takes the picture. Steps wait for one another, so that it shows one moment. */
  private static final class Camera implements DiskWatch {
    private final Path home;
    private final Path image;
    private final Ledger ledger;
    private final Random random;
    private final ReentrantLock oneStep = new ReentrantLock();
    private final List<Unforced> unforced = new ArrayList<>();
    private int stepsLeft;
    private volatile boolean isDone;
    private String step = "at the end";
    private Ledger acknowledged = new Ledger();

    /** Bytes that a power cut may undo. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Unforced(Path file, long at, byte[] before) {}

    Camera(Path home, Path image, Ledger ledger, Random random) {
      this.home = home;
      this.image = image;
      this.ledger = ledger;
      this.random = new Random(random.nextLong());
      this.stepsLeft = 1 + random.nextInt(MAX_STEP);
    }

    boolean isDone() {
      return isDone;
    }

    @Override
    public void before(String name, Path file, long at, int length) {
      oneStep.lock();
      count("before " + name);
      if (length > 0 && Files.exists(file)) {
        unforced.add(new Unforced(file, at, read(file, at, length)));
      }
    }

    @Override
    public void after(String name, Path file, long at, int length) {
      if (name.endsWith("FORCE")) {
        unforced.removeIf(each -> each.file.equals(file));
      }
      count("after " + name);
      oneStep.unlock();
    }

    @Override
    public void refused() {
      oneStep.unlock();
    }

    private void count(String name) {
      if (!isDone && --stepsLeft <= 0) {
        step = name;
        take();
      }
    }

    void takeIfNotYet() {
      if (!isDone) {
        unforced.clear();
        take();
      }
    }

    private void take() {
      acknowledged = ledger.copy();
      Scratch.copy(home, image);
      if (random.nextBoolean()) {
        cutPower();
      }
      isDone = true;
    }

    /** Newest first: what is undone is undone in the reverse order. */
    private void cutPower() {
      for (int i = unforced.size() - 1; i >= 0; i--) {
        Unforced each = unforced.get(i);
        int fate = random.nextInt(4);
        if (fate == 0) {
          write(each, each.before.length);
        } else if (fate == 1 && each.file.toString().endsWith(".seg")) {
          write(each, each.before.length / 2);
        }
      }
    }

    private void write(Unforced each, int length) {
      Path file = image.resolve(home.relativize(each.file).toString());
      try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
        out.seek(each.at);
        out.write(each.before, 0, length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static byte[] read(Path file, long at, int length) {
      byte[] bytes = new byte[length];
      try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
        in.seek(at);
        int there = (int) Math.max(0, Math.min(length, in.length() - at));
        in.readFully(bytes, 0, there);
        return bytes;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
