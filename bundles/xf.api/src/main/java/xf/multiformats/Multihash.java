package xf.multiformats;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.Sha256;
import xf.event.XfException;

/**
 * A hash that says which function made it (multiformats multihash): function code and length as
 * varints, then the digest.
 *
 * <p>Immutable. Functions that are not known here are kept as they are, within {@link
 * #MAX_DIGEST_BYTES}.
 */
public final class Multihash {
  /** The digest is the content itself. */
  public static final int IDENTITY = 0x00;

  /** SHA-256. */
  public static final int SHA2_256 = 0x12;

  /** The longest digest accepted, in bytes. */
  public static final int MAX_DIGEST_BYTES = 128;

  private static final int SHA2_256_BYTES = 32;

  private final int code;
  private final byte[] digest;

  private Multihash(int code, byte[] digest) {
    this.code = code;
    this.digest = digest;
  }

  /** Takes a copy of {@code content} as an identity hash. */
  public static Multihash identity(byte[] content) {
    if (content.length > MAX_DIGEST_BYTES) {
      throw new IllegalArgumentException(
          "identity multihash: expected at most "
              + MAX_DIGEST_BYTES
              + " bytes, got "
              + content.length);
    }
    return new Multihash(IDENTITY, content.clone());
  }

  /** The SHA-256 of {@code content}. */
  public static Multihash sha256(byte[] content) {
    return new Multihash(SHA2_256, Sha256.newDigest().digest(content));
  }

  /**
   * Reads a multihash that is all of {@code bytes}.
   *
   * @throws XfException when it is cut short, has bytes left over or a wrong length
   */
  public static Multihash decode(byte[] bytes) {
    ByteBuffer src = ByteBuffer.wrap(bytes);
    Multihash hash = decode(src);
    if (src.hasRemaining()) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "multihash: " + src.remaining() + " bytes left over at its end");
    }
    return hash;
  }

  /** Reads a multihash at {@code src}'s position and advances it. */
  public static Multihash decode(ByteBuffer src) {
    int code = Varint.getBounded(src, Integer.MAX_VALUE, "multihash function");
    int length = Varint.getBounded(src, MAX_DIGEST_BYTES, "multihash length");
    if (length > src.remaining()) {
      throw new XfException(
          ErrorCode.BAD_FORMAT,
          "multihash: expected " + length + " digest bytes, got " + src.remaining());
    }
    if (code == SHA2_256 && length != SHA2_256_BYTES) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "multihash: a SHA-256 has 32 bytes, this says " + length);
    }
    byte[] digest = new byte[length];
    src.get(digest);
    return new Multihash(code, digest);
  }

  /** The function's code in the multicodec table. */
  public int code() {
    return code;
  }

  /** A fresh copy of the digest. */
  public byte[] digest() {
    return digest.clone();
  }

  /** The bytes: code, length, digest. */
  public byte[] toByteArray() {
    ByteBuffer dst =
        ByteBuffer.allocate(
            Varint.lengthBytes(code) + Varint.lengthBytes(digest.length) + digest.length);
    Varint.put(dst, code);
    Varint.put(dst, digest.length);
    dst.put(digest);
    return dst.array();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Multihash hash
        && hash.code == code
        && Arrays.equals(hash.digest, digest);
  }

  @Override
  public int hashCode() {
    return 31 * code + Arrays.hashCode(digest);
  }

  @Override
  public String toString() {
    return Integer.toHexString(code) + ":" + HexFormat.of().formatHex(digest);
  }
}
