package xf.bench.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The JDK's ChaCha20-Poly1305 on one core, in messages as large as Noise has them. */
final class BareCipher {
  private static final int PLAINTEXT_BYTES = 65_519;
  private static final int TAG_BYTES = 16;
  private static final int NONCE_BYTES = 12;

  private BareCipher() {}

  /** Encrypts so much; MiB a second. */
  static double run(long lengthBytes) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
    SecretKeySpec key = new SecretKeySpec(new byte[32], "ChaCha20");
    byte[] in = new byte[PLAINTEXT_BYTES];
    byte[] out = new byte[PLAINTEXT_BYTES + TAG_BYTES];
    ByteBuffer nonce = ByteBuffer.allocate(NONCE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long startNs = System.nanoTime();
    long messages = (lengthBytes + PLAINTEXT_BYTES - 1) / PLAINTEXT_BYTES;
    for (long i = 0; i < messages; i++) {
      nonce.putLong(Integer.BYTES, i);
      cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(nonce.array()));
      cipher.doFinal(in, 0, in.length, out, 0);
    }
    return Talk.mibPerSecond(messages * PLAINTEXT_BYTES, startNs);
  }
}
