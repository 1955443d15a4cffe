package xf.libp2p.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Writes one protobuf message, field by field in the order of the calls; callers write in tag
 * order, which makes the encoding deterministic as libp2p keys and records need it to be.
 *
 * <p>Not for use by several threads.
 */
public final class ProtoWriter {
  private static final int VARINT = 0;
  private static final int DELIMITED = 2;
  private static final int INITIAL_BYTES = 128;

  private final ByteBuf out = Unpooled.buffer(INITIAL_BYTES);

  /** Appends a varint field, also when it is zero. */
  public ProtoWriter uint(int field, long value) {
    tag(field, VARINT);
    rawVarint(value);
    return this;
  }

  /** Appends a bytes field. */
  public ProtoWriter bytes(int field, byte[] value) {
    tag(field, DELIMITED);
    rawVarint(value.length);
    out.writeBytes(value);
    return this;
  }

  /** Appends a string field. */
  public ProtoWriter string(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Appends an embedded message. */
  public ProtoWriter message(int field, ProtoWriter inner) {
    return bytes(field, inner.toByteArray());
  }

  /** A copy of what was written so far. */
  public byte[] toByteArray() {
    byte[] bytes = new byte[out.readableBytes()];
    out.getBytes(out.readerIndex(), bytes);
    return bytes;
  }

  private void tag(int field, int wireType) {
    rawVarint(((long) field << 3) | wireType);
  }

  private void rawVarint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.writeByte(((int) rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }
}
