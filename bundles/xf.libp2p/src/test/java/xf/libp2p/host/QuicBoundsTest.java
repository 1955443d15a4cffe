package xf.libp2p.host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;
import xf.gossip.net.NetworkLimits;
import xf.libp2p.quic.QuicTransport;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.transport.ConnectionAttempt;
import xf.libp2p.transport.StreamInitializers;
import xf.libp2p.transport.UpgradedConnection;
import xf.testkit.net.TestIdentity;

/** What strangers can do to a host that listens at a UDP port. */
class QuicBoundsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int HALF_OPEN = 16;
  private static final int BATCH = 64;

  private final List<Libp2pHost> hosts = new ArrayList<>();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("xf-net-test", true), NioIoHandler.newFactory());

  @AfterEach
  void closeAll() throws Exception {
    for (Libp2pHost host : hosts) {
      host.close().get(10, TimeUnit.SECONDS);
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private Libp2pHost host(long seed, int handshakeTimeoutMs) {
    return host(seed, handshakeTimeoutMs, NetworkLimits.DEFAULT.bytes());
  }

  private Libp2pHost host(long seed, int handshakeTimeoutMs, long bytes) {
    NetworkLimits d = NetworkLimits.DEFAULT;
    NetworkLimits limits =
        new NetworkLimits(
            d.connections(),
            d.connectionsLow(),
            d.connectionsPerPeer(),
            HALF_OPEN,
            HALF_OPEN,
            d.dials(),
            d.streamsPerConnection(),
            d.streams(),
            d.windowBytes(),
            d.bytesPerPeer(),
            bytes,
            d.bytesQueuedPerStream(),
            handshakeTimeoutMs,
            d.negotiationTimeoutMs());
    Libp2pHost host =
        HostFactory.start(
            new TestIdentity(seed),
            HostOptions.DEFAULT.withConfig(HostConfig.DEFAULT.withLimits(limits)));
    hosts.add(host);
    return host;
  }

  private static boolean until(BooleanSupplier condition) {
    long endNs = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < endNs) {
      LockSupport.parkNanos(1_000_000);
    }
    return condition.getAsBoolean();
  }

  private static Multiaddr listen(Libp2pHost host) throws Exception {
    return host.listen(Multiaddr.parse("/ip4/127.0.0.1/udp/0/quic-v1")).get(10, TimeUnit.SECONDS);
  }

  @Test
  void shouldLetAGoodPeerInWhileStrangersSendNothingButFirstPackets() throws Exception {
    Libp2pHost victim = host(1, 60_000);
    Multiaddr address = listen(victim);
    int attempts = Boolean.getBoolean("xf.soak") ? 10_000 : 1_024;
    try (FirstPackets strangers = new FirstPackets(address)) {
      strangers.send(attempts);
      assertTrue(victim.usage().halfOpen() <= HALF_OPEN, () -> "" + victim.usage());
      assertTrue(victim.usage().halfOpen() > 0, () -> "" + victim.usage());
      Connection good =
          host(2, 10_000)
              .dial(address.withPeer(victim.peerId()), TIMEOUT)
              .get(10, TimeUnit.SECONDS);
      assertTrue(good.isOpen());
    }
    assertTrue(until(() -> victim.usage().connections() == 1), () -> "" + victim.usage());
  }

  @Test
  void shouldEndAHandshakeThatTakesTooLong() throws Exception {
    Libp2pHost victim = host(1, 300);
    try (FirstPackets strangers = new FirstPackets(listen(victim))) {
      strangers.send(4);
      assertTrue(until(() -> victim.usage().failed() >= 4), () -> "" + victim.usage());
    }
    assertTrue(until(() -> victim.usage().halfOpen() == 0), () -> "" + victim.usage());
    assertTrue(
        victim.strangers().stream().allMatch(s -> s.reason().kind() == CloseReason.Kind.TIMEOUT),
        () -> victim.strangers().toString());
  }

  /** What a connection may send before anything is read is taken from the budget at once. */
  @Test
  void shouldRefuseAConnectionWhoseWindowHasNoRoom() throws Exception {
    Libp2pHost victim = host(1, 10_000, 600 << 10);
    Multiaddr address = listen(victim).withPeer(victim.peerId());
    for (int seed = 2; seed <= 3; seed++) {
      host(seed, 10_000).dial(address, TIMEOUT).get(10, TimeUnit.SECONDS);
    }
    assertTrue(until(() -> victim.usage().connections() == 2), () -> "" + victim.usage());
    Libp2pHost third = host(4, 10_000);
    third.dial(address, TIMEOUT).exceptionally(refused -> null).get(15, TimeUnit.SECONDS);
    assertTrue(until(() -> failure(victim, 4) == CloseReason.Kind.LIMIT));
    assertTrue(until(() -> third.connections().isEmpty()));
    hosts.get(1).close().get(10, TimeUnit.SECONDS);
    assertTrue(until(() -> victim.usage().connections() == 1), () -> "" + victim.usage());
    third.dial(address, TIMEOUT).get(10, TimeUnit.SECONDS);
    assertTrue(until(() -> victim.usage().connections() == 2), () -> "" + victim.usage());
  }

  private static CloseReason.@Nullable Kind failure(Libp2pHost host, long seed) {
    return host.peer(new TestIdentity(seed).peerId())
        .flatMap(info -> info.lastFailure())
        .map(CloseReason::kind)
        .orElse(null);
  }

  /**
   * Real first packets of real handshakes, sent on from another socket that never answers: what a
   * liar about its address looks like.
   */
  private final class FirstPackets implements AutoCloseable {
    private final DatagramSocket in = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final DatagramSocket out = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final InetSocketAddress victim;
    private final AtomicInteger wanted = new AtomicInteger();
    private final AtomicInteger sent = new AtomicInteger();
    private final QuicTransport dialer =
        QuicTransport.open(
                new TestIdentity(9),
                NetworkLimits.DEFAULT,
                loops,
                new SecureRandom(),
                System::currentTimeMillis)
            .orElseThrow();

    FirstPackets(Multiaddr victim) throws SocketException {
      int port = Integer.parseInt(victim.value(MultiaddrProtocol.UDP).orElseThrow());
      this.victim = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      Thread thread = new Thread(this::sendOn, "xf-net-test-strangers");
      thread.setDaemon(true);
      thread.start();
    }

    private void sendOn() {
      byte[] buffer = new byte[2000];
      try {
        while (!in.isClosed()) {
          DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
          in.receive(packet);
          if (sent.get() < wanted.get()) {
            out.send(new DatagramPacket(buffer, packet.getLength(), victim));
            sent.incrementAndGet();
          }
        }
      } catch (IOException closed) {
        wanted.set(0); // the test is over
      }
    }

    void send(int count) {
      Multiaddr here = Multiaddr.quic((InetSocketAddress) in.getLocalSocketAddress());
      for (int done = 0; done < count; done += BATCH) {
        List<Future<UpgradedConnection>> dials = new ArrayList<>();
        int batch = Math.min(BATCH, count - done);
        wanted.addAndGet(batch);
        for (int i = 0; i < batch; i++) {
          dials.add(dialer.dial(here, null, new Nobody()));
        }
        assertTrue(until(() -> sent.get() == wanted.get()), () -> sent + " of " + wanted);
        dials.forEach(dial -> dial.cancel(false));
      }
    }

    @Override
    public void close() {
      in.close();
      out.close();
      dialer.close().awaitUninterruptibly();
    }
  }

  private static final class Nobody implements ConnectionAttempt {
    @Override
    public StreamInitializers secured(SecuredPeer peer) {
      throw new IllegalStateException("nobody answers");
    }

    @Override
    public void opened(UpgradedConnection connection) {
      throw new IllegalStateException("nobody answers");
    }

    @Override
    public void failed(CloseReason reason) {
      // As it must.
    }
  }
}
