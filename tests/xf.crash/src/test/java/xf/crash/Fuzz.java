package xf.crash;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;
import xf.testkit.fuzz.DecoderFuzz;

/** One decoder under fuzz, as a test that says how much it has seen. */
public final class Fuzz {
  private Fuzz() {}

  /** A test: the good input is taken, and whatever else comes is taken or refused with a reason. */
  public static DynamicTest of(String name, byte[] good, Consumer<byte[]> decoder) {
    return dynamicTest(
        name,
        () -> {
          decoder.accept(good.clone());
          DecoderFuzz.Count count = new DecoderFuzz(List.of(good)).run(decoder);
          System.out.printf(
              "fuzz: %-28s %,d inputs, %,d refused, seed %d%n",
              name, count.inputs(), count.refused(), count.seed());
        });
  }
}
