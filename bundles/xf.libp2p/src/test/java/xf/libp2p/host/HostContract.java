package xf.libp2p.host;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.Timers;
import xf.libp2p.negotiate.MultistreamSelect;
import xf.libp2p.transport.Transport;
import xf.testkit.net.NetworkContract;

/** The contract on real sockets and real time. */
abstract class HostContract extends NetworkContract {

  abstract Transport transport(
      EventLoopGroup loops, NetworkIdentity identity, NetworkLimits limits, Timers timers);

  @Override
  protected Network create(NetworkIdentity identity, NetworkLimits limits) {
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            2, new DefaultThreadFactory("xf-net-test", true), NioIoHandler.newFactory());
    Timers timers = new EventLoopTimers(loops.next());
    HostParts parts =
        new HostParts(
            loops,
            timers,
            new SecureRandom(),
            new MultistreamSelect(),
            List.of(transport(loops, identity, limits, timers)));
    return new Libp2pHost(identity, HostConfig.DEFAULT.withLimits(limits), parts).start();
  }

  @Override
  protected Multiaddr anyAddress() {
    return Multiaddr.parse("/ip4/127.0.0.1/tcp/0");
  }

  @Override
  protected boolean until(BooleanSupplier condition) {
    long endNs = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < endNs) {
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
    return condition.getAsBoolean();
  }
}
