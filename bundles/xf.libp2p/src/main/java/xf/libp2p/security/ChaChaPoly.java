package xf.libp2p.security;

import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import xf.libp2p.wire.WireException;

/**
 * ChaCha20-Poly1305 (RFC 8439) as Noise uses it, on two reused JDK ciphers and two scratch arrays.
 *
 * <p>A cipher is initialised for every message anyway (the nonce changes), so one instance serves
 * all connections of an event loop: idle connections keep only their keys. The scratch arrays make
 * the JDK's fast path apply: a decryption whose input starts at offset 0 of its array is not copied
 * inside the cipher. Not for use by several threads.
 */
final class ChaChaPoly {
  /** A Noise message has at most this many bytes, tag included (Noise specification, 3). */
  static final int MAX_MESSAGE_BYTES = 65_535;

  static final int TAG_BYTES = 16;

  private static final int NONCE_BYTES = 12;
  private static final int COUNTER_OFFSET = 4;

  private final Cipher encryptor = newCipher();
  private final Cipher decryptor = newCipher();
  private final byte[] nonce = new byte[NONCE_BYTES];
  private final byte[] plaintext = new byte[MAX_MESSAGE_BYTES];
  private final byte[] ciphertext = new byte[MAX_MESSAGE_BYTES];

  private static Cipher newCipher() {
    try {
      return Cipher.getInstance("ChaCha20-Poly1305");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no ChaCha20-Poly1305", e);
    }
  }

  /** Where a caller collects plaintext before {@link #encrypt}; valid until then. */
  byte[] plaintextScratch() {
    return plaintext;
  }

  /** Where a caller puts a received message before {@link #decrypt}; valid until then. */
  byte[] ciphertextScratch() {
    return ciphertext;
  }

  /** Encrypts into {@code out} and returns how many bytes it wrote: {@code length} and the tag. */
  int encrypt(
      SecretKeySpec key, long counter, byte[] ad, byte[] in, int length, byte[] out, int outOffset)
      throws GeneralSecurityException {
    encryptor.init(Cipher.ENCRYPT_MODE, key, nonce(counter));
    if (ad.length > 0) {
      encryptor.updateAAD(ad);
    }
    return encryptor.doFinal(in, 0, length, out, outOffset);
  }

  /**
   * Decrypts {@code length} bytes, tag included, into {@code out}, which gets 16 fewer.
   *
   * @throws WireException when the tag does not fit
   */
  int decrypt(
      SecretKeySpec key, long counter, byte[] ad, byte[] in, int length, byte[] out, int outOffset)
      throws GeneralSecurityException {
    if (length < TAG_BYTES) {
      throw WireException.badFormat(
          "noise: a message of " + length + " bytes has no room for a tag");
    }
    decryptor.init(Cipher.DECRYPT_MODE, key, nonce(counter));
    if (ad.length > 0) {
      decryptor.updateAAD(ad);
    }
    try {
      return decryptor.doFinal(in, 0, length, out, outOffset);
    } catch (AEADBadTagException e) {
      throw WireException.notVerified(
          "noise: message " + counter + " was changed, replayed or sent out of order");
    }
  }

  /** Four zero bytes, then the counter in little endian (Noise specification, 12.3). */
  private AlgorithmParameterSpec nonce(long counter) {
    Arrays.fill(nonce, 0, COUNTER_OFFSET, (byte) 0);
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[COUNTER_OFFSET + i] = (byte) (counter >>> (Byte.SIZE * i));
    }
    return new IvParameterSpec(nonce); // copies
  }
}
