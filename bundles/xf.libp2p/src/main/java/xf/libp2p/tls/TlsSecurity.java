package xf.libp2p.tls;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.PeerId;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.security.SecurityProtocol;

/**
 * TLS 1.3 for one identity, over TCP (libp2p tls specification). Safe for use by any thread.
 *
 * <p>Its certificate is made when it is and never stored: no two runs of a host share one.
 */
public final class TlsSecurity implements SecurityProtocol {
  /** The name under which it is negotiated. */
  public static final String ID = "/tls/1.0.0";

  private final HostCertificate certificate;
  private final SecureRandom random;
  private final LongSupplier wallClockMs;

  /** TLS for {@code identity}; the clock is for the dates of certificates. */
  public TlsSecurity(NetworkIdentity identity, SecureRandom random, LongSupplier wallClockMs) {
    this.certificate = HostCertificate.make(identity, random, wallClockMs.getAsLong());
    this.random = random;
    this.wallClockMs = wallClockMs;
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public Future<SecuredPeer> secure(
      Channel channel, boolean initiator, @Nullable PeerId expected, List<String> muxers) {
    TlsParty party =
        new TlsParty(new TlsCryptoWithJdkGcm(random), certificate, expected, muxers, wallClockMs);
    TlsHandler handler =
        initiator ? TlsHandler.client(party, channel) : TlsHandler.server(party, channel);
    return handler.start(channel);
  }
}
