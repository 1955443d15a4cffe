package xf.gossip.negentropy;

import java.util.Arrays;

/** A message being written. Numbers are base 128, the highest digit first. */
final class Output {
  private static final int BASE_BITS = 7;

  private static final int FIRST_BYTES = 256;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;
  private long lastTimestamp;

  int size() {
    return size;
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  /** Takes back what was written after it had this size. */
  void truncate(int sizeBytes) {
    size = sizeBytes;
  }

  void put(byte[] value) {
    grow(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  private void put(int value) {
    grow(1);
    bytes[size++] = (byte) value;
  }

  private void grow(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
    }
  }

  void number(long value) {
    int shift = 0;
    while (value >>> shift > 0x7F) {
      shift += BASE_BITS;
    }
    for (; shift > 0; shift -= BASE_BITS) {
      put((int) ((value >>> shift & 0x7F) | 0x80));
    }
    put((int) (value & 0x7F));
  }

  /** Timestamps are differences from the one before, plus one; 0 stands for infinity. */
  void bound(Bound bound) {
    if (bound.timestamp() == Bound.INFINITY) {
      lastTimestamp = Bound.INFINITY;
      number(0);
    } else {
      number(bound.timestamp() - lastTimestamp + 1);
      lastTimestamp = bound.timestamp();
    }
    number(bound.prefix().length);
    put(bound.prefix());
  }
}
