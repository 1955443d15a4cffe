package xf.libp2p.tls;

import java.nio.charset.StandardCharsets;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import xf.gossip.net.NetworkIdentity;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.wire.WireException;

/**
 * The libp2p extension of a certificate: {@code SEQUENCE { publicKey OCTET STRING, signature OCTET
 * STRING }}, where the identity key has signed the certificate's own key (libp2p tls
 * specification).
 */
final class SignedKey {
  static final ASN1ObjectIdentifier OID = new ASN1ObjectIdentifier("1.3.6.1.4.1.53594.1.1");

  private static final byte[] PREFIX = "libp2p-tls-handshake:".getBytes(StandardCharsets.US_ASCII);

  private SignedKey() {}

  /** The extension's value for a certificate of ours. */
  static DERSequence sign(NetworkIdentity identity, byte[] certificateKey) {
    byte[] key = PublicKey.of(identity.publicKey()).encoded();
    byte[] signature = identity.sign(signedBytes(certificateKey));
    return new DERSequence(
        new DEROctetString[] {new DEROctetString(key), new DEROctetString(signature)});
  }

  /**
   * The identity key, if it has signed {@code certificateKey} (a SubjectPublicKeyInfo).
   *
   * @throws WireException when it has not, or the extension is malformed
   */
  static PublicKey verify(byte[] extension, byte[] certificateKey) {
    PublicKey key;
    byte[] signature;
    try {
      ASN1Sequence pair = ASN1Sequence.getInstance(extension);
      if (pair.size() != 2) {
        throw WireException.badFormat("libp2p certificate extension: expected two fields");
      }
      key = PublicKey.decode(ASN1OctetString.getInstance(pair.getObjectAt(0)).getOctets());
      signature = ASN1OctetString.getInstance(pair.getObjectAt(1)).getOctets();
    } catch (IllegalArgumentException | IllegalStateException | ClassCastException e) {
      throw WireException.badFormat("libp2p certificate extension: not a pair of octet strings");
    }
    if (!key.verify(signedBytes(certificateKey), signature)) {
      throw WireException.notVerified(
          "certificate: the identity key did not sign the certificate's key");
    }
    return key;
  }

  private static byte[] signedBytes(byte[] certificateKey) {
    byte[] bytes = new byte[PREFIX.length + certificateKey.length];
    System.arraycopy(PREFIX, 0, bytes, 0, PREFIX.length);
    System.arraycopy(certificateKey, 0, bytes, PREFIX.length, certificateKey.length);
    return bytes;
  }
}
