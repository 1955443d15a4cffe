package xf.libp2p.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.Connection;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.Timers;
import xf.libp2p.mux.YamuxMuxer;
import xf.libp2p.negotiate.MultistreamSelect;
import xf.libp2p.quic.QuicTransport;
import xf.libp2p.tls.TlsSecurity;
import xf.libp2p.transport.TcpTransport;
import xf.libp2p.transport.Transport;
import xf.libp2p.transport.UpgradeConfig;
import xf.testkit.net.TestIdentity;

/**
 * Whatever a stranger or a peer does, it costs it its stream or its connection, with a reason that
 * the operator can see; a good peer that is connected all the while notices nothing.
 */
class BadInputTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final TestIdentity BAD = new TestIdentity(66);
  private static final long CENTURY_MS = 100L * 365 * 24 * 3600 * 1000;
  private static final int DATA = 0;
  private static final int WINDOW_UPDATE = 1;
  private static final int SYN = 1;

  private final List<Libp2pHost> hosts = new ArrayList<>();
  private final List<AutoCloseable> others = new ArrayList<>();
  private Libp2pHost victim;
  private Multiaddr address;
  private Connection good;

  @BeforeEach
  void connectAGoodPeer() throws Exception {
    victim = host(1, limits());
    address = victim.listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")).get(10, TimeUnit.SECONDS);
    good = await(host(2, NetworkLimits.DEFAULT).dial(address.withPeer(victim.peerId()), TIMEOUT));
  }

  @AfterEach
  void nothingElseShouldHaveNoticed() throws Exception {
    assertTrue(good.isOpen());
    assertFalse(await(hosts.get(1).ping(victim.peerId(), TIMEOUT)).isNegative());
    assertEquals(0, victim.usage().listenerFailures());
    for (AutoCloseable other : others) {
      other.close();
    }
    for (Libp2pHost host : hosts) {
      await(host.close());
    }
  }

  private static NetworkLimits limits() {
    NetworkLimits d = NetworkLimits.DEFAULT;
    return new NetworkLimits(
        d.connections(),
        d.connectionsLow(),
        d.connectionsPerPeer(),
        8,
        8,
        d.dials(),
        d.streamsPerConnection(),
        d.streams(),
        d.windowBytes(),
        d.bytesPerPeer(),
        d.bytes(),
        d.bytesQueuedPerStream(),
        1_000,
        1_000);
  }

  private Libp2pHost host(long seed, NetworkLimits limits) {
    Libp2pHost host =
        HostFactory.start(
            new TestIdentity(seed),
            HostOptions.DEFAULT.withConfig(HostConfig.DEFAULT.withLimits(limits)));
    hosts.add(host);
    return host;
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  private static boolean until(BooleanSupplier condition) {
    long endNs = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < endNs) {
      LockSupport.parkNanos(1_000_000);
    }
    return condition.getAsBoolean();
  }

  // ---- strangers, who never prove who they are

  /** What strangers say, and what it is. */
  @SuppressWarnings("ImmutableEnumChecker") // nobody writes to the tables of a test
  enum StrangerCase {
    HTTP(
        "GET / HTTP/1.1\r\nHost: example.org\r\nAccept: text/html, text/plain\r\nDNT: 1\r\n\r\n",
        Kind.PROTOCOL_VIOLATION),
    LINE_TOO_LONG(multistream() + "\u00ff\u00ff\u0003", Kind.TOO_LARGE),
    NOISE_TOO_LONG(noise() + "\u00ff\u00ff", Kind.TOO_LARGE),
    NOISE_TOO_SHORT(noise() + "\u0000\u0003abc", Kind.PROTOCOL_VIOLATION),
    NOISE_SMALL_ORDER(noise() + "\u0000 " + "\u0000".repeat(32), Kind.NOT_VERIFIED),
    TLS_GARBAGE(multistream() + line("/tls/1.0.0") + "x".repeat(99), Kind.PROTOCOL_VIOLATION),
    PLAINTEXT_ONLY(multistream() + line("/plaintext/2.0.0"), Kind.TIMEOUT),
    SLOW_LORIS(multistream().substring(0, 5), Kind.TIMEOUT);

    private final byte[] bytes;
    private final Kind kind;

    StrangerCase(String latin1, Kind kind) {
      this.bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
      this.kind = kind;
    }

    private static String line(String text) {
      return (char) (text.length() + 1) + text + "\n";
    }

    private static String multistream() {
      return line("/multistream/1.0.0");
    }

    private static String noise() {
      return multistream() + line("/noise");
    }
  }

  private Socket connect() throws IOException {
    int port = Integer.parseInt(address.value(MultiaddrProtocol.TCP).orElseThrow());
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    others.add(socket);
    return socket;
  }

  @ParameterizedTest
  @EnumSource
  void shouldSayWhatAStrangerDidWrong(StrangerCase stranger) throws Exception {
    Socket socket = connect();
    OutputStream out = socket.getOutputStream();
    out.write(stranger.bytes);
    out.flush();
    assertTrue(until(() -> !victim.strangers().isEmpty()), () -> "" + victim.usage());
    CloseReason reason = victim.strangers().get(0).reason();
    assertEquals(stranger.kind, reason.kind(), reason::toString);
    assertTrue(victim.usage().failed() > 0);
    assertEquals(socket.getLocalPort(), victim.strangers().get(0).remote().getPort());
  }

  @Test
  void shouldSayThatAStrangerMadeRoomForOthers() throws Exception {
    for (int i = 0; i < limits().halfOpen() + 1; i++) {
      connect().getOutputStream().write(19);
    }
    assertTrue(until(() -> !victim.strangers().isEmpty()));
    assertEquals(Kind.LIMIT, victim.strangers().get(0).reason().kind());
  }

  @Test
  void shouldSayThatAStrangerWentAway() throws Exception {
    connect().close();
    assertTrue(until(() -> !victim.strangers().isEmpty()));
    CloseReason reason = victim.strangers().get(0).reason();
    assertEquals(Kind.TRANSPORT, reason.kind());
  }

  // ---- peers, who have proved who they are

  /** What a peer says over a yamux that works, and what it is. */
  @SuppressWarnings("ImmutableEnumChecker") // see above
  enum PeerCase {
    UNKNOWN_TYPE(() -> Rogue.frame(9, 0, 0, 0), Kind.PROTOCOL_VIOLATION),
    UNKNOWN_FLAGS(() -> Rogue.frame(DATA, 0x10, 1, 0), Kind.PROTOCOL_VIOLATION),
    NOBODYS_STREAM(() -> Rogue.frame(DATA, 0, 77, 1, (byte) 1), Kind.PROTOCOL_VIOLATION),
    NOT_ITS_OWN_STREAM(() -> Rogue.frame(WINDOW_UPDATE, SYN, 2, 0), Kind.PROTOCOL_VIOLATION),
    OVERSIZED_FRAME(() -> Rogue.frame(DATA, SYN, 1, 1L << 31), Kind.TOO_LARGE),
    WINDOW_OVERRUN(() -> Rogue.frame(DATA, SYN, 1, (256 << 10) + 1), Kind.TOO_LARGE),
    CREDIT_OVERFLOW(
        () ->
            Unpooled.wrappedBuffer(
                Rogue.frame(WINDOW_UPDATE, SYN, 1, 0xffff_ffffL),
                Rogue.frame(WINDOW_UPDATE, 0, 1, 0xffff_ffffL)),
        Kind.TOO_LARGE);

    private final Supplier<ByteBuf> words;
    private final Kind kind;

    PeerCase(Supplier<ByteBuf> words, Kind kind) {
      this.words = words;
      this.kind = kind;
    }
  }

  private Rogue rogue() throws Exception {
    Rogue rogue = new Rogue(BAD, address);
    others.add(rogue);
    return rogue;
  }

  private CloseReason failureOfTheRogue() {
    assertTrue(until(() -> failure().isPresent()), "no failure is on its page");
    return failure().orElseThrow();
  }

  private Optional<CloseReason> failure() {
    return victim.peer(BAD.peerId()).flatMap(info -> info.lastFailure());
  }

  private boolean isGone() {
    return victim.connections().stream().noneMatch(c -> c.remotePeer().equals(BAD.peerId()));
  }

  @ParameterizedTest
  @EnumSource
  void shouldSayWhatAPeerDidWrong(PeerCase bad) throws Exception {
    rogue().say(bad.words.get());
    assertEquals(bad.kind, failureOfTheRogue().kind(), () -> failure().toString());
    assertTrue(until(this::isGone));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldNoticeCiphertextThatNobodySealed(boolean hasRoomForATag) throws Exception {
    byte[] message = new byte[2 + (hasRoomForATag ? 40 : 3)];
    message[1] = (byte) (message.length - 2);
    rogue().sayBelow(Unpooled.wrappedBuffer(message));
    assertEquals(
        hasRoomForATag ? Kind.NOT_VERIFIED : Kind.PROTOCOL_VIOLATION, failureOfTheRogue().kind());
    assertTrue(until(this::isGone));
  }

  /** The stream is lost, the connection is not. */
  @Test
  void shouldResetAStreamWhosePeerNegotiatesBadly() throws Exception {
    rogue().say(Rogue.frame(DATA, SYN, 1, 3, (byte) -1, (byte) -1, (byte) 3));
    assertEquals(Kind.TOO_LARGE, failureOfTheRogue().kind());
    assertFalse(isGone());
  }

  @Test
  void shouldResetAStreamWhosePeerNegotiatesForEver() throws Exception {
    rogue().say(Rogue.frame(DATA, SYN, 1, 1, (byte) 19));
    assertEquals(Kind.TIMEOUT, failureOfTheRogue().kind());
    assertFalse(isGone());
  }

  // ---- dials of ours

  /** A host whose certificates are of another century. */
  private Libp2pHost lateHost(boolean quic) {
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("xf-net-test", true), NioIoHandler.newFactory());
    Timers timers = new EventLoopTimers(loops.next());
    HostParts parts =
        new HostParts(
            loops,
            timers,
            new SecureRandom(),
            new MultistreamSelect(),
            List.of(quic ? lateQuic(loops) : lateTcp(loops, timers)));
    Libp2pHost host = new Libp2pHost(BAD, HostConfig.DEFAULT, parts).start();
    hosts.add(host);
    return host;
  }

  private static long lateClock() {
    return System.currentTimeMillis() - 2 * CENTURY_MS;
  }

  private static Transport lateTcp(EventLoopGroup loops, Timers timers) {
    NetworkIdentity identity = BAD;
    return new TcpTransport(
        loops,
        new UpgradeConfig(
            new MultistreamSelect(),
            List.of(new TlsSecurity(identity, new SecureRandom(), BadInputTest::lateClock)),
            List.of(new YamuxMuxer(timers::nowNs)),
            timers,
            Duration.ofSeconds(5)));
  }

  private static Transport lateQuic(EventLoopGroup loops) {
    return QuicTransport.open(
            BAD, NetworkLimits.DEFAULT, loops, new SecureRandom(), BadInputTest::lateClock)
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldSayThatACertificateIsExpired(boolean quic) throws Exception {
    String place = quic ? "/ip4/127.0.0.1/udp/0/quic-v1" : "/ip4/127.0.0.1/tcp/0";
    Multiaddr late = await(lateHost(quic).listen(Multiaddr.parse(place)));
    CompletableFuture<Connection> dial = victim.dial(late.withPeer(BAD.peerId()), TIMEOUT);
    assertTrue(until(dial::isDone));
    assertEquals(Kind.NOT_VERIFIED, failureOfTheRogue().kind(), () -> failure().toString());
    assertTrue(failureOfTheRogue().detail().contains("valid from"), () -> failure().toString());
  }

  @Test
  void shouldSayThatNoSecurityIsInCommon() throws Exception {
    HostOptions tlsOnly = new HostOptions(HostConfig.DEFAULT, 1, true, false, false, true, false);
    HostOptions noiseOnly = new HostOptions(HostConfig.DEFAULT, 1, true, false, true, false, false);
    Libp2pHost one = HostFactory.start(new TestIdentity(7), tlsOnly);
    Libp2pHost other = HostFactory.start(BAD, noiseOnly);
    hosts.addAll(List.of(one, other));
    Multiaddr place = await(other.listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")));
    CompletableFuture<Connection> dial = one.dial(place.withPeer(BAD.peerId()), TIMEOUT);
    assertTrue(until(dial::isDone));
    assertEquals(
        Map.of(BAD.peerId(), Kind.NOT_SUPPORTED),
        Map.of(
            BAD.peerId(), one.peer(BAD.peerId()).orElseThrow().lastFailure().orElseThrow().kind()));
  }
}
