package xf.libp2p.security;

import io.netty.buffer.ByteBuf;
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

  /** Takes all of {@code in} and appends the next message to {@code out}. */
  void seal(ChaChaPoly aead, ByteBuf in, ByteBuf out) {
    try {
      aead.seal(key, nextCounter(), in, out);
    } catch (GeneralSecurityException e) {
      throw cannotEncrypt(e);
    }
  }

  /** Takes the next message from {@code in} and appends what it says to {@code out}. */
  void open(ChaChaPoly aead, ByteBuf in, int lengthBytes, ByteBuf out) {
    try {
      aead.open(key, nextCounter(), in, lengthBytes, out);
    } catch (GeneralSecurityException e) {
      throw cannotDecrypt(e);
    }
  }

  int encrypt(ChaChaPoly aead, byte[] ad, byte[] in, int length, byte[] out, int outOffset) {
    try {
      return aead.encrypt(key, nextCounter(), ad, in, length, out, outOffset);
    } catch (GeneralSecurityException e) {
      throw cannotEncrypt(e);
    }
  }

  int decrypt(ChaChaPoly aead, byte[] ad, byte[] in, int length, byte[] out, int outOffset) {
    try {
      return aead.decrypt(key, nextCounter(), ad, in, length, out, outOffset);
    } catch (GeneralSecurityException e) {
      throw cannotDecrypt(e);
    }
  }

  private static WireException cannotEncrypt(GeneralSecurityException cause) {
    return new WireException(Kind.TRANSPORT, "noise: the cipher failed to encrypt", cause);
  }

  private static WireException cannotDecrypt(GeneralSecurityException cause) {
    return new WireException(Kind.NOT_VERIFIED, "noise: a message cannot be decrypted", cause);
  }

  private long nextCounter() {
    if (counter >= MAX_MESSAGES) {
      throw new WireException(
          Kind.LIMIT, "noise: this session has used up its message numbers; connect anew");
    }
    return counter++;
  }
}
