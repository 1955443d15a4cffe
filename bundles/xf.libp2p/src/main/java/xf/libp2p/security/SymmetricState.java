package xf.libp2p.security;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import xf.event.Sha256;

/**
 * The chaining key and transcript hash of a Noise handshake (Noise specification, 5.2) with SHA-256
 * and ChaCha20-Poly1305. Not for use by several threads.
 */
final class SymmetricState {
  private static final int HASH_BYTES = 32;

  private final ChaChaPoly aead;
  private final MessageDigest sha256 = Sha256.newDigest();
  private final Mac hmac = newHmac();
  private byte[] chainingKey;
  private byte[] hash;
  private @Nullable CipherState cipher;

  /** The protocol name must be at most 32 bytes, which are then padded with zeros. */
  SymmetricState(String protocolName, ChaChaPoly aead) {
    this.aead = aead;
    this.hash = Arrays.copyOf(protocolName.getBytes(StandardCharsets.US_ASCII), HASH_BYTES);
    this.chainingKey = hash.clone();
  }

  private static Mac newHmac() {
    try {
      return Mac.getInstance("HmacSHA256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no HmacSHA256", e);
    }
  }

  void mixHash(byte[] data) {
    sha256.update(hash);
    hash = sha256.digest(data);
  }

  void mixKey(byte[] inputKeyMaterial) {
    byte[][] keys = hkdf(inputKeyMaterial);
    chainingKey = keys[0];
    cipher = new CipherState(keys[1]);
  }

  /** Encrypts once there is a key; before, the data goes as it is. Either way it joins the hash. */
  byte[] encryptAndHash(byte[] plaintext) {
    byte[] out = plaintext;
    if (cipher != null) {
      out = new byte[plaintext.length + ChaChaPoly.TAG_BYTES];
      cipher.encrypt(aead, hash, plaintext, plaintext.length, out, 0);
    }
    mixHash(out);
    return out;
  }

  byte[] decryptAndHash(byte[] data) {
    byte[] out = data;
    if (cipher != null) {
      out = new byte[Math.max(0, data.length - ChaChaPoly.TAG_BYTES)];
      cipher.decrypt(aead, hash, data, data.length, out, 0);
    }
    mixHash(data);
    return out;
  }

  /** Whether what is written from now on is encrypted. */
  boolean hasKey() {
    return cipher != null;
  }

  byte[] hash() {
    return hash.clone();
  }

  /** The two transport keys: initiator to responder, then the way back. */
  CipherState[] split() {
    byte[][] keys = hkdf(new byte[0]);
    return new CipherState[] {new CipherState(keys[0]), new CipherState(keys[1])};
  }

  /** HKDF with two outputs (Noise specification, 4.3). */
  private byte[][] hkdf(byte[] inputKeyMaterial) {
    byte[] temporary = hmac(chainingKey, inputKeyMaterial);
    byte[] first = hmac(temporary, new byte[] {1});
    byte[] input = Arrays.copyOf(first, HASH_BYTES + 1);
    input[HASH_BYTES] = 2;
    return new byte[][] {first, hmac(temporary, input)};
  }

  private byte[] hmac(byte[] key, byte[] data) {
    try {
      hmac.init(new SecretKeySpec(key, "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 refused a key of 32 bytes", e);
    }
    return hmac.doFinal(data);
  }
}
