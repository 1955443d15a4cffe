package xf.event;

import java.nio.ByteBuffer;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * An author's Ed25519 public key; also the peer's identity on the network.
 *
 * <p>Verification is RFC 8032 in its strict form: see {@link #verify}.
 */
public final class AuthorKey extends Bytes32 {

  private AuthorKey(byte[] bytes) {
    super(bytes);
  }

  /** Takes a copy of exactly 32 bytes. */
  public static AuthorKey of(byte[] bytes) {
    return new AuthorKey(bytes);
  }

  /** Takes a copy of the 32 bytes at an absolute {@code offset} of {@code src}. */
  public static AuthorKey at(ByteBuffer src, int offset) {
    byte[] bytes = new byte[LENGTH_BYTES];
    src.get(offset, bytes);
    return new AuthorKey(bytes);
  }

  /** Reads 64 hex digits. */
  public static AuthorKey ofHex(String hex) {
    return new AuthorKey(parseHex("AuthorKey", hex));
  }

  /**
   * Whether {@code signature} is this author's over {@code message}: the equation of RFC 8032
   * section 5.1.7 with its cofactor, with canonical encodings of S, R and the key required and keys
   * of small order refused.
   */
  public boolean verify(byte[] message, byte[] signature) {
    return signature.length == Ed25519.SIGNATURE_SIZE
        && Ed25519.verify(signature, 0, toByteArray(), 0, message, 0, message.length);
  }
}
