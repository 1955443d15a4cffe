package xf.event;

import java.nio.ByteBuffer;

/** The name of a group inside its own logs; derived one-way from the group's secret. */
public final class GroupId extends Bytes32 {

  private GroupId(byte[] bytes) {
    super(bytes);
  }

  /** Takes a copy of exactly 32 bytes. */
  public static GroupId of(byte[] bytes) {
    return new GroupId(bytes);
  }

  /** Takes a copy of the 32 bytes at an absolute {@code offset} of {@code src}. */
  public static GroupId at(ByteBuffer src, int offset) {
    byte[] bytes = new byte[LENGTH_BYTES];
    src.get(offset, bytes);
    return new GroupId(bytes);
  }

  /** Reads 64 hex digits. */
  public static GroupId ofHex(String hex) {
    return new GroupId(parseHex("GroupId", hex));
  }
}
