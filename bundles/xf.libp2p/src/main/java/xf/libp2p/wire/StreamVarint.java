package xf.libp2p.wire;

import io.netty.buffer.ByteBuf;

/**
 * The varints of {@link xf.multiformats.Varint}, read from a stream whose next bytes may not be
 * there yet.
 */
public final class StreamVarint {
  /** The most bytes a varint may have: 63 bits of value. */
  public static final int MAX_LENGTH_BYTES = 9;

  /** What {@link #tryRead} returns when the last byte is not there yet. */
  public static final long INCOMPLETE = -1;

  private static final int CONTINUES = 0x80;
  private static final int VALUE_BITS = 7;

  private StreamVarint() {}

  /**
   * Reads a varint, or leaves the reader index alone and returns {@link #INCOMPLETE} when more
   * bytes are needed.
   *
   * @throws WireException when it is longer than nine bytes or not in its shortest form
   */
  public static long tryRead(ByteBuf in) {
    int start = in.readerIndex();
    int readable = in.readableBytes();
    long value = 0;
    for (int i = 0; i < readable; i++) {
      if (i == MAX_LENGTH_BYTES) {
        throw WireException.badFormat("varint: longer than 9 bytes");
      }
      int b = in.getUnsignedByte(start + i);
      value |= (long) (b & ~CONTINUES) << (VALUE_BITS * i);
      if (b < CONTINUES) {
        if (b == 0 && i > 0) {
          throw WireException.badFormat("varint: not in its shortest form, ends with a zero byte");
        }
        in.readerIndex(start + i + 1);
        return value;
      }
    }
    if (readable >= MAX_LENGTH_BYTES) {
      throw WireException.badFormat("varint: longer than 9 bytes");
    }
    return INCOMPLETE;
  }

  /** Appends {@code value}, which must not be negative. */
  public static void write(ByteBuf out, long value) {
    if (value < 0) {
      throw new IllegalArgumentException("varint of a negative value: " + value);
    }
    long rest = value;
    while (rest >= CONTINUES) {
      out.writeByte(((int) rest & ~CONTINUES) | CONTINUES);
      rest >>>= VALUE_BITS;
    }
    out.writeByte((int) rest);
  }
}
