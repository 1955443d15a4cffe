package xf.libp2p.tls;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Vector;
import java.util.function.LongSupplier;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateEntry;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.ProtocolName;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.SignatureScheme;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;
import xf.gossip.net.PeerId;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.wire.WireException;

/**
 * What client and server have in common in one handshake: our certificate, what we accept of the
 * peer's, and which application protocols (muxers) we name. One event loop.
 */
@SuppressWarnings("JdkObsolete") // Vector is the library's
final class TlsParty {
  /** The ALPN name that leaves the muxer to multistream-select. */
  static final String LIBP2P = "libp2p";

  static final int[] CIPHER_SUITES = {
    CipherSuite.TLS_AES_128_GCM_SHA256,
    CipherSuite.TLS_AES_256_GCM_SHA384,
    CipherSuite.TLS_CHACHA20_POLY1305_SHA256
  };

  private static final int[] SIGNATURE_SCHEMES = {
    SignatureScheme.ecdsa_secp256r1_sha256,
    SignatureScheme.ed25519,
    SignatureScheme.ecdsa_secp384r1_sha384,
    SignatureScheme.ecdsa_secp521r1_sha512,
    SignatureScheme.rsa_pss_rsae_sha256,
    SignatureScheme.rsa_pss_rsae_sha384,
    SignatureScheme.rsa_pss_rsae_sha512
  };

  private final BcTlsCrypto crypto;
  private final HostCertificate certificate;
  private final @Nullable PeerId expected;
  private final List<String> muxers;
  private final LongSupplier wallClockMs;
  private @Nullable PublicKey remoteKey;

  TlsParty(
      BcTlsCrypto crypto,
      HostCertificate certificate,
      @Nullable PeerId expected,
      List<String> muxers,
      LongSupplier wallClockMs) {
    this.crypto = crypto;
    this.certificate = certificate;
    this.expected = expected;
    this.muxers = muxers;
    this.wallClockMs = wallClockMs;
  }

  BcTlsCrypto crypto() {
    return crypto;
  }

  /** The peer's identity; there once its certificate was accepted. */
  @Nullable PublicKey remoteKey() {
    return remoteKey;
  }

  static ProtocolVersion[] versions() {
    return ProtocolVersion.TLSv13.only();
  }

  /** Muxers in our order, then {@code libp2p} (inlined muxer negotiation). */
  Vector<ProtocolName> protocolNames() {
    Vector<ProtocolName> names = new Vector<>();
    muxers.forEach(muxer -> names.add(ProtocolName.asUtf8Encoding(muxer)));
    names.add(ProtocolName.asUtf8Encoding(LIBP2P));
    return names;
  }

  static Vector<SignatureAndHashAlgorithm> signatureAlgorithms() {
    Vector<SignatureAndHashAlgorithm> algorithms = new Vector<>();
    for (int scheme : SIGNATURE_SCHEMES) {
      algorithms.add(SignatureScheme.getSignatureAndHashAlgorithm(scheme));
    }
    return algorithms;
  }

  /** Our certificate and the power to sign with its key. */
  TlsCredentials credentials(TlsContext context, byte[] certificateRequestContext)
      throws IOException {
    TlsCertificate own = crypto.createCertificate(certificate.encoded());
    Certificate chain =
        new Certificate(
            certificateRequestContext, new CertificateEntry[] {new CertificateEntry(own, null)});
    return new BcDefaultTlsCredentialedSigner(
        new TlsCryptoParameters(context),
        crypto,
        certificate.privateKey(),
        chain,
        SignatureScheme.getSignatureAndHashAlgorithm(SignatureScheme.ecdsa_secp256r1_sha256));
  }

  /** Checks the peer's certificate; a refusal becomes an alert with our reason as its cause. */
  void acceptCertificate(@Nullable Certificate chain) throws IOException {
    if (chain == null || chain.isEmpty()) {
      throw new TlsFatalAlert(
          AlertDescription.certificate_required,
          WireException.notVerified("tls: the peer presents no certificate"));
    }
    List<byte[]> encoded = new ArrayList<>();
    for (TlsCertificate entry : chain.getCertificateList()) {
      encoded.add(entry.getEncoded());
    }
    try {
      PublicKey key = PeerCertificate.verify(encoded, wallClockMs.getAsLong());
      requireExpected(key.peerId());
      remoteKey = key;
    } catch (NetworkException e) {
      throw new TlsFatalAlert(AlertDescription.bad_certificate, e);
    }
  }

  private void requireExpected(PeerId peer) {
    if (expected != null && !expected.equals(peer)) {
      throw new WireException(Kind.WRONG_PEER, "tls: dialled " + expected + ", got " + peer);
    }
  }
}
