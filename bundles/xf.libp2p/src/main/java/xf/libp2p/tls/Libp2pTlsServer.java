package xf.libp2p.tls;

import java.io.IOException;
import java.util.Vector;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.DefaultTlsServer;
import org.bouncycastle.tls.ProtocolName;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsUtils;
import org.jspecify.annotations.Nullable;

/** The listener's side of the handshake, which demands a certificate of the dialler. */
@SuppressWarnings({"rawtypes", "JdkObsolete"}) // the library's interface
final class Libp2pTlsServer extends DefaultTlsServer {
  private final TlsParty party;

  Libp2pTlsServer(TlsParty party) {
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
  protected Vector getProtocolNames() {
    return party.protocolNames();
  }

  /** The client's preference counts (inlined muxer negotiation). */
  @Override
  protected @Nullable ProtocolName selectProtocolName(Vector clientNames, Vector serverNames) {
    for (Object name : clientNames) {
      if (serverNames.contains(name)) {
        return (ProtocolName) name;
      }
    }
    return null;
  }

  @Override
  public TlsCredentials getCredentials() throws IOException {
    return party.credentials(context, TlsUtils.EMPTY_BYTES);
  }

  @Override
  public CertificateRequest getCertificateRequest() throws IOException {
    return new CertificateRequest(TlsUtils.EMPTY_BYTES, TlsParty.signatureAlgorithms(), null, null);
  }

  @Override
  public void notifyClientCertificate(@Nullable Certificate client) throws IOException {
    party.acceptCertificate(client);
  }

  /** What ALPN agreed on; null when it did not. */
  @Nullable ProtocolName selectedProtocol() {
    return context.getSecurityParametersConnection().getApplicationProtocol();
  }
}
