package xf.libp2p.quic;

import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ClientAuth;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import xf.libp2p.tls.HostCertificate;

/** TLS for QUIC, as a dialler and as a listener, with one certificate. */
record QuicContexts(QuicSslContext client, QuicSslContext server) {
  private static final String ALPN = "libp2p";

  static QuicContexts of(HostCertificate own, QuicTrust trust) {
    try {
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(own.encoded()));
      PrivateKey key =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(own.privateKeyPkcs8()));
      OwnKey ownKey = new OwnKey(key, certificate);
      QuicSslContext client =
          QuicSslContextBuilder.forClient()
              .keyManager(ownKey, null)
              .trustManager(trust)
              .endpointIdentificationAlgorithm(null)
              .applicationProtocols(ALPN)
              .build();
      QuicSslContext server =
          QuicSslContextBuilder.forServer(ownKey, null)
              .trustManager(trust)
              .clientAuth(ClientAuth.REQUIRE)
              .applicationProtocols(ALPN)
              .build();
      return new QuicContexts(client, server);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate of our own cannot be used for QUIC", e);
    }
  }
}
