package xf.testkit.net;

import java.util.Random;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import xf.event.AuthorKey;
import xf.gossip.net.NetworkIdentity;

/** An Ed25519 key that follows from a seed. */
public final class TestIdentity implements NetworkIdentity {
  private final Ed25519PrivateKeyParameters key;
  private final AuthorKey publicKey;

  /** The identity of a seed. */
  public TestIdentity(long seed) {
    byte[] secret = new byte[Ed25519PrivateKeyParameters.KEY_SIZE];
    new Random(seed).nextBytes(secret);
    this.key = new Ed25519PrivateKeyParameters(secret, 0);
    this.publicKey = AuthorKey.of(key.generatePublicKey().getEncoded());
  }

  @Override
  public AuthorKey publicKey() {
    return publicKey;
  }

  @Override
  public byte[] sign(byte[] message) {
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, key);
    signer.update(message, 0, message.length);
    return signer.generateSignature();
  }
}
