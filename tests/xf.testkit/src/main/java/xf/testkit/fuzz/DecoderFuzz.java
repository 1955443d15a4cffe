package xf.testkit.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import xf.event.XfException;

/**
 * Throws bytes at a decoder: noise, and valid inputs that were changed, cut, doubled and joined.
 * Nothing but an {@link XfException} with a message may come back, and no input may make the
 * decoder allocate more than its limit.
 *
 * <p>Runs for {@value #DEFAULT_SECONDS} seconds, or {@code -Dxf.fuzz.seconds}; a million inputs
 * with {@code -Dxf.soak=true}. {@code -Dxf.seed} repeats a run. Prints how many inputs it threw.
 */
public final class DecoderFuzz {
  private static final int DEFAULT_SECONDS = 30;
  private static final long SOAK_INPUTS = 1_000_000;
  private static final int MAX_NOISE_BYTES = 400;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final String name;
  private final long allocationLimitBytes;
  private final List<byte[]> corpus;
  private final SplittableRandom random;
  private final long seed;
  private long refused;

  /**
   * A run against one decoder.
   *
   * @param allocationLimitBytes the most that one input may make it allocate
   * @param corpus valid inputs to begin from
   */
  public DecoderFuzz(String name, long allocationLimitBytes, List<byte[]> corpus) {
    this.name = name;
    this.allocationLimitBytes = allocationLimitBytes;
    this.corpus = corpus;
    this.seed = Long.getLong("xf.seed", System.nanoTime());
    this.random = new SplittableRandom(seed);
  }

  /** Throws inputs until time is up or, in a soak run, a million were thrown. */
  public void run(Consumer<byte[]> decoder) {
    boolean soak = Boolean.getBoolean("xf.soak");
    long beginNs = System.nanoTime();
    long endNs = beginNs + Long.getLong("xf.fuzz.seconds", DEFAULT_SECONDS) * 1_000_000_000L;
    corpus.forEach(input -> decode(decoder, input)); // loads classes, too
    long thrown = 0;
    while (soak ? thrown < SOAK_INPUTS : System.nanoTime() < endNs) {
      byte[] input = next();
      thrown++;
      // What a first call allocates, classes and the like, is not the input's fault.
      if (allocatedBy(decoder, input) > allocationLimitBytes) {
        long allocated = allocatedBy(decoder, input);
        if (allocated > allocationLimitBytes) {
          throw failed(input, new AssertionError("allocated " + allocated + " bytes"));
        }
      }
    }
    System.out.printf(
        "fuzz %s: %,d inputs, %,d of them refused, in %,d ms, seed %d%n",
        name, thrown, refused, (System.nanoTime() - beginNs) / 1_000_000, seed);
  }

  private long allocatedBy(Consumer<byte[]> decoder, byte[] input) {
    byte[] copy = input.clone(); // a decoder that writes to its input must not spoil the report
    long before = THREADS.getCurrentThreadAllocatedBytes();
    decode(decoder, copy);
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private void decode(Consumer<byte[]> decoder, byte[] input) {
    try {
      decoder.accept(input);
    } catch (XfException refusal) {
      refused++;
      if (refusal.getMessage() == null || refusal.getMessage().isBlank()) {
        throw failed(input, new AssertionError("a refusal must say why", refusal));
      }
    } catch (RuntimeException | Error escaped) {
      throw failed(input, escaped);
    }
  }

  private AssertionError failed(byte[] input, Throwable cause) {
    return new AssertionError(
        name
            + ": "
            + cause
            + "; repeat with -Dxf.seed="
            + seed
            + "; input "
            + HexFormat.of().formatHex(input),
        cause);
  }

  private byte[] next() {
    if (random.nextInt(8) == 0) {
      byte[] noise = new byte[random.nextInt(MAX_NOISE_BYTES)];
      random.nextBytes(noise);
      return noise;
    }
    byte[] input = pick().clone();
    for (int changes = random.nextInt(4); changes >= 0; changes--) {
      input = change(input);
    }
    return input;
  }

  private byte[] pick() {
    return corpus.get(random.nextInt(corpus.size()));
  }

  private byte[] change(byte[] input) {
    if (input.length == 0) {
      return pick().clone();
    }
    int at = random.nextInt(input.length);
    switch (random.nextInt(7)) {
      case 0 -> input[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> input[at] = (byte) random.nextInt(256);
      case 2 -> Arrays.fill(input, at, Math.min(input.length, at + random.nextInt(9)), (byte) -1);
      case 3 -> {
        return Arrays.copyOf(input, at);
      }
      case 4 -> {
        return join(Arrays.copyOf(input, at), pick());
      }
      case 5 -> {
        return join(input, Arrays.copyOf(input, at));
      }
      default -> {
        return join(input, Arrays.copyOfRange(input, at, input.length));
      }
    }
    return input;
  }

  /** Both, one after the other. */
  public static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
