package xf.event;

import java.nio.ByteBuffer;

/** A SHA-256 value: an event's id (its leaf hash), a node, a root (RFC 6962 section 2.1). */
public final class Hash extends Bytes32 {

  private Hash(byte[] bytes) {
    super(bytes);
  }

  /** Takes a copy of exactly 32 bytes. */
  public static Hash of(byte[] bytes) {
    return new Hash(bytes);
  }

  /** Takes a copy of the 32 bytes at an absolute {@code offset} of {@code src}. */
  public static Hash at(ByteBuffer src, int offset) {
    byte[] bytes = new byte[LENGTH_BYTES];
    src.get(offset, bytes);
    return new Hash(bytes);
  }

  /** Reads 64 hex digits. */
  public static Hash ofHex(String hex) {
    return new Hash(parseHex("Hash", hex));
  }
}
