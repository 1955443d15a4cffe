package xf.libp2p.host;

import io.netty.channel.EventLoopGroup;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.Timers;
import xf.libp2p.mux.YamuxMuxer;
import xf.libp2p.negotiate.MultistreamSelect;
import xf.libp2p.security.AeadSource;
import xf.libp2p.security.NoiseSecurity;
import xf.libp2p.transport.TcpTransport;
import xf.libp2p.transport.Transport;
import xf.libp2p.transport.UpgradeConfig;

class TcpNoiseYamuxTest extends HostContract {
  @Override
  Transport transport(
      EventLoopGroup loops, NetworkIdentity identity, NetworkLimits limits, Timers timers) {
    UpgradeConfig config =
        new UpgradeConfig(
            new MultistreamSelect(),
            List.of(new NoiseSecurity(identity, new SecureRandom(), AeadSource.best())),
            List.of(new YamuxMuxer(timers::nowNs)),
            timers,
            Duration.ofMillis(limits.handshakeTimeoutMs()));
    return new TcpTransport(loops, config);
  }
}
