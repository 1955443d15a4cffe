package xf.libp2p.quic;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.NetworkException;
import xf.libp2p.tls.PeerCertificate;

/**
 * Accepts certificates that prove a libp2p identity, whoever it is; who it must be is checked after
 * the handshake. Remembers why it refused, because TLS only says that it did.
 */
final class QuicTrust extends X509ExtendedTrustManager {
  private final LongSupplier wallClockMs;
  private final Map<SSLEngine, NetworkException> refusals =
      Collections.synchronizedMap(new WeakHashMap<>());

  QuicTrust(LongSupplier wallClockMs) {
    this.wallClockMs = wallClockMs;
  }

  /** Why the certificate of this handshake was refused; null if it was not. */
  @Nullable NetworkException refusal(@Nullable SSLEngine engine) {
    return engine == null ? null : refusals.get(engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain, engine);
  }

  private void check(X509Certificate[] chain, SSLEngine engine) throws CertificateException {
    List<byte[]> encoded = new ArrayList<>();
    for (X509Certificate certificate : chain) {
      encoded.add(certificate.getEncoded());
    }
    try {
      PeerCertificate.verify(encoded, wallClockMs.getAsLong());
    } catch (NetworkException e) {
      refusals.put(engine, e);
      throw new CertificateException(e.getMessage(), e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("QUIC has no TCP socket");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("QUIC has no TCP socket");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("QUIC always has an SSLEngine");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("QUIC always has an SSLEngine");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
