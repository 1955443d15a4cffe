package xf.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Thirty-two bytes with the meaning of their subclass: a hash, a log, a key, a group.
 *
 * <p>Immutable; equality is by class and content, order is by unsigned bytes. The text form is
 * lower case hex, {@link #toString()} shows its first twelve digits.
 */
public abstract sealed class Bytes32 implements Comparable<Bytes32>
    permits AuthorKey, GroupId, Hash, LogId {

  /** Length of every value, in bytes. */
  public static final int LENGTH_BYTES = 32;

  private static final int SHORT_HEX_BYTES = 6;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] bytes;

  /**
   * Takes a copy of {@code bytes}.
   *
   * @throws IllegalArgumentException when there are not exactly 32
   */
  Bytes32(byte[] bytes) {
    if (bytes.length != LENGTH_BYTES) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + ": expected 32 bytes, got " + bytes.length);
    }
    this.bytes = bytes.clone();
  }

  static byte[] parseHex(String what, String hex) {
    if (hex.length() != 2 * LENGTH_BYTES) {
      throw new IllegalArgumentException(
          what + ": expected 64 hex digits, got " + hex.length() + " characters");
    }
    return HexFormat.of().parseHex(hex);
  }

  /** A fresh copy of the bytes. */
  public final byte[] toByteArray() {
    return bytes.clone();
  }

  /** Writes the 32 bytes at {@code dst}'s position and advances it. */
  public final void putTo(ByteBuffer dst) {
    dst.put(bytes);
  }

  /** Writes the 32 bytes at an absolute {@code offset} of {@code dst}. */
  public final void putTo(ByteBuffer dst, int offset) {
    dst.put(offset, bytes);
  }

  /** Writes the 32 bytes at {@code offset} of {@code dst}. */
  public final void copyTo(byte[] dst, int offset) {
    System.arraycopy(bytes, 0, dst, offset, LENGTH_BYTES);
  }

  /** Whether the 32 bytes at {@code offset} of {@code other} are these. */
  public final boolean matches(byte[] other, int offset) {
    return Arrays.equals(bytes, 0, LENGTH_BYTES, other, offset, offset + LENGTH_BYTES);
  }

  /** All 64 hex digits, lower case. */
  public final String toHex() {
    return HexFormat.of().formatHex(bytes);
  }

  /** The first twelve hex digits: enough to recognise, short enough to read. */
  @Override
  public final String toString() {
    return HexFormat.of().formatHex(bytes, 0, SHORT_HEX_BYTES);
  }

  @Override
  public final int compareTo(Bytes32 other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  @SuppressWarnings("EqualsGetClass") // a log id never equals a hash, whatever its bytes
  public final boolean equals(@Nullable Object other) {
    return other != null
        && other.getClass() == getClass()
        && Arrays.equals(bytes, ((Bytes32) other).bytes);
  }

  @Override
  public final int hashCode() {
    // The content is a hash or a key already: any four bytes are evenly spread.
    return (int) INT.get(bytes, 0);
  }
}
