package xf.multiformats;

import java.nio.ByteBuffer;
import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * Unsigned variable-length integers: seven bits a byte, lowest first, the top bit says "more"
 * (multiformats unsigned-varint).
 *
 * <p>As that specification demands, at most nine bytes (63 bits) are read and an encoding longer
 * than necessary is refused, so each number has one form.
 */
public final class Varint {
  /** The longest encoding, in bytes. */
  public static final int MAX_BYTES = 9;

  private static final int PAYLOAD_BITS = 7;
  private static final int MORE = 0x80;
  private static final int PAYLOAD = 0x7f;

  private Varint() {}

  /** How many bytes {@code value} takes. */
  public static int lengthBytes(long value) {
    requireUnsigned(value);
    int bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
    return (bits + PAYLOAD_BITS - 1) / PAYLOAD_BITS;
  }

  /** Writes {@code value} at {@code dst}'s position and advances it. */
  public static void put(ByteBuffer dst, long value) {
    requireUnsigned(value);
    long rest = value;
    while (rest > PAYLOAD) {
      dst.put((byte) ((rest & PAYLOAD) | MORE));
      rest >>>= PAYLOAD_BITS;
    }
    dst.put((byte) rest);
  }

  /**
   * Reads a number at {@code src}'s position and advances it.
   *
   * @throws XfException when the input ends inside the number, or it is too long or not minimal
   */
  public static long get(ByteBuffer src) {
    long value = 0;
    for (int i = 0; i < MAX_BYTES; i++) {
      if (!src.hasRemaining()) {
        throw bad("the input ends inside a varint, after " + i + " bytes");
      }
      byte b = src.get();
      value |= (long) (b & PAYLOAD) << (PAYLOAD_BITS * i);
      if (b >= 0) {
        if (b == 0 && i > 0) {
          throw bad("varint of " + (i + 1) + " bytes is not in its shortest form");
        }
        return value;
      }
    }
    throw bad("varint is longer than " + MAX_BYTES + " bytes");
  }

  /**
   * Reads a number that must not be above {@code max}: a length, a code.
   *
   * @throws XfException as {@link #get(ByteBuffer)} does, and when the number is larger
   */
  public static int getBounded(ByteBuffer src, int max, String what) {
    long value = get(src);
    if (value > max) {
      throw new XfException(
          ErrorCode.TOO_LARGE, what + ": expected at most " + max + ", got " + value);
    }
    return (int) value;
  }

  private static void requireUnsigned(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("varint: " + value + " is negative");
    }
  }

  private static XfException bad(String message) {
    return new XfException(ErrorCode.BAD_FORMAT, message);
  }
}
