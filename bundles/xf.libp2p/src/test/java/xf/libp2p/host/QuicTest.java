package xf.libp2p.host;

import io.netty.channel.EventLoopGroup;
import java.security.SecureRandom;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.Timers;
import xf.libp2p.quic.QuicTransport;
import xf.libp2p.transport.Transport;

class QuicTest extends HostContract {
  @Override
  Transport transport(
      EventLoopGroup loops, NetworkIdentity identity, NetworkLimits limits, Timers timers) {
    return QuicTransport.open(identity, limits, loops, new SecureRandom(), timers::wallClockMs)
        .orElseThrow();
  }

  @Override
  protected Multiaddr anyAddress() {
    return Multiaddr.parse("/ip4/127.0.0.1/udp/0/quic-v1");
  }
}
