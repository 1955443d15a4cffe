package xf.event;

import java.nio.charset.StandardCharsets;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;

/** HKDF-SHA-256 (RFC 5869) without salt: one secret, many keys, told apart by their labels. */
public final class Hkdf {
  private static final int KEY_BYTES = 32;

  private Hkdf() {}

  /** Thirty-two bytes for {@code label}. */
  public static byte[] derive(byte[] secret, String label) {
    return derive(secret, label, "");
  }

  /** Thirty-two bytes for {@code label}, and {@code rest} after a zero byte that no label has. */
  public static byte[] derive(byte[] secret, String label, String rest) {
    String info = rest.isEmpty() ? label : label + "\0" + rest;
    HKDFBytesGenerator generator = new HKDFBytesGenerator(new SHA256Digest());
    generator.init(new HKDFParameters(secret, null, info.getBytes(StandardCharsets.UTF_8)));
    byte[] key = new byte[KEY_BYTES];
    generator.generateBytes(key, 0, KEY_BYTES);
    return key;
  }
}
