package xf.libp2p.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;
import xf.gossip.net.NetworkLimits;
import xf.testkit.net.TestIdentity;

/** What strangers can do to a host that listens at a TCP port. */
class HostBoundsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final byte[] MULTISTREAM =
      "\u0013/multistream/1.0.0\n".getBytes(StandardCharsets.UTF_8);

  private final List<Libp2pHost> hosts = new ArrayList<>();
  private final List<Socket> sockets = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (Socket socket : sockets) {
      socket.close();
    }
    for (Libp2pHost host : hosts) {
      host.close().get(10, TimeUnit.SECONDS);
    }
  }

  private Libp2pHost host(long seed, NetworkLimits limits) {
    Libp2pHost host =
        HostFactory.start(
            new TestIdentity(seed),
            HostOptions.DEFAULT.withConfig(HostConfig.DEFAULT.withLimits(limits)));
    hosts.add(host);
    return host;
  }

  private static Multiaddr listen(Libp2pHost host) throws Exception {
    return host.listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")).get(10, TimeUnit.SECONDS);
  }

  private Socket connect(Multiaddr address) throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    int port = Integer.parseInt(address.value(MultiaddrProtocol.TCP).orElseThrow());
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static boolean until(BooleanSupplier condition) {
    long endNs = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < endNs) {
      LockSupport.parkNanos(1_000_000);
    }
    return condition.getAsBoolean();
  }

  private static NetworkLimits limits(int halfOpen, int handshakeTimeoutMs) {
    NetworkLimits d = NetworkLimits.DEFAULT;
    return new NetworkLimits(
        d.connections(),
        d.connectionsLow(),
        d.connectionsPerPeer(),
        halfOpen,
        halfOpen,
        d.dials(),
        d.streamsPerConnection(),
        d.streams(),
        d.windowBytes(),
        d.bytesPerPeer(),
        d.bytes(),
        d.bytesQueuedPerStream(),
        handshakeTimeoutMs,
        d.negotiationTimeoutMs());
  }

  @Test
  void shouldLetAGoodPeerInWhileStrangersHoldAllPlaces() throws Exception {
    Libp2pHost victim = host(1, limits(16, 60_000));
    Multiaddr address = listen(victim);
    int attempts = 10_000;
    for (int i = 0; i < attempts; i++) {
      connect(address).getOutputStream().write(MULTISTREAM, 0, 1 + i % MULTISTREAM.length);
      if (sockets.size() > 500) { // given up by the victim long ago; files are limited here, too
        sockets.remove(0).close();
      }
    }
    // Not all are refused: a stranger may have hung up before its turn came.
    assertTrue(until(() -> victim.usage().failed() >= attempts - 16), () -> "" + victim.usage());
    assertTrue(victim.usage().refused() > 0);
    assertTrue(victim.usage().halfOpen() <= 16);
    Connection good =
        host(2, NetworkLimits.DEFAULT)
            .dial(address.withPeer(victim.peerId()), TIMEOUT)
            .get(10, TimeUnit.SECONDS);
    assertTrue(good.isOpen());
    // The dialler is done a moment before the victim is.
    assertTrue(until(() -> victim.usage().connections() == 1), () -> "" + victim.usage());
  }

  @Test
  void shouldEndAHandshakeThatTakesTooLong() throws Exception {
    Libp2pHost victim = host(1, limits(16, 300));
    Socket slow = connect(listen(victim));
    slow.getOutputStream().write(MULTISTREAM, 0, 5);
    InputStream in = slow.getInputStream();
    while (in.read() >= 0) {
      // What the victim says is of no interest, only that it hangs up.
    }
    assertTrue(until(() -> victim.usage().halfOpen() == 0));
  }

  @Test
  void shouldTakeAHandshakeOneByteAtATime() throws Exception {
    Libp2pHost victim = host(1, NetworkLimits.DEFAULT);
    Socket socket = connect(listen(victim));
    OutputStream out = socket.getOutputStream();
    socket.setTcpNoDelay(true);
    for (byte b : MULTISTREAM) {
      out.write(b);
      out.flush();
    }
    byte[] answer = socket.getInputStream().readNBytes(MULTISTREAM.length);
    assertEquals(
        new String(MULTISTREAM, StandardCharsets.UTF_8),
        new String(answer, StandardCharsets.UTF_8));
  }

  @Test
  void shouldHangUpOnNoise() throws Exception {
    Libp2pHost victim = host(1, NetworkLimits.DEFAULT);
    Multiaddr address = listen(victim);
    for (int seed = 0; seed < 50; seed++) {
      byte[] noise = new byte[2000];
      new Random(seed).nextBytes(noise);
      Socket socket = connect(address);
      try {
        socket.getOutputStream().write(noise);
        socket
            .getOutputStream()
            .write("GET / HTTP/1.1\r\n\r\n".repeat(100).getBytes(StandardCharsets.UTF_8));
        socket.getInputStream().readAllBytes();
      } catch (IOException reset) {
        assertTrue(reset.getMessage() != null, "hung up while we wrote");
      }
    }
    assertTrue(until(() -> victim.usage().halfOpen() == 0));
    assertEquals(0, victim.usage().listenerFailures());
  }

  @Test
  void shouldSayWhyADialFailed() throws Exception {
    Libp2pHost dialler = host(1, NetworkLimits.DEFAULT);
    Libp2pHost other = host(2, NetworkLimits.DEFAULT);
    Multiaddr address = listen(other).withPeer(new TestIdentity(3).peerId());
    CompletableFuture<Connection> dial = dialler.dial(address, TIMEOUT);
    assertTrue(until(dial::isDone));
    CloseReason reason =
        dialler.peer(new TestIdentity(3).peerId()).orElseThrow().lastFailure().orElseThrow();
    assertEquals(CloseReason.Kind.WRONG_PEER, reason.kind());
    assertTrue(until(() -> other.usage().halfOpen() == 0 && other.usage().connections() == 0));
  }

  @Test
  void shouldNotConnectToItself() throws Exception {
    Libp2pHost host = host(1, NetworkLimits.DEFAULT);
    CompletableFuture<Connection> dial = host.dial(listen(host), TIMEOUT);
    assertTrue(until(dial::isDone));
    assertTrue(dial.isCompletedExceptionally());
    assertTrue(until(() -> host.usage().connections() == 0 && host.usage().halfOpen() == 0));
  }

  @Test
  void shouldReopenItsPortAtOnceAndLeaveNoThread() throws Exception {
    Multiaddr address = null;
    for (int i = 0; i < 3; i++) {
      Libp2pHost host = HostFactory.start(new TestIdentity(1), HostOptions.DEFAULT);
      Multiaddr wanted = address == null ? Multiaddr.parse("/ip4/127.0.0.1/tcp/0") : address;
      address = host.listen(wanted).get(10, TimeUnit.SECONDS);
      Libp2pHost peer = HostFactory.start(new TestIdentity(2), HostOptions.DEFAULT);
      peer.ping(peer.dial(address, TIMEOUT).get(10, TimeUnit.SECONDS).remotePeer(), TIMEOUT)
          .get(10, TimeUnit.SECONDS);
      host.close().get(10, TimeUnit.SECONDS);
      peer.close().get(10, TimeUnit.SECONDS);
    }
    assertTrue(until(() -> networkThreads().isEmpty()), () -> networkThreads().toString());
  }

  private static List<String> networkThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("xf-net") && !name.startsWith("xf-net-test"))
        .toList();
  }

  @Test
  void shouldTrimConnectionsThatNobodyProtects() throws Exception {
    NetworkLimits d = NetworkLimits.DEFAULT;
    NetworkLimits few =
        new NetworkLimits(
            8,
            4,
            2,
            64,
            64,
            16,
            64,
            512,
            d.windowBytes(),
            d.bytesPerPeer(),
            d.bytes(),
            d.bytesQueuedPerStream(),
            10_000,
            10_000);
    Libp2pHost hub = host(1, few);
    Multiaddr address = listen(hub).withPeer(hub.peerId());
    hub.protect(new TestIdentity(100).peerId(), "a test");
    for (int i = 0; i < 7; i++) {
      host(100 + i, NetworkLimits.DEFAULT).dial(address, TIMEOUT).get(10, TimeUnit.SECONDS);
    }
    assertTrue(until(() -> hub.usage().connections() <= 6 && hub.usage().trimmed() > 0));
    assertTrue(
        hub.connections().stream()
            .anyMatch(c -> c.remotePeer().equals(new TestIdentity(100).peerId())));
  }
}
