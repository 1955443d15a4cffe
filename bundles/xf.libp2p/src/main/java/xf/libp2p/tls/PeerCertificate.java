package xf.libp2p.tls;

import java.io.IOException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.CertException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcContentVerifierProviderBuilder;
import org.bouncycastle.operator.bc.BcECContentVerifierProviderBuilder;
import org.bouncycastle.operator.bc.BcEdDSAContentVerifierProviderBuilder;
import org.bouncycastle.operator.bc.BcRSAContentVerifierProviderBuilder;
import xf.gossip.net.CloseReason.Kind;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.wire.WireException;

/**
 * Checks what a peer presents (libp2p tls specification, peer authentication): one certificate,
 * self-signed, valid today, no critical extension that we do not know, and the libp2p extension
 * signed by the identity.
 */
public final class PeerCertificate {
  /** A certificate of 8,192-bit RSA keys has some 4 KiB. */
  private static final int MAX_CERTIFICATE_BYTES = 16 * 1024;

  private static final int MIN_RSA_BITS = 2048;
  private static final int MAX_RSA_BITS = 8192;

  private PeerCertificate() {}

  /**
   * The identity that the certificate proves. That its holder has the certificate's own key is for
   * the TLS handshake to show.
   *
   * @param chain what the peer sent, DER
   * @throws WireException when it proves nothing
   */
  public static PublicKey verify(List<byte[]> chain, long wallClockMs) {
    if (chain.size() != 1) {
      throw WireException.badFormat(
          "certificate: expected exactly one, got a chain of " + chain.size());
    }
    byte[] der = chain.get(0);
    if (der.length > MAX_CERTIFICATE_BYTES) {
      throw WireException.tooLarge("bytes of a certificate", der.length, MAX_CERTIFICATE_BYTES);
    }
    try {
      return verify(new X509CertificateHolder(der), wallClockMs);
    } catch (WireException e) {
      throw e;
    } catch (IOException | CertException | OperatorCreationException | RuntimeException e) {
      // Bouncy Castle reports malformed ASN.1 by many kinds of exception.
      throw new WireException(Kind.NOT_VERIFIED, "certificate: cannot be read", e);
    }
  }

  private static PublicKey verify(X509CertificateHolder certificate, long wallClockMs)
      throws IOException, CertException, OperatorCreationException {
    requireValidAt(certificate, wallClockMs);
    requireKnownExtensions(certificate);
    SubjectPublicKeyInfo key = certificate.getSubjectPublicKeyInfo();
    if (!certificate.isSignatureValid(verifierFor(key).build(certificate))) {
      throw WireException.notVerified("certificate: its own signature does not verify");
    }
    Extension extension = certificate.getExtension(SignedKey.OID);
    if (extension == null) {
      throw WireException.notVerified("certificate: the libp2p extension is missing");
    }
    return SignedKey.verify(extension.getExtnValue().getOctets(), key.getEncoded());
  }

  private static void requireValidAt(X509CertificateHolder certificate, long wallClockMs) {
    Instant now = Instant.ofEpochMilli(wallClockMs);
    if (!certificate.isValidOn(Date.from(now))) {
      throw WireException.notVerified(
          "certificate: valid from "
              + certificate.getNotBefore().toInstant()
              + " to "
              + certificate.getNotAfter().toInstant()
              + ", it is "
              + now);
    }
  }

  private static void requireKnownExtensions(X509CertificateHolder certificate) {
    for (Object oid : certificate.getCriticalExtensionOIDs()) {
      if (!oid.equals(SignedKey.OID)) {
        throw WireException.notVerified("certificate: critical extension " + oid + " is unknown");
      }
    }
  }

  private static BcContentVerifierProviderBuilder verifierFor(SubjectPublicKeyInfo key)
      throws IOException {
    AlgorithmIdentifier algorithm = key.getAlgorithm();
    ASN1ObjectIdentifier oid = algorithm.getAlgorithm();
    if (oid.equals(X9ObjectIdentifiers.id_ecPublicKey)
        && algorithm.getParameters() instanceof ASN1ObjectIdentifier) {
      return new BcECContentVerifierProviderBuilder(new DefaultDigestAlgorithmIdentifierFinder());
    }
    if (oid.equals(EdECObjectIdentifiers.id_Ed25519)) {
      return new BcEdDSAContentVerifierProviderBuilder();
    }
    if (oid.equals(PKCSObjectIdentifiers.rsaEncryption)
        && PublicKeyFactory.createKey(key) instanceof RSAKeyParameters rsa
        && rsa.getModulus().bitLength() >= MIN_RSA_BITS
        && rsa.getModulus().bitLength() <= MAX_RSA_BITS
        && rsa.getExponent().bitLength() <= Integer.SIZE) {
      return new BcRSAContentVerifierProviderBuilder(new DefaultDigestAlgorithmIdentifierFinder());
    }
    throw WireException.notVerified("certificate: its key is of a kind or size we do not accept");
  }
}
