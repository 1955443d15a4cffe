package xf.merkle;

import org.bouncycastle.math.ec.rfc8032.Ed25519;
import xf.event.AuthorKey;
import xf.event.Signer;

/** Signs with a key made from a seed. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TestSigner(byte[] seed, AuthorKey author) implements Signer {
  static TestSigner of(byte[] seed) {
    byte[] key = new byte[Ed25519.PUBLIC_KEY_SIZE];
    Ed25519.generatePublicKey(seed, 0, key, 0);
    return new TestSigner(seed, AuthorKey.of(key));
  }

  /** A key for tests, the same for the same number. */
  static TestSigner of(int number) {
    byte[] seed = new byte[Ed25519.SECRET_KEY_SIZE];
    seed[0] = (byte) number;
    return of(seed);
  }

  @Override
  public byte[] sign(byte[] message) {
    byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
    Ed25519.sign(seed, 0, message, 0, message.length, signature, 0);
    return signature;
  }
}
