package xf.libp2p.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;
import xf.multiformats.Varint;

/** Frames that start with their length as an unsigned varint, as all libp2p messages do. */
public final class LengthPrefix {
  private LengthPrefix() {}

  /**
   * The next whole frame as a slice of {@code in} (not retained), or null when more bytes are
   * needed; in that case the reader index has not moved.
   *
   * @param what names the frame in errors
   * @throws WireException when the length is over {@code limitBytes} or not a varint
   */
  public static @Nullable ByteBuf tryReadFrame(ByteBuf in, int limitBytes, String what) {
    int start = in.readerIndex();
    long length = StreamVarint.tryRead(in);
    if (length == StreamVarint.INCOMPLETE) {
      return null;
    }
    if (length > limitBytes) {
      throw WireException.tooLarge("length of " + what, length, limitBytes);
    }
    if (in.readableBytes() < length) {
      in.readerIndex(start);
      return null;
    }
    return in.readSlice((int) length);
  }

  /** A new buffer that holds {@code payload} behind its length. */
  public static ByteBuf frame(ByteBufAllocator alloc, byte[] payload) {
    ByteBuf out = alloc.buffer(Varint.lengthBytes(payload.length) + payload.length);
    StreamVarint.write(out, payload.length);
    return out.writeBytes(payload);
  }
}
