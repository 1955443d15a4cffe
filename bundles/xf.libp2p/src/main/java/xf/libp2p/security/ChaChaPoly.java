package xf.libp2p.security;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import xf.libp2p.wire.WireException;

/**
 * ChaCha20-Poly1305 (RFC 8439) as Noise uses it, on two reused ciphers: arrays for the few small
 * messages of a handshake, buffers for all that follows, in the way that suits the cipher best.
 *
 * <p>A cipher is initialised for every message anyway (the nonce changes), so one instance serves
 * all connections of an event loop: idle connections keep only their keys. Not for use by several
 * threads.
 */
abstract class ChaChaPoly {
  /** A Noise message has at most this many bytes, tag included (Noise specification, 3). */
  static final int MAX_MESSAGE_BYTES = 65_535;

  static final int TAG_BYTES = 16;

  /** What comes after the handshake has no additional data. */
  static final byte[] NO_AD = new byte[0];

  private static final int NONCE_BYTES = 12;
  private static final int COUNTER_OFFSET = 4;

  private final Cipher encryptor;
  private final Cipher decryptor;
  private final byte[] nonce = new byte[NONCE_BYTES];

  ChaChaPoly(Cipher encryptor, Cipher decryptor) {
    this.encryptor = encryptor;
    this.decryptor = decryptor;
  }

  /** A buffer of the kind that {@link #seal} and {@link #open} had best write to. */
  abstract ByteBuf newBuffer(ByteBufAllocator alloc, int capacityBytes);

  /** Takes all of {@code in} and appends it to {@code out}, encrypted, with its tag. */
  abstract void seal(SecretKeySpec key, long counter, ByteBuf in, ByteBuf out)
      throws GeneralSecurityException;

  /**
   * Takes {@code lengthBytes} of {@code in}, tag included, and appends them to {@code out},
   * decrypted; nothing is appended unless the tag fits.
   *
   * @throws WireException when the tag does not fit
   */
  abstract void open(SecretKeySpec key, long counter, ByteBuf in, int lengthBytes, ByteBuf out)
      throws GeneralSecurityException;

  /** Encrypts into {@code out} and returns how many bytes it wrote: {@code length} and the tag. */
  final int encrypt(
      SecretKeySpec key, long counter, byte[] ad, byte[] in, int length, byte[] out, int outOffset)
      throws GeneralSecurityException {
    return encryptor(key, counter, ad).doFinal(in, 0, length, out, outOffset);
  }

  /**
   * Decrypts {@code length} bytes, tag included, into {@code out}, which gets 16 fewer.
   *
   * @throws WireException when the tag does not fit
   */
  final int decrypt(
      SecretKeySpec key, long counter, byte[] ad, byte[] in, int length, byte[] out, int outOffset)
      throws GeneralSecurityException {
    requireTag(length);
    try {
      return decryptor(key, counter, ad).doFinal(in, 0, length, out, outOffset);
    } catch (AEADBadTagException e) {
      throw notVerified(counter);
    }
  }

  final Cipher encryptor(SecretKeySpec key, long counter, byte[] ad)
      throws GeneralSecurityException {
    return begin(encryptor, Cipher.ENCRYPT_MODE, key, counter, ad);
  }

  final Cipher decryptor(SecretKeySpec key, long counter, byte[] ad)
      throws GeneralSecurityException {
    return begin(decryptor, Cipher.DECRYPT_MODE, key, counter, ad);
  }

  private Cipher begin(Cipher cipher, int mode, SecretKeySpec key, long counter, byte[] ad)
      throws GeneralSecurityException {
    cipher.init(mode, key, nonce(counter));
    if (ad.length > 0) {
      cipher.updateAAD(ad);
    }
    return cipher;
  }

  static void requireTag(int lengthBytes) {
    if (lengthBytes < TAG_BYTES) {
      throw WireException.badFormat(
          "noise: a message of " + lengthBytes + " bytes has no room for a tag");
    }
  }

  static WireException notVerified(long counter) {
    return WireException.notVerified(
        "noise: message " + counter + " was changed, replayed or sent out of order");
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
