package xf.libp2p.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkException;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerId;
import xf.libp2p.transport.ConnectionAttempt;
import xf.libp2p.transport.ConnectionGate;
import xf.libp2p.transport.Transport;
import xf.libp2p.transport.UpgradedConnection;
import xf.testkit.net.TestIdentity;
import xf.testkit.net.VirtualTimers;

/** Which address is tried when, in virtual time, over a transport that does as it is told. */
class DialRaceTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final PeerId PEER = new TestIdentity(1).peerId();
  private static final Multiaddr TCP4 = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");
  private static final Multiaddr TCP6 = Multiaddr.parse("/ip6/2001:db8::1/tcp/1");
  private static final Multiaddr QUIC4 = Multiaddr.parse("/ip4/192.0.2.1/udp/1/quic-v1");
  private static final Multiaddr QUIC6 = Multiaddr.parse("/ip6/2001:db8::1/udp/1/quic-v1");

  private final VirtualTimers timers = new VirtualTimers();
  private final Told transport = new Told();
  private final DnsTable dns = new DnsTable();
  private final AddressBook book = new AddressBook(timers, 100, 32);
  private final PeerBook peers = new PeerBook(100);
  private final Counters counters = new Counters();
  private final Dialer dialer =
      new Dialer(
          timers,
          NetworkLimits.MOBILE,
          counters,
          List.of(transport),
          new Dialer.Places(
              book, new NameResolver(dns), new Backoff(timers, new SplittableRandom(1))),
          peers,
          new ConnectionTable(NetworkLimits.MOBILE, counters),
          DialRaceTest::attempt);

  @SuppressWarnings("NullAway") // no dial in here comes so far that its attempt is used
  private static HostAttempt attempt() {
    return new HostAttempt(null, true);
  }

  private static CloseReason reason(CompletableFuture<Connection> dial) {
    Throwable failure = assertThrows(RuntimeException.class, dial::join);
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return assertInstanceOf(NetworkException.class, cause).reason();
  }

  @Test
  void shouldTryQuicFirstAndTheFamiliesByTurns() {
    assertEquals(
        List.of(QUIC6, QUIC4, TCP6, TCP4), DialOrder.sort(List.of(TCP4, TCP6, QUIC4, QUIC6)));
  }

  @Test
  void shouldWaitAQuarterSecondBeforeTheNextAddress() {
    book.add(PEER, List.of(TCP4, TCP6, QUIC4), MINUTE);
    CompletableFuture<Connection> dial = dialer.dial(PEER, MINUTE);
    assertEquals(List.of(QUIC4), transport.dialled());
    timers.advance(Duration.ofMillis(249));
    assertEquals(1, transport.dialled().size());
    timers.advance(Duration.ofMillis(1));
    assertEquals(List.of(QUIC4, TCP6), transport.dialled());
    timers.advance(Duration.ofMillis(250));
    assertEquals(List.of(QUIC4, TCP6, TCP4), transport.dialled());
    assertFalse(dial.isDone());
  }

  @Test
  void shouldTryTheNextAddressAtOnceWhenOneFails() {
    book.add(PEER, List.of(TCP4, TCP6), MINUTE);
    CompletableFuture<Connection> dial = dialer.dial(PEER, MINUTE);
    transport.fail(TCP6, CloseReason.Kind.WRONG_PEER);
    assertEquals(List.of(TCP6, TCP4), transport.dialled());
    transport.fail(TCP4, CloseReason.Kind.TRANSPORT);
    assertEquals(CloseReason.Kind.WRONG_PEER, reason(dial).kind());
    assertEquals(0, counters.dials.get());
  }

  @Test
  void shouldGiveUpAllAddressesWithTheLastWaiter() {
    book.add(PEER, List.of(TCP4, TCP6), MINUTE);
    CompletableFuture<Connection> one = dialer.dial(PEER, MINUTE);
    CompletableFuture<Connection> other = dialer.dial(PEER, Duration.ofSeconds(5));
    assertEquals(1, transport.dialled().size());
    one.cancel(false);
    assertFalse(transport.promises.values().stream().anyMatch(Future::isCancelled));
    timers.advance(Duration.ofSeconds(5));
    assertEquals(CloseReason.Kind.TIMEOUT, reason(other).kind());
    assertTrue(transport.promises.values().stream().allMatch(Future::isCancelled));
    assertEquals(0, counters.dials.get());
  }

  @Test
  void shouldLeaveAnAddressAloneForAWhileAfterItFailed() {
    book.add(PEER, List.of(TCP4), Duration.ofDays(1));
    for (int failures = 1; failures <= 12; failures++) {
      CompletableFuture<Connection> dial = dialer.dial(PEER, MINUTE);
      transport.fail(TCP4, CloseReason.Kind.TRANSPORT);
      assertTrue(dial.isCompletedExceptionally());
      int tried = transport.count;
      assertTrue(reason(dialer.dial(PEER, MINUTE)).detail().contains("next try"));
      assertEquals(tried, transport.count);
      long seconds = Math.min(300, 1L << (failures - 1));
      timers.advance(Duration.ofMillis(seconds * 1500));
    }
  }

  @Test
  void shouldDialAnAddressThatTheUserNamesWhateverHappenedBefore() {
    CompletableFuture<Connection> first = dialer.dial(TCP4.withPeer(PEER), MINUTE);
    transport.fail(TCP4, CloseReason.Kind.TRANSPORT);
    assertTrue(first.isCompletedExceptionally());
    CompletableFuture<Connection> second = dialer.dial(TCP4.withPeer(PEER), MINUTE);
    assertEquals(2, transport.count);
    assertFalse(second.isDone());
  }

  @Test
  void shouldDialWhatANameStandsFor() {
    dns.putTexts(
        "example.org", "dnsaddr=" + TCP4.withPeer(PEER), "dnsaddr=" + QUIC6.withPeer(PEER));
    CompletableFuture<Connection> dial =
        dialer.dial(Multiaddr.parse("/dnsaddr/example.org/p2p/" + PEER), MINUTE);
    assertEquals(List.of(QUIC6), transport.dialled());
    transport.fail(QUIC6, CloseReason.Kind.TRANSPORT);
    assertEquals(List.of(QUIC6, TCP4), transport.dialled());
    assertFalse(dial.isDone());
  }

  @Test
  void shouldSayThatANameStandsForNothing() {
    CompletableFuture<Connection> dial =
        dialer.dial(Multiaddr.parse("/dns4/gone.example/tcp/1"), MINUTE);
    assertEquals(CloseReason.Kind.NO_ADDRESS, reason(dial).kind());
  }

  @Test
  void shouldRefuseMoreDialsThanItsLimit() {
    for (int i = 0; i < NetworkLimits.MOBILE.dials(); i++) {
      assertFalse(dialer.dial(Multiaddr.parse("/ip4/192.0.2.1/tcp/" + i), MINUTE).isDone());
    }
    assertEquals(CloseReason.Kind.LIMIT, reason(dialer.dial(TCP4, MINUTE)).kind());
  }

  @Test
  void shouldSayThatNoTransportFits() {
    CompletableFuture<Connection> dial =
        dialer.dial(Multiaddr.parse("/ip4/192.0.2.1/tcp/1/ws"), MINUTE);
    assertEquals(CloseReason.Kind.NO_ADDRESS, reason(dial).kind());
  }

  /** Dials nothing; the test says what becomes of it. */
  private static final class Told implements Transport {
    private final Map<Multiaddr, Promise<UpgradedConnection>> promises = new LinkedHashMap<>();
    private int count;

    List<Multiaddr> dialled() {
      return new ArrayList<>(promises.keySet());
    }

    void fail(Multiaddr address, CloseReason.Kind kind) {
      Promise<UpgradedConnection> promise = promises.get(address);
      assertTrue(
          promise != null && promise.tryFailure(CloseReason.local(kind, "told").toException()));
    }

    @Override
    public String name() {
      return "told";
    }

    @Override
    public boolean handles(Multiaddr address) {
      return !address.toString().endsWith("/ws");
    }

    @Override
    public Future<UpgradedConnection> dial(
        Multiaddr address, @Nullable PeerId expected, ConnectionAttempt attempt) {
      count++;
      Promise<UpgradedConnection> promise = ImmediateEventExecutor.INSTANCE.newPromise();
      promises.put(address, promise);
      return promise;
    }

    @Override
    public Future<Multiaddr> listen(Multiaddr address, ConnectionGate gate) {
      return ImmediateEventExecutor.INSTANCE.newSucceededFuture(address);
    }

    @Override
    public Future<Void> unlisten(Multiaddr address) {
      return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
    }

    @Override
    public Future<Void> close() {
      return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
    }
  }
}
