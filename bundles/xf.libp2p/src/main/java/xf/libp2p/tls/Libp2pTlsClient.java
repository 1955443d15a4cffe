package xf.libp2p.tls;

import java.io.IOException;
import java.util.Vector;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.DefaultTlsClient;
import org.bouncycastle.tls.ProtocolName;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsServerCertificate;
import org.jspecify.annotations.Nullable;

/** The dialler's side of the handshake. It names no server (SNI), as libp2p demands. */
@SuppressWarnings({"rawtypes", "JdkObsolete"}) // the library's interface
final class Libp2pTlsClient extends DefaultTlsClient {
  private final TlsParty party;

  Libp2pTlsClient(TlsParty party) {
    super(party.crypto());
    this.party = party;
  }

  @Override
  protected ProtocolVersion[] getSupportedVersions() {
    return TlsParty.versions();
  }

  @Override
  protected int[] getSupportedCipherSuites() {
    return TlsParty.CIPHER_SUITES.clone();
  }

  @Override
  protected Vector getSupportedSignatureAlgorithms() {
    return TlsParty.signatureAlgorithms();
  }

  @Override
  protected Vector getProtocolNames() {
    return party.protocolNames();
  }

  @Override
  public TlsAuthentication getAuthentication() {
    return new TlsAuthentication() {
      @Override
      public void notifyServerCertificate(TlsServerCertificate server) throws IOException {
        party.acceptCertificate(server.getCertificate());
      }

      @Override
      public TlsCredentials getClientCredentials(CertificateRequest request) throws IOException {
        return party.credentials(context, request.getCertificateRequestContext());
      }
    };
  }

  /** What ALPN agreed on; null when it did not. */
  @Nullable ProtocolName selectedProtocol() {
    return context.getSecurityParametersConnection().getApplicationProtocol();
  }
}
