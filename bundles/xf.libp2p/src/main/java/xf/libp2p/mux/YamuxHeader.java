package xf.libp2p.mux;

import io.netty.buffer.ByteBuf;
import xf.libp2p.wire.WireException;

/**
 * The header of a yamux frame, all big-endian:
 *
 * <pre>
 *   0         1        2         4           8           12
 *   +---------+--------+---------+-----------+-----------+
 *   | version | type   | flags   | stream id | length    |
 *   +---------+--------+---------+-----------+-----------+
 * </pre>
 *
 * <p>The length is that of the data behind it, a number of credit bytes, an opaque ping value, or
 * the code of a goodbye; numbers are unsigned.
 */
record YamuxHeader(int type, int flags, int streamId, int length) {
  static final int LENGTH_BYTES = 12;

  static final int DATA = 0;
  static final int WINDOW_UPDATE = 1;
  static final int PING = 2;
  static final int GO_AWAY = 3;

  static final int SYN = 0x1;
  static final int ACK = 0x2;
  static final int FIN = 0x4;
  static final int RST = 0x8;
  private static final int ALL_FLAGS = SYN | ACK | FIN | RST;

  static final int NORMAL_END = 0;
  static final int PROTOCOL_ERROR = 1;
  static final int INTERNAL_ERROR = 2;

  private static final int VERSION = 0;

  /**
   * Reads twelve bytes, which must be there.
   *
   * @throws WireException for a version, type or flag that yamux does not have
   */
  static YamuxHeader read(ByteBuf in) {
    int version = in.readUnsignedByte();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedShort();
    if (version != VERSION) {
      throw WireException.badFormat("yamux: version " + version + ", expected 0");
    }
    if (type > GO_AWAY) {
      throw WireException.badFormat("yamux: frame type " + type + " is unknown, expected 0 to 3");
    }
    if ((flags & ~ALL_FLAGS) != 0) {
      throw WireException.badFormat("yamux: unknown flags in 0x" + Integer.toHexString(flags));
    }
    return new YamuxHeader(type, flags, in.readInt(), in.readInt());
  }

  static void write(ByteBuf out, int type, int flags, int streamId, int length) {
    out.writeByte(VERSION).writeByte(type).writeShort(flags).writeInt(streamId).writeInt(length);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** The length as the unsigned number it is. */
  long unsignedLength() {
    return Integer.toUnsignedLong(length);
  }
}
