package xf.shell.ingest;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/**
 * A 128-bit fingerprint under a random key that lives as long as one import: two lanes of multiply
 * and fold. Fast rather than cryptographic; nobody who writes an import file knows the key.
 *
 * <p>Holds the last result, so that computing one allocates nothing.
 */
final class Fingerprint {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long PRIME_1 = 0xA0761D6478BD642FL;
  private static final long PRIME_2 = 0xE7037ED1A0B428DBL;

  private final long key1;
  private final long key2;
  private long high;
  private long low;

  Fingerprint(RandomGenerator random) {
    key1 = random.nextLong() | 1;
    key2 = random.nextLong() | 1;
  }

  private Fingerprint(long key1, long key2) {
    this.key1 = key1;
    this.key2 = key2;
  }

  /** Another holder of results under the same key. */
  Fingerprint sibling() {
    return new Fingerprint(key1, key2);
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }

  Fingerprint of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return of(bytes, 0, bytes.length);
  }

  Fingerprint of(byte[] bytes, int offset, int length) {
    long a = key1;
    long b = key2;
    int end = offset + length;
    int i = offset;
    for (; i + Long.BYTES <= end; i += Long.BYTES) {
      long word = (long) LONG.get(bytes, i);
      a = fold(a ^ word, PRIME_1);
      b = fold(b + word, PRIME_2);
    }
    long tail = 0;
    for (; i < end; i++) {
      tail = tail << 8 | (bytes[i] & 0xFF);
    }
    // The length last and by itself: mixed in earlier, a tail could undo it.
    high = fold(fold(a ^ tail, key2) ^ length, PRIME_2);
    low = fold(fold(b + tail, key1) + length, PRIME_1);
    return this;
  }

  private static long fold(long x, long y) {
    // A zero factor would swallow everything before it.
    long factor = x == 0 ? y : x;
    return Math.multiplyHigh(factor, y) ^ (factor * y) ^ Long.rotateLeft(x, 23);
  }
}
