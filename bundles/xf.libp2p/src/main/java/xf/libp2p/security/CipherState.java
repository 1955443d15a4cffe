package xf.libp2p.security;

import java.security.GeneralSecurityException;
import javax.crypto.spec.SecretKeySpec;
import xf.gossip.net.CloseReason.Kind;
import xf.libp2p.wire.WireException;

/**
 * One direction of a Noise session: a key and the number of the next message (Noise specification,
 * 5.1). Not for use by several threads.
 *
 * <p>libp2p has no rekey, so a session ends when its counter does; {@link #MAX_MESSAGES} is far
 * below the counter's own end and out of reach in practice.
 */
final class CipherState {
  /** No key may protect more messages than this; the Noise specification's own limit is 2^64-1. */
  static final long MAX_MESSAGES = 1L << 48;

  private static final byte[] NO_AD = new byte[0];

  private final SecretKeySpec key;
  private long counter;

  CipherState(byte[] key) {
    this(key, 0);
  }

  /** A session that has already counted some messages. */
  CipherState(byte[] key, long counter) {
    this.key = new SecretKeySpec(key, "ChaCha20");
    this.counter = counter;
  }

  int encrypt(ChaChaPoly aead, byte[] in, int length, byte[] out, int outOffset) {
    return encrypt(aead, NO_AD, in, length, out, outOffset);
  }

  int encrypt(ChaChaPoly aead, byte[] ad, byte[] in, int length, byte[] out, int outOffset) {
    try {
      return aead.encrypt(key, nextCounter(), ad, in, length, out, outOffset);
    } catch (GeneralSecurityException e) {
      throw new WireException(Kind.TRANSPORT, "noise: the cipher failed to encrypt", e);
    }
  }

  int decrypt(ChaChaPoly aead, byte[] in, int length, byte[] out, int outOffset) {
    return decrypt(aead, NO_AD, in, length, out, outOffset);
  }

  int decrypt(ChaChaPoly aead, byte[] ad, byte[] in, int length, byte[] out, int outOffset) {
    try {
      return aead.decrypt(key, nextCounter(), ad, in, length, out, outOffset);
    } catch (GeneralSecurityException e) {
      throw new WireException(Kind.NOT_VERIFIED, "noise: a message cannot be decrypted", e);
    }
  }

  private long nextCounter() {
    if (counter >= MAX_MESSAGES) {
      throw new WireException(
          Kind.LIMIT, "noise: this session has used up its message numbers; connect anew");
    }
    return counter++;
  }
}
