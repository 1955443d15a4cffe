package xf.crash;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;
import xf.testkit.fuzz.DecoderFuzz;

/** One decoder under fuzz. */
public final class Fuzz {
  /** A chunk is 64 KiB, an event too; what decoders give back is a few times their input. */
  private static final long MAX_ALLOCATED_BYTES = 16L << 20;

  private Fuzz() {}

  /** A test: the good input is taken, and whatever else comes is taken or refused with a reason. */
  public static DynamicTest of(String name, byte[] good, Consumer<byte[]> decoder) {
    return dynamicTest(
        name,
        () -> {
          decoder.accept(good.clone());
          new DecoderFuzz(name, MAX_ALLOCATED_BYTES, List.of(good)).run(decoder);
        });
  }
}
