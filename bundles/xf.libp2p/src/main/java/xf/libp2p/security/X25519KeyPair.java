package xf.libp2p.security;

import java.security.SecureRandom;
import org.bouncycastle.math.ec.rfc7748.X25519;
import xf.libp2p.wire.WireException;

/** A Diffie-Hellman key pair on Curve25519 (RFC 7748). The private half never leaves this class. */
final class X25519KeyPair {
  static final int KEY_BYTES = 32;

  private final byte[] privateKey;
  private final byte[] publicKey;

  private X25519KeyPair(byte[] privateKey) {
    this.privateKey = privateKey;
    this.publicKey = new byte[KEY_BYTES];
    X25519.generatePublicKey(privateKey, 0, publicKey, 0);
  }

  static X25519KeyPair generate(SecureRandom random) {
    byte[] key = new byte[KEY_BYTES];
    X25519.generatePrivateKey(random, key);
    return new X25519KeyPair(key);
  }

  static X25519KeyPair ofPrivateKey(byte[] privateKey) {
    if (privateKey.length != KEY_BYTES) {
      throw new IllegalArgumentException("X25519 key: expected 32 bytes, got " + privateKey.length);
    }
    return new X25519KeyPair(privateKey.clone());
  }

  byte[] publicKey() {
    return publicKey.clone();
  }

  /**
   * The shared secret with the holder of {@code remotePublicKey}.
   *
   * @throws WireException when that is a point of small order: the secret would be all zeros,
   *     whoever holds our key
   */
  byte[] agree(byte[] remotePublicKey) {
    byte[] secret = new byte[KEY_BYTES];
    if (!X25519.calculateAgreement(privateKey, 0, remotePublicKey, 0, secret, 0)) {
      throw WireException.notVerified("X25519: the remote key is a point of small order");
    }
    return secret;
  }
}
