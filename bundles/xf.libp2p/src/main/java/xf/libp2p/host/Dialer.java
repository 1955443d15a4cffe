package xf.libp2p.host;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Deadlines;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkException;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerId;
import xf.gossip.net.Timers;
import xf.libp2p.transport.Transport;

/**
 * Dials peers: an open connection is used again, callers who want the same peer share one race, and
 * addresses that failed lately are left alone for a while. For any thread.
 */
final class Dialer implements DialRace.DialContext {
  private static final int MAX_ADDRESSES = 16;

  /** A race that several callers wait for; it is given up when the last of them is gone. */
  private static final class Shared {
    final CompletableFuture<HostConnection> race;
    int waiting;

    Shared(CompletableFuture<HostConnection> race) {
      this.race = race;
    }
  }

  private final Timers timers;
  private final NetworkLimits limits;
  private final Counters counters;
  private final List<Transport> transports;
  private final Places places;
  private final PeerBook peers;
  private final ConnectionTable table;
  private final Supplier<HostAttempt> attempts;
  private final Map<PeerId, Shared> sharedByPeer = new HashMap<>();
  private final Set<CompletableFuture<HostConnection>> running = ConcurrentHashMap.newKeySet();

  /**
   * Where to dial.
   *
   * @param book addresses of peers
   * @param names what names stand for
   * @param backoff addresses to leave alone for a while
   */
  record Places(AddressBook book, NameResolver names, Backoff backoff) {}

  Dialer(
      Timers timers,
      NetworkLimits limits,
      Counters counters,
      List<Transport> transports,
      Places places,
      PeerBook peers,
      ConnectionTable table,
      Supplier<HostAttempt> attempts) {
    this.timers = timers;
    this.limits = limits;
    this.counters = counters;
    this.transports = transports;
    this.places = places;
    this.peers = peers;
    this.table = table;
    this.attempts = attempts;
  }

  /** Dials a peer at the addresses that are known. */
  CompletableFuture<Connection> dial(PeerId peer, Duration timeout) {
    return dial(peer, null, timeout);
  }

  /** Dials an address, whatever happened there before. */
  CompletableFuture<Connection> dial(Multiaddr address, Duration timeout) {
    Optional<PeerId> peer = address.peerId();
    if (peer.isPresent()) {
      // With its peer: the records of a /dnsaddr are told apart by it.
      return dial(peer.get(), address.withoutPeer().isPresent() ? address : null, timeout);
    }
    CompletableFuture<Connection> result = new CompletableFuture<>();
    CompletableFuture<HostConnection> race = race(List.of(address), null);
    var unused = race.whenComplete((connection, failure) -> pass(connection, failure, result));
    var unusedToo = result.whenComplete((connection, failure) -> cancelIf(race, failure));
    return Deadlines.limit(timers, result, timeout, "dialling " + address);
  }

  private CompletableFuture<Connection> dial(
      PeerId peer, @Nullable Multiaddr place, Duration timeout) {
    CompletableFuture<Connection> result = new CompletableFuture<>();
    Optional<HostConnection> open = table.best(peer);
    if (open.isPresent()) {
      result.complete(open.get());
      return result;
    }
    Shared shared = join(peer, place);
    var unused =
        shared.race.whenComplete((connection, failure) -> pass(connection, failure, result));
    var unusedToo = result.whenComplete((connection, failure) -> leave(peer, shared));
    return Deadlines.limit(timers, result, timeout, "dialling " + peer);
  }

  private synchronized Shared join(PeerId peer, @Nullable Multiaddr place) {
    Shared shared = sharedByPeer.get(peer);
    if (shared == null || shared.race.isDone()) {
      shared = new Shared(place == null ? raceToKnown(peer) : race(List.of(place), peer));
      sharedByPeer.put(peer, shared);
    }
    shared.waiting++;
    return shared;
  }

  private void leave(PeerId peer, Shared shared) {
    boolean last;
    synchronized (this) {
      shared.waiting--;
      last = shared.waiting == 0;
      if (last) {
        sharedByPeer.remove(peer, shared);
      }
    }
    if (last) {
      shared.race.cancel(false);
    }
  }

  private static void pass(
      @Nullable HostConnection connection,
      @Nullable Throwable failure,
      CompletableFuture<Connection> result) {
    if (connection != null) {
      result.complete(connection);
    } else {
      result.completeExceptionally(Futures.typed(failure));
    }
  }

  private static void cancelIf(CompletableFuture<?> race, @Nullable Throwable failure) {
    if (failure != null) {
      race.cancel(false);
    }
  }

  private CompletableFuture<HostConnection> raceToKnown(PeerId peer) {
    List<Multiaddr> known = places.book().find(peer);
    List<Multiaddr> ready =
        known.stream().filter(address -> places.backoff().remaining(address).isZero()).toList();
    if (ready.isEmpty() && !known.isEmpty()) {
      Duration shortest =
          known.stream().map(places.backoff()::remaining).min(Duration::compareTo).get();
      return CompletableFuture.failedFuture(
          Futures.failure(
              CloseReason.Kind.TRANSPORT,
              "every address failed lately; the next try is in " + shortest.toMillis() + " ms"));
    }
    return race(ready, peer);
  }

  /** Resolves names, then races. */
  private CompletableFuture<HostConnection> race(
      List<Multiaddr> wanted, @Nullable PeerId expected) {
    if (!counters.tryEnter(counters.dials, limits.dials())) {
      return CompletableFuture.failedFuture(
          Futures.failure(
              CloseReason.Kind.LIMIT, "no more dials: " + limits.dials() + " are under way"));
    }
    CompletableFuture<HostConnection> result = new CompletableFuture<>();
    running.add(result);
    var unused = result.whenComplete((connection, failure) -> onDialEnd(result));
    var unusedToo =
        resolveAll(wanted)
            .whenComplete((resolved, failure) -> raceResolved(resolved, failure, expected, result));
    return result;
  }

  @SuppressWarnings("CollectionUndefinedEquality") // identity is meant
  private void onDialEnd(CompletableFuture<HostConnection> dial) {
    running.remove(dial);
    counters.dials.decrementAndGet();
  }

  /** The peer's page is written first: whoever waits for the dial may look there at once. */
  private void fail(
      CompletableFuture<HostConnection> dial,
      @Nullable PeerId expected,
      @Nullable Throwable failure) {
    NetworkException typed = Futures.typed(failure);
    counters.failed.increment();
    if (expected != null && !dial.isDone()) {
      peers.failed(expected, typed.reason());
    }
    dial.completeExceptionally(typed);
  }

  private CompletableFuture<List<Multiaddr>> resolveAll(List<Multiaddr> wanted) {
    if (wanted.size() == 1) {
      return places.names().resolve(wanted.get(0));
    }
    CompletableFuture<List<Multiaddr>> all = CompletableFuture.completedFuture(List.of());
    for (Multiaddr place : wanted) {
      // A name that cannot be resolved is one place fewer, not the end of the dial.
      CompletableFuture<List<Multiaddr>> resolved =
          places.names().resolve(place).exceptionally(failure -> List.of());
      all = all.thenCombine(resolved, Dialer::join);
    }
    return all;
  }

  private static List<Multiaddr> join(List<Multiaddr> some, List<Multiaddr> more) {
    List<Multiaddr> both = new ArrayList<>(some);
    both.addAll(more);
    return both;
  }

  private void raceResolved(
      @Nullable List<Multiaddr> resolved,
      @Nullable Throwable failure,
      @Nullable PeerId expected,
      CompletableFuture<HostConnection> result) {
    if (resolved == null) {
      fail(result, expected, failure);
      return;
    }
    List<Multiaddr> usable =
        resolved.stream()
            .filter(address -> canDial(address) && mayBe(address, expected))
            .map(address -> expected == null ? address : address.withoutPeer().orElse(address))
            .distinct()
            .limit(MAX_ADDRESSES)
            .toList();
    if (usable.isEmpty()) {
      fail(
          result,
          expected,
          Futures.failure(
              CloseReason.Kind.NO_ADDRESS,
              resolved.isEmpty()
                  ? "no address of the peer is known"
                  : "none of its addresses can be dialled here: " + resolved));
      return;
    }
    CompletableFuture<HostConnection> race = new DialRace(this, expected, usable).start();
    var unused =
        race.whenComplete((connection, lost) -> passRace(connection, lost, expected, result));
    var unusedToo = result.whenComplete((connection, lost) -> cancelIf(race, lost));
  }

  private void passRace(
      @Nullable HostConnection connection,
      @Nullable Throwable failure,
      @Nullable PeerId expected,
      CompletableFuture<HostConnection> result) {
    if (connection != null) {
      result.complete(connection);
    } else {
      fail(result, expected, failure);
    }
  }

  /** A name may stand for places of several peers. */
  private static boolean mayBe(Multiaddr address, @Nullable PeerId expected) {
    return expected == null || address.peerId().map(expected::equals).orElse(true);
  }

  private boolean canDial(Multiaddr address) {
    return transports.stream().anyMatch(transport -> transport.handles(address));
  }

  // ---- DialRace.DialContext

  @Override
  public Timers timers() {
    return timers;
  }

  @Override
  public Transport transport(Multiaddr address) {
    return transports.stream().filter(t -> t.handles(address)).findFirst().orElseThrow();
  }

  @Override
  public HostAttempt newAttempt() {
    return attempts.get();
  }

  @Override
  public void succeeded(Multiaddr address) {
    places.backoff().succeeded(address);
  }

  @Override
  public void failed(Multiaddr address) {
    places.backoff().failed(address);
  }

  void close() {
    NetworkException closed = Futures.failure(CloseReason.Kind.SHUTDOWN, "the network is closed");
    running.forEach(dial -> dial.completeExceptionally(closed));
    places.names().close();
  }
}
