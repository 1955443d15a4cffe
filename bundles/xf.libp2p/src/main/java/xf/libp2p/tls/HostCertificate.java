package xf.libp2p.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcECContentSignerBuilder;
import xf.gossip.net.NetworkIdentity;

/**
 * Our own certificate: a fresh P-256 key that has nothing to do with the identity, self-signed,
 * with the identity's signature in the libp2p extension. Immutable.
 */
public final class HostCertificate {
  /**
   * Peers check dates against their clock; ours is never renewed while the process lives, and
   * clocks of small devices are off by hours.
   */
  private static final long VALID_BEFORE_MS = 24L * 3600 * 1000;

  private static final long VALID_AFTER_MS = 10L * 365 * 24 * 3600 * 1000;
  private static final int SERIAL_BITS = 63;
  private static final String SIGNATURE_ALGORITHM = "SHA256withECDSA";

  private final byte[] encoded;
  private final AsymmetricKeyParameter privateKey;

  private HostCertificate(byte[] encoded, AsymmetricKeyParameter privateKey) {
    this.encoded = encoded;
    this.privateKey = privateKey;
  }

  /** A new certificate for {@code identity}, which signs once, now. */
  public static HostCertificate make(
      NetworkIdentity identity, SecureRandom random, long wallClockMs) {
    Instant now = Instant.ofEpochMilli(wallClockMs);
    AsymmetricCipherKeyPair keys = newKeys(random);
    // Not empty, as in other implementations: the JDK must be able to read it for Netty's QUIC.
    X500Name name = new X500Name("CN=libp2p");
    try {
      SubjectPublicKeyInfo publicKey =
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(keys.getPublic());
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
              name,
              new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE),
              Date.from(now.minusMillis(VALID_BEFORE_MS)),
              Date.from(now.plusMillis(VALID_AFTER_MS)),
              name,
              publicKey);
      builder.addExtension(SignedKey.OID, false, SignedKey.sign(identity, publicKey.getEncoded()));
      var algorithm = new DefaultSignatureAlgorithmIdentifierFinder().find(SIGNATURE_ALGORITHM);
      var digest = new DefaultDigestAlgorithmIdentifierFinder().find(algorithm);
      var signer =
          new BcECContentSignerBuilder(algorithm, digest)
              .setSecureRandom(random)
              .build(keys.getPrivate());
      return new HostCertificate(builder.build(signer).getEncoded(), keys.getPrivate());
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException("a certificate of our own cannot be encoded", e);
    }
  }

  private static AsymmetricCipherKeyPair newKeys(SecureRandom random) {
    var curve =
        new ECNamedDomainParameters(
            SECObjectIdentifiers.secp256r1,
            CustomNamedCurves.getByOID(SECObjectIdentifiers.secp256r1));
    ECKeyPairGenerator generator = new ECKeyPairGenerator();
    generator.init(new ECKeyGenerationParameters(curve, random));
    return generator.generateKeyPair();
  }

  /** A copy of the certificate, DER. */
  public byte[] encoded() {
    return encoded.clone();
  }

  /** The certificate's own key, for Bouncy Castle. */
  AsymmetricKeyParameter privateKey() {
    return privateKey;
  }

  /** The certificate's own key as PKCS #8. */
  public byte[] privateKeyPkcs8() {
    try {
      PrivateKeyInfo info = PrivateKeyInfoFactory.createPrivateKeyInfo(privateKey);
      return info.getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException("a key of our own cannot be encoded", e);
    }
  }
}
