package xf.event;

import org.osgi.annotation.versioning.ProviderType;

/** Signs for one author; the private key stays with its keyring. Safe for use by any thread. */
@ProviderType
public interface Signer {
  /** The author whose signatures these are. */
  AuthorKey author();

  /** Ed25519 (RFC 8032) over the whole message; 64 bytes, the same for the same message. */
  byte[] sign(byte[] message);
}
