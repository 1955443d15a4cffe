package xf.testkit.fuzz;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import xf.event.XfException;

/**
 * Throws bytes at a decoder: noise, and valid inputs with a few bytes changed, cut or doubled. Only
 * {@link XfException} may come back. For {@code xf.fuzz.seconds} (2) by default; a million inputs
 * with {@code -Dxf.soak=true}. {@code -Dxf.seed} repeats a run.
 */
public final class DecoderFuzz {
  private static final int SOAK_INPUTS = 1_000_000;
  private static final int MAX_NOISE_BYTES = 300;

  /** What a run came to; the seed repeats it. */
  public record Count(long inputs, long refused, long seed) {}

  private final List<byte[]> corpus;
  private final SplittableRandom random;
  private final long seed;

  /** With valid inputs to begin from. */
  public DecoderFuzz(List<byte[]> corpus) {
    this.corpus = corpus;
    this.seed = Long.getLong("xf.seed", System.nanoTime());
    this.random = new SplittableRandom(seed);
  }

  /**
   * Throws inputs until time is up or, in a soak run, a million were thrown.
   *
   * @return how many were thrown, and how many of them were refused
   */
  public Count run(Consumer<byte[]> decoder) {
    boolean soak = Boolean.getBoolean("xf.soak");
    long endNs = System.nanoTime() + Long.getLong("xf.fuzz.seconds", 2) * 1_000_000_000L;
    long refused = 0;
    long i = 0;
    for (; soak ? i < SOAK_INPUTS : System.nanoTime() < endNs; i++) {
      byte[] input = next();
      try {
        decoder.accept(input);
      } catch (XfException expected) {
        refused++;
        if (expected.getMessage().isBlank()) {
          throw new AssertionError("a refusal must say why" + repeat(input), expected);
        }
      } catch (RuntimeException | Error escaped) {
        throw new AssertionError("the decoder threw " + escaped + repeat(input), escaped);
      }
    }
    return new Count(i, refused, seed);
  }

  private String repeat(byte[] input) {
    return "; repeat with -Dxf.seed=" + seed + "; input " + HexFormat.of().formatHex(input);
  }

  private byte[] next() {
    if (random.nextInt(8) == 0) {
      byte[] noise = new byte[random.nextInt(MAX_NOISE_BYTES)];
      random.nextBytes(noise);
      return noise;
    }
    byte[] input = corpus.get(random.nextInt(corpus.size())).clone();
    for (int changes = random.nextInt(4); changes >= 0; changes--) {
      input = change(input);
    }
    return input;
  }

  private byte[] change(byte[] input) {
    int at = input.length == 0 ? 0 : random.nextInt(input.length);
    int kind = random.nextInt(4);
    if (kind == 0) {
      return Arrays.copyOf(input, at);
    }
    if (kind == 1) {
      byte[] longer = Arrays.copyOf(input, input.length + 1 + at);
      System.arraycopy(input, 0, longer, longer.length - at, at);
      return longer;
    }
    if (input.length > 0) {
      input[at] = (byte) random.nextInt(256);
    }
    return input;
  }
}
