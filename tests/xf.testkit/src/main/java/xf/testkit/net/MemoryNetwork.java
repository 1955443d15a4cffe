package xf.testkit.net;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Deadlines;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkEvent;
import xf.gossip.net.NetworkException;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.NetworkListener;
import xf.gossip.net.NetworkUsage;
import xf.gossip.net.PeerId;
import xf.gossip.net.PeerInfo;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Registration;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamAcceptor;
import xf.gossip.net.StreamHandler;

/**
 * A peer in memory: a {@link Network} without sockets and threads, in virtual time. Addresses are
 * {@code /memory/<name>}; {@code /memory/0} picks a free one. For one thread.
 */
public final class MemoryNetwork implements Network {
  private record Known(Multiaddr address, long untilNs) {}

  private final MemoryFabric fabric;
  private final PeerId peerId;
  private final NetworkLimits limits;
  private final Map<ProtocolId, StreamAcceptor> acceptors = new TreeMap<>();
  private final List<NetworkListener> listeners = new ArrayList<>();
  private final Set<Multiaddr> listening = new LinkedHashSet<>();
  private final Set<MemoryConnection> connections = new LinkedHashSet<>();
  private final Map<PeerId, Map<Multiaddr, Known>> known = new HashMap<>();
  private final Map<PeerId, CloseReason> failures = new LinkedHashMap<>();
  private final Map<PeerId, CompletableFuture<Connection>> dials = new HashMap<>();
  private long receivedBytes;
  private long refused;
  private long failed;
  private long listenerFailures;
  private boolean closed;

  MemoryNetwork(MemoryFabric fabric, NetworkIdentity identity, NetworkLimits limits) {
    this.fabric = fabric;
    this.peerId = identity.peerId();
    this.limits = limits;
  }

  MemoryFabric fabric() {
    return fabric;
  }

  @Override
  public PeerId peerId() {
    return peerId;
  }

  @Override
  public VirtualTimers timers() {
    return fabric.timers();
  }

  @Override
  public CompletableFuture<Multiaddr> listen(Multiaddr address) {
    if (closed) {
      return CompletableFuture.failedFuture(shutDown());
    }
    if (!address.matches(MultiaddrProtocol.MEMORY)) {
      return CompletableFuture.failedFuture(
          CloseReason.local(CloseReason.Kind.NO_ADDRESS, "expected /memory/..., got " + address)
              .toException());
    }
    Multiaddr bound = fabric.bind(this, address);
    listening.add(bound);
    tell(new NetworkEvent.ListenAddressesChanged(listenAddresses()));
    return CompletableFuture.completedFuture(bound);
  }

  @Override
  public CompletableFuture<Void> unlisten(Multiaddr address) {
    if (listening.remove(address)) {
      fabric.unbind(address);
      tell(new NetworkEvent.ListenAddressesChanged(listenAddresses()));
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public List<Multiaddr> listenAddresses() {
    return List.copyOf(listening);
  }

  @Override
  public List<Multiaddr> advertisedAddresses() {
    return listenAddresses();
  }

  @Override
  public void learn(PeerId peer, Collection<Multiaddr> addresses, Duration timeToLive) {
    long untilNs = timers().nowNs() + timeToLive.toNanos();
    Map<Multiaddr, Known> entries = known.computeIfAbsent(peer, p -> new LinkedHashMap<>());
    for (Multiaddr address : addresses) {
      address.withoutPeer().ifPresent(bare -> entries.put(bare, new Known(bare, untilNs)));
    }
  }

  @Override
  public void discovered(PeerId peer, List<Multiaddr> addresses, Duration timeToLive) {
    learn(peer, addresses, timeToLive);
    tell(new NetworkEvent.PeerDiscovered(peer, addresses));
  }

  private List<Multiaddr> addressesOf(PeerId peer) {
    return known.getOrDefault(peer, Map.of()).values().stream()
        .filter(entry -> entry.untilNs() > timers().nowNs())
        .map(Known::address)
        .toList();
  }

  @Override
  public CompletableFuture<Connection> dial(PeerId peer, Duration timeout) {
    if (closed) {
      return CompletableFuture.failedFuture(shutDown());
    }
    Optional<MemoryConnection> open = openTo(peer);
    if (open.isPresent()) {
      return CompletableFuture.completedFuture(open.get());
    }
    CompletableFuture<Connection> waiting = dials.get(peer);
    if (waiting == null) {
      List<Multiaddr> addresses = addressesOf(peer);
      if (addresses.isEmpty()) {
        return CompletableFuture.failedFuture(
            remember(
                peer,
                CloseReason.local(
                    CloseReason.Kind.NO_ADDRESS, "no address of " + peer + " is known")));
      }
      CompletableFuture<Connection> dialled = connect(addresses.get(0), peer);
      dials.put(peer, dialled);
      var unused = dialled.whenComplete((connection, failure) -> dials.remove(peer, dialled));
      waiting = dialled;
    }
    return Deadlines.limit(timers(), waiting.copy(), timeout, "dialling " + peer);
  }

  @Override
  public CompletableFuture<Connection> dial(Multiaddr address, Duration timeout) {
    Optional<PeerId> peer = address.peerId();
    Optional<Multiaddr> bare = address.withoutPeer();
    if (closed) {
      return CompletableFuture.failedFuture(shutDown());
    }
    if (peer.isPresent()) {
      bare.ifPresent(place -> learn(peer.get(), List.of(place), Duration.ofHours(1)));
      return dial(peer.get(), timeout);
    }
    return Deadlines.limit(timers(), connect(address, null), timeout, "dialling " + address);
  }

  private Optional<MemoryConnection> openTo(PeerId peer) {
    return connections.stream()
        .filter(connection -> connection.remotePeer().equals(peer))
        .findFirst();
  }

  private CompletableFuture<Connection> connect(Multiaddr address, @Nullable PeerId expected) {
    CompletableFuture<Connection> result = new CompletableFuture<>();
    Duration roundTrip = Duration.ofNanos(fabric.delayNs() + fabric.delayNs());
    timers().schedule(roundTrip, () -> connected(address, expected, result));
    return result;
  }

  private void connected(
      Multiaddr address, @Nullable PeerId expected, CompletableFuture<Connection> result) {
    if (result.isDone()) {
      return;
    }
    MemoryNetwork other = fabric.listenerAt(address);
    CloseReason refusal = refusalOf(other, address, expected);
    if (refusal != null || other == null) {
      CloseReason reason =
          Objects.requireNonNullElseGet(
              refusal, () -> CloseReason.local(CloseReason.Kind.TRANSPORT, "nobody listens"));
      result.completeExceptionally(
          expected == null ? reason.toException() : remember(expected, reason));
      return;
    }
    Multiaddr own = listening.stream().findFirst().orElse(Multiaddr.parse("/memory/dialler"));
    MemoryConnection ours = new MemoryConnection(this, other.peerId, own, address, true);
    MemoryConnection theirs = new MemoryConnection(other, peerId, address, own, false);
    ours.attach(theirs);
    theirs.attach(ours);
    add(ours);
    other.add(theirs);
    result.complete(ours);
  }

  private @Nullable CloseReason refusalOf(
      @Nullable MemoryNetwork other, Multiaddr address, @Nullable PeerId expected) {
    if (closed) {
      return CloseReason.local(CloseReason.Kind.SHUTDOWN, "the network is closed");
    }
    if (other == null || fabric.isCut(peerId, other.peerId)) {
      return CloseReason.local(CloseReason.Kind.TRANSPORT, "nobody listens at " + address);
    }
    if (expected != null && !expected.equals(other.peerId)) {
      return CloseReason.local(
          CloseReason.Kind.WRONG_PEER, "expected " + expected + ", found " + other.peerId);
    }
    if (other.isFullFor(peerId)) {
      other.countRefusal();
      return CloseReason.remote(CloseReason.Kind.LIMIT, "the peer takes no more connections");
    }
    return null;
  }

  private boolean isFullFor(PeerId peer) {
    long ofPeer = connections.stream().filter(c -> c.remotePeer().equals(peer)).count();
    return connections.size() >= limits.connections() || ofPeer >= limits.connectionsPerPeer();
  }

  private void add(MemoryConnection connection) {
    boolean first = openTo(connection.remotePeer()).isEmpty();
    connections.add(connection);
    tell(new NetworkEvent.ConnectionOpened(connection));
    if (first) {
      tell(new NetworkEvent.PeerConnected(connection.remotePeer()));
    }
    timers()
        .schedule(
            Duration.ofNanos(fabric.delayNs()),
            () ->
                peer(connection.remotePeer())
                    .filter(info -> connection.isOpen())
                    .ifPresent(info -> tell(new NetworkEvent.PeerIdentified(info))));
  }

  void onClosed(MemoryConnection connection, CloseReason reason) {
    connections.remove(connection);
    remember(connection.remotePeer(), reason);
    tell(new NetworkEvent.ConnectionClosed(connection, reason));
    if (openTo(connection.remotePeer()).isEmpty()) {
      tell(new NetworkEvent.PeerDisconnected(connection.remotePeer(), reason));
    }
  }

  private NetworkException remember(PeerId peer, CloseReason reason) {
    failures.put(peer, reason);
    failed++;
    return reason.toException();
  }

  @Override
  public CompletableFuture<Stream> openStream(
      PeerId peer, List<ProtocolId> protocols, StreamHandler handler, Duration timeout) {
    CompletableFuture<Stream> result = new CompletableFuture<>();
    CompletableFuture<Stream> unused =
        dial(peer, timeout)
            .thenCompose(connection -> connection.openStream(protocols, handler, timeout))
            .whenComplete((stream, failure) -> pass(stream, failure, result));
    return Deadlines.limit(timers(), result, timeout, "opening a stream");
  }

  private static void pass(
      @Nullable Stream stream, @Nullable Throwable failure, CompletableFuture<Stream> result) {
    if (failure != null) {
      result.completeExceptionally(
          failure.getCause() instanceof NetworkException cause ? cause : failure);
    } else if (stream != null && !result.complete(stream)) {
      stream.reset(CloseReason.local(CloseReason.Kind.REQUESTED, "nobody waits for this stream"));
    }
  }

  @Override
  public Registration handle(ProtocolId protocol, StreamAcceptor acceptor) {
    if (acceptors.putIfAbsent(protocol, acceptor) != null) {
      throw new IllegalStateException(protocol + " has an acceptor");
    }
    return () -> acceptors.remove(protocol, acceptor);
  }

  boolean speaks(ProtocolId protocol) {
    return acceptors.containsKey(protocol);
  }

  StreamAcceptor acceptor(ProtocolId protocol) {
    return Objects.requireNonNull(acceptors.get(protocol), "asked with speaks before");
  }

  @Override
  public Set<ProtocolId> protocols() {
    return Set.copyOf(acceptors.keySet());
  }

  @Override
  public Registration addListener(NetworkListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private void tell(NetworkEvent event) {
    timers().schedule(Duration.ZERO, () -> List.copyOf(listeners).forEach(l -> tell(l, event)));
  }

  private void tell(NetworkListener listener, NetworkEvent event) {
    try {
      listener.onEvent(event);
    } catch (RuntimeException e) {
      listenerFailures++;
    }
  }

  @Override
  public CompletableFuture<Void> disconnect(PeerId peer, CloseReason reason) {
    List.copyOf(connections).stream()
        .filter(connection -> connection.remotePeer().equals(peer))
        .forEach(connection -> connection.shut(reason));
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public List<Connection> connections() {
    return List.copyOf(connections);
  }

  @Override
  public List<PeerInfo> peers() {
    Set<PeerId> ids = new LinkedHashSet<>(failures.keySet());
    connections.forEach(connection -> ids.add(connection.remotePeer()));
    return ids.stream().map(this::describe).toList();
  }

  @Override
  public Optional<PeerInfo> peer(PeerId peer) {
    boolean isKnown =
        known.containsKey(peer) || failures.containsKey(peer) || openTo(peer).isPresent();
    return isKnown ? Optional.of(describe(peer)) : Optional.empty();
  }

  private PeerInfo describe(PeerId peer) {
    Optional<MemoryNetwork> other = openTo(peer).map(connection -> connection.twinNetwork());
    return new PeerInfo(
        peer,
        connections.stream()
            .filter(connection -> connection.remotePeer().equals(peer))
            .map(MemoryConnection::info)
            .toList(),
        addressesOf(peer),
        other.map(o -> List.copyOf(o.acceptors.keySet())).orElse(List.of()),
        other.map(o -> "memory"),
        Optional.ofNullable(failures.get(peer)));
  }

  @Override
  public Registration protect(PeerId peer, String why) {
    return () -> {};
  }

  @Override
  public CompletableFuture<Duration> ping(PeerId peer, Duration timeout) {
    CompletableFuture<Duration> result = new CompletableFuture<>();
    long startNs = timers().nowNs();
    CompletableFuture<Connection> unused =
        dial(peer, timeout)
            .whenComplete((connection, failure) -> ping(connection, failure, startNs, result));
    return Deadlines.limit(timers(), result, timeout, "the ping");
  }

  private void ping(
      @Nullable Connection connection,
      @Nullable Throwable failure,
      long startNs,
      CompletableFuture<Duration> result) {
    if (failure != null) {
      result.completeExceptionally(failure);
    } else if (connection instanceof MemoryConnection link) {
      link.ping(
          () -> {
            Duration time = Duration.ofNanos(timers().nowNs() - startNs);
            link.measured(time);
            result.complete(time);
          });
    }
  }

  @Override
  public NetworkLimits limits() {
    return limits;
  }

  @Override
  public NetworkUsage usage() {
    return new NetworkUsage(
        connections.size(),
        0,
        dials.size(),
        connections.stream().mapToInt(MemoryConnection::streamCount).sum(),
        receivedBytes,
        refused,
        0,
        failed,
        listenerFailures);
  }

  void holdReceived(int lengthBytes) {
    receivedBytes += lengthBytes;
  }

  void releaseReceived(int lengthBytes) {
    receivedBytes -= lengthBytes;
  }

  void countRefusal() {
    refused++;
  }

  void countHandlerFailure() {
    listenerFailures++;
  }

  @Override
  public CompletableFuture<Void> close() {
    closed = true;
    listening.forEach(fabric::unbind);
    listening.clear();
    CloseReason reason = CloseReason.local(CloseReason.Kind.SHUTDOWN, "the network is closed");
    List.copyOf(connections).forEach(connection -> connection.shut(reason));
    return CompletableFuture.completedFuture(null);
  }

  private static NetworkException shutDown() {
    return CloseReason.local(CloseReason.Kind.SHUTDOWN, "the network is closed").toException();
  }
}
