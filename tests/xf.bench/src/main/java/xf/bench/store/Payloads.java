package xf.bench.store;

import java.nio.ByteBuffer;
import java.util.Random;

/** The bytes that every store is given: random, so that nothing gains by compressing them. */
final class Payloads {
  private static final int COUNT = 1024;
  private static final byte[][] ARRAYS = new byte[COUNT][];
  private static final ByteBuffer DIRECT =
      ByteBuffer.allocateDirect(COUNT * Contender.PAYLOAD_BYTES);

  static {
    Random random = new Random(1);
    for (int i = 0; i < COUNT; i++) {
      ARRAYS[i] = new byte[Contender.PAYLOAD_BYTES];
      random.nextBytes(ARRAYS[i]);
      DIRECT.put(i * Contender.PAYLOAD_BYTES, ARRAYS[i]);
    }
  }

  private Payloads() {}

  static byte[] array(long index) {
    return ARRAYS[(int) (index & (COUNT - 1))];
  }

  /** All payloads, one after another. */
  static ByteBuffer direct() {
    return DIRECT;
  }

  static int offset(long index) {
    return (int) (index & (COUNT - 1)) * Contender.PAYLOAD_BYTES;
  }
}
