package xf.bench.net;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.ProtocolId;
import xf.libp2p.host.HostConfig;
import xf.libp2p.host.HostFactory;
import xf.libp2p.host.HostOptions;
import xf.libp2p.host.Libp2pHost;
import xf.libp2p.protocol.Echo;
import xf.testkit.net.TestIdentity;

/** Two of our hosts on loopback, one event loop each, as an application would use them. */
final class Pair implements AutoCloseable {
  private static final ProtocolId SINK = new ProtocolId("/xf/bench/sink/1");
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int DIALS_AT_A_TIME = 8;

  private final Libp2pHost listener;
  private final Libp2pHost dialer;
  private final Multiaddr address;

  private Pair(String address, boolean noise) throws Exception {
    this.listener = host(1, noise);
    this.dialer = host(2, noise);
    listener.handle(SINK, stream -> new Talk.Sink());
    this.address = listener.listen(Multiaddr.parse(address)).get(10, TimeUnit.SECONDS);
  }

  static Pair noise() throws Exception {
    return new Pair("/ip4/127.0.0.1/tcp/0", true);
  }

  static Pair tls() throws Exception {
    return new Pair("/ip4/127.0.0.1/tcp/0", false);
  }

  static Pair quic() throws Exception {
    return new Pair("/ip4/127.0.0.1/udp/0/quic-v1", true);
  }

  private static Libp2pHost host(long seed, boolean noise) {
    NetworkLimits limits = NetworkLimits.DEFAULT;
    HostConfig config = HostConfig.DEFAULT.withLimits(limits);
    return HostFactory.start(
        new TestIdentity(seed), new HostOptions(config, 1, true, true, noise, !noise, false));
  }

  private Connection connect() throws Exception {
    return dialer.dial(address.withPeer(listener.peerId()), TIMEOUT).get(10, TimeUnit.SECONDS);
  }

  double oneWay(long lengthBytes) throws Exception {
    return Talk.run(connect(), SINK, lengthBytes, 0);
  }

  double echo(long lengthBytes) throws Exception {
    return Talk.run(connect(), Echo.PROTOCOL, lengthBytes, lengthBytes);
  }

  /** Connections a second, each dialled, proved, muxed, identified and closed. */
  double connections(int count) throws Exception {
    long startNs = System.nanoTime();
    List<CompletableFuture<Void>> lanes = new ArrayList<>();
    for (int lane = 0; lane < DIALS_AT_A_TIME; lane++) {
      lanes.add(dialOn(count / DIALS_AT_A_TIME));
    }
    for (CompletableFuture<Void> lane : lanes) {
      lane.get(60, TimeUnit.SECONDS);
    }
    return count / DIALS_AT_A_TIME * DIALS_AT_A_TIME * 1e9 / (System.nanoTime() - startNs);
  }

  /** An address without its peer is dialled anew each time, even where there is a connection. */
  private CompletableFuture<Void> dialOn(int left) {
    if (left == 0) {
      return CompletableFuture.completedFuture(null);
    }
    CloseReason done = CloseReason.local(CloseReason.Kind.REQUESTED, "measured");
    return dialer
        .dial(address, TIMEOUT)
        .thenCompose(connection -> connection.close(done))
        .thenCompose(closed -> dialOn(left - 1));
  }

  @Override
  public void close() {
    dialer.close().orTimeout(10, TimeUnit.SECONDS).join();
    listener.close().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
