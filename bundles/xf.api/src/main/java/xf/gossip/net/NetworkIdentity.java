package xf.gossip.net;

import org.osgi.annotation.versioning.ConsumerType;
import xf.event.AuthorKey;

/**
 * Who this host is on the network: a public key, and the power to sign with its private half, which
 * the network itself never sees. Given to a network from outside. Safe for use by any thread.
 */
@ConsumerType
public interface NetworkIdentity {
  /** The public key. */
  AuthorKey publicKey();

  /** Ed25519 (RFC 8032) over the whole message; 64 bytes. */
  byte[] sign(byte[] message);

  /** The peer id that follows from the key. */
  default PeerId peerId() {
    return PeerId.of(publicKey());
  }
}
