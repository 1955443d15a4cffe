package xf.libp2p.wire;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import xf.gossip.net.NetworkException;

/**
 * Throws mutated bytes at a decoder: nothing but the typed exception may come out, and no input may
 * make it allocate more than its limit.
 *
 * <p>{@code -Dxf.seed} repeats a run, {@code -Dxf.soak=true} makes it a million inputs.
 */
public final class Fuzz {
  private static final long SOAK_INPUTS = 1_000_000;
  private static final long BUILD_TIME_NS = 2_000_000_000L;
  private static final int MAX_RANDOM_BYTES = 400;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final String name;
  private final List<byte[]> corpus;
  private final long allocationLimitBytes;
  private final long seed;
  private final Random random;

  /** A run against one target; the corpus are inputs that get far. */
  public Fuzz(String name, long allocationLimitBytes, List<byte[]> corpus) {
    this.name = name;
    this.corpus = corpus;
    this.allocationLimitBytes = allocationLimitBytes;
    this.seed = Long.getLong("xf.seed", System.nanoTime());
    this.random = new Random(seed);
  }

  /** Runs {@code target} until the time or the number of inputs is used up. */
  public void run(Consumer<byte[]> target) {
    boolean soak = Boolean.getBoolean("xf.soak");
    corpus.forEach(input -> call(target, input)); // loads classes, too
    long end = System.nanoTime() + BUILD_TIME_NS;
    for (long i = 0; soak ? i < SOAK_INPUTS : System.nanoTime() < end; i++) {
      byte[] input = next();
      // What a first call allocates, classes and the like, is not the input's fault.
      if (allocatedBy(target, input) > allocationLimitBytes) {
        long allocated = allocatedBy(target, input);
        if (allocated > allocationLimitBytes) {
          throw failed(input, new AssertionError("allocated " + allocated + " bytes"));
        }
      }
    }
  }

  private long allocatedBy(Consumer<byte[]> target, byte[] input) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    call(target, input);
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private void call(Consumer<byte[]> target, byte[] input) {
    try {
      target.accept(input);
    } catch (NetworkException e) {
      // The one way a decoder may refuse.
      if (e.getMessage().isEmpty()) {
        throw failed(input, e);
      }
    } catch (RuntimeException | Error e) {
      throw failed(input, e);
    }
  }

  private AssertionError failed(byte[] input, Throwable cause) {
    return new AssertionError(
        name + ", -Dxf.seed=" + seed + ", input " + HexFormat.of().formatHex(input), cause);
  }

  private byte[] next() {
    if (corpus.isEmpty() || random.nextInt(8) == 0) {
      byte[] bytes = new byte[random.nextInt(MAX_RANDOM_BYTES)];
      random.nextBytes(bytes);
      return bytes;
    }
    byte[] bytes = pick().clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      bytes = mutate(bytes);
    }
    return bytes;
  }

  private byte[] pick() {
    return corpus.get(random.nextInt(corpus.size()));
  }

  private byte[] mutate(byte[] bytes) {
    if (bytes.length == 0) {
      return pick().clone();
    }
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(6)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt();
      case 2 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + random.nextInt(9)), (byte) -1);
      case 3 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 4 -> {
        return join(Arrays.copyOf(bytes, at), pick());
      }
      default -> {
        return join(bytes, Arrays.copyOfRange(bytes, at, bytes.length));
      }
    }
    return bytes;
  }

  /** Both, one after the other. */
  public static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
