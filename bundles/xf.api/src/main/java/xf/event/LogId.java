package xf.event;

import java.nio.ByteBuffer;

/**
 * The name of a log: SHA-256 over group, stream, topic, author and epoch ({@link LogName#id()}).
 */
public final class LogId extends Bytes32 {

  private LogId(byte[] bytes) {
    super(bytes);
  }

  /** Takes a copy of exactly 32 bytes. */
  public static LogId of(byte[] bytes) {
    return new LogId(bytes);
  }

  /** Takes a copy of the 32 bytes at an absolute {@code offset} of {@code src}. */
  public static LogId at(ByteBuffer src, int offset) {
    byte[] bytes = new byte[LENGTH_BYTES];
    src.get(offset, bytes);
    return new LogId(bytes);
  }

  /** Reads 64 hex digits. */
  public static LogId ofHex(String hex) {
    return new LogId(parseHex("LogId", hex));
  }
}
