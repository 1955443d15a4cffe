package xf.event.identity;

import org.bouncycastle.math.ec.rfc8032.Ed25519;
import xf.event.AuthorKey;
import xf.event.Signer;

/**
 * An Ed25519 key pair (RFC 8032) on Bouncy Castle's lightweight code, which signs some fifteen
 * times faster than the JDK's. Holds the private seed; nothing gives it out.
 */
final class Ed25519Signer implements Signer {
  private final byte[] seed;
  private final byte[] publicKey;
  private final AuthorKey author;

  Ed25519Signer(byte[] seed) {
    this.seed = seed.clone();
    this.publicKey = new byte[Ed25519.PUBLIC_KEY_SIZE];
    Ed25519.generatePublicKey(this.seed, 0, publicKey, 0);
    this.author = AuthorKey.of(publicKey);
  }

  @Override
  public AuthorKey author() {
    return author;
  }

  @Override
  public byte[] sign(byte[] message) {
    byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
    Ed25519.sign(seed, 0, publicKey, 0, message, 0, message.length, signature, 0);
    return signature;
  }

  @Override
  public String toString() {
    return "signer of " + author;
  }
}
