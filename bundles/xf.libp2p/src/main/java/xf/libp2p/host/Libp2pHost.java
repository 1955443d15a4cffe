package xf.libp2p.host;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
import xf.gossip.net.Stranger;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamAcceptor;
import xf.gossip.net.StreamHandler;
import xf.gossip.net.Timers;
import xf.libp2p.negotiate.Negotiation;
import xf.libp2p.protocol.Echo;
import xf.libp2p.protocol.Identify;
import xf.libp2p.protocol.Ping;
import xf.libp2p.transport.Transport;

/**
 * A libp2p host.
 *
 * <p>The way of a dial: {@link Dialer} → {@link DialRace} → {@link Transport} → {@link HostAttempt}
 * → {@link ConnectionKeeper}; an incoming connection comes to the same keeper through {@link
 * HalfOpenGate}. The way of a stream: muxer → {@link InboundStreams} or {@link
 * HostConnection#openStream} → {@link HostStream} → the user's {@link StreamHandler}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's listeners; results arrive in promises
public final class Libp2pHost implements Network, HostContext {
  private static final Logger LOG = LoggerFactory.getLogger(Libp2pHost.class);
  private static final int MAX_KNOWN_PEERS = 4096;
  private static final int MAX_ADDRESSES_PER_PEER = 32;
  private static final Duration CLOSE_STEP = Duration.ofSeconds(2);
  private static final Duration IDENTIFIED_TTL = Duration.ofHours(1);

  private final NetworkIdentity identity;
  private final HostConfig config;
  private final HostParts parts;
  private final Counters counters = new Counters();
  private final PeerBook peers = new PeerBook(MAX_KNOWN_PEERS);
  private final Strangers strangers = new Strangers();
  private final ProtocolTable protocols = new ProtocolTable(this::pushSoon);
  private final ConnectionTable table;
  private final AddressBook addresses;
  private final OwnAddresses own;
  private final EventTap events;
  private final ConnectionKeeper keeper;
  private final HalfOpenGate gate;
  private final Dialer dialer;
  private final Ping ping;
  private final Identify identify;
  private final KeepAlive keepAlive;
  private final CompletableFuture<Void> terminated = new CompletableFuture<>();
  private volatile boolean started;
  private boolean closing;

  /** A host; begins to live with {@link #start}. */
  public Libp2pHost(NetworkIdentity identity, HostConfig config, HostParts parts) {
    this.identity = identity;
    this.config = config;
    this.parts = parts;
    Timers timers = parts.timers();
    this.table = new ConnectionTable(config.limits(), counters);
    this.addresses = new AddressBook(timers, MAX_KNOWN_PEERS, MAX_ADDRESSES_PER_PEER);
    this.own = new OwnAddresses(timers);
    this.events = new EventTap(parts.loops().next(), counters);
    this.keeper =
        new ConnectionKeeper(
            this, identity.peerId(), table, peers, events, this::onConnectionOpened);
    this.gate =
        new HalfOpenGate(
            config.limits(), counters, strangers, () -> new HostAttempt(keeper, false));
    this.dialer =
        new Dialer(
            timers,
            config.limits(),
            counters,
            parts.transports(),
            new Dialer.Places(
                addresses,
                new NameResolver(new SystemDns(parts.loops().next())),
                new Backoff(timers, parts.random())),
            peers,
            table,
            () -> new HostAttempt(keeper, true));
    this.ping = new Ping(timers, parts.random());
    this.identify =
        new Identify(
            timers, new HostSelf(identity, config, own, protocols, timers), this::onIdentified);
    this.keepAlive =
        new KeepAlive(timers, ping, config.keepAlive(), () -> List.copyOf(table.all()));
  }

  /** Speaks identify, ping and echo, and watches over its connections. */
  public Libp2pHost start() {
    protocols.add(Identify.PROTOCOL, identify::answer);
    protocols.add(Identify.PUSH, identify::listen);
    protocols.add(Ping.PROTOCOL, ping);
    protocols.add(Echo.PROTOCOL, new Echo());
    keepAlive.start();
    started = true;
    return this;
  }

  // ---- who and where

  @Override
  public PeerId peerId() {
    return identity.peerId();
  }

  @Override
  public Timers timers() {
    return parts.timers();
  }

  @Override
  public CompletableFuture<Multiaddr> listen(Multiaddr address) {
    if (isClosing()) {
      return CompletableFuture.failedFuture(shutDown());
    }
    Optional<Transport> transport =
        parts.transports().stream().filter(t -> t.handles(address)).findFirst();
    if (transport.isEmpty()) {
      return CompletableFuture.failedFuture(
          Futures.failure(
              CloseReason.Kind.NO_ADDRESS,
              "no transport that is switched on can listen at " + address));
    }
    CompletableFuture<Multiaddr> result = new CompletableFuture<>();
    transport
        .get()
        .listen(address, gate)
        .addListener((FutureListener<Multiaddr>) bound -> onBound(address, bound, result));
    return result;
  }

  private void onBound(
      Multiaddr wanted, Future<Multiaddr> bound, CompletableFuture<Multiaddr> result) {
    if (bound.isSuccess()) {
      own.add(bound.getNow());
      LOG.info("Listening at {}", bound.getNow());
      onListenAddressesChanged();
      result.complete(bound.getNow());
    } else {
      String detail = Futures.typed(bound.cause()).reason().detail() + hint(wanted);
      result.completeExceptionally(
          Futures.failure(
              CloseReason.Kind.TRANSPORT, "cannot listen at " + wanted + ": " + detail));
    }
  }

  private static String hint(Multiaddr wanted) {
    boolean dual =
        wanted.has(MultiaddrProtocol.IP6)
            && wanted.ipAddress().map(InetAddress::isAnyLocalAddress).orElse(false);
    return dual ? " (it takes IPv4 too: if /ip4/0.0.0.0 has this port, unlisten that first)" : "";
  }

  @Override
  public CompletableFuture<Void> unlisten(Multiaddr address) {
    if (!own.remove(address)) {
      return CompletableFuture.completedFuture(null);
    }
    onListenAddressesChanged();
    CompletableFuture<Void> result = CompletableFuture.completedFuture(null);
    for (Transport transport : parts.transports()) {
      if (transport.handles(address)) {
        result = Futures.toCompletable(transport.unlisten(address));
      }
    }
    return result;
  }

  private void onListenAddressesChanged() {
    events.tell(new NetworkEvent.ListenAddressesChanged(own.listening()));
    pushSoon();
  }

  @Override
  public List<Multiaddr> listenAddresses() {
    return own.listening();
  }

  @Override
  public List<Multiaddr> advertisedAddresses() {
    return own.advertised();
  }

  // ---- peers

  @Override
  public void learn(PeerId peer, Collection<Multiaddr> known, Duration timeToLive) {
    addresses.add(peer, known, timeToLive);
  }

  @Override
  public void discovered(PeerId peer, List<Multiaddr> known, Duration timeToLive) {
    learn(peer, known, timeToLive);
    events.tell(new NetworkEvent.PeerDiscovered(peer, known));
  }

  @Override
  public CompletableFuture<Connection> dial(PeerId peer, Duration timeout) {
    return isClosing() ? CompletableFuture.failedFuture(shutDown()) : dialer.dial(peer, timeout);
  }

  @Override
  public CompletableFuture<Connection> dial(Multiaddr address, Duration timeout) {
    return isClosing() ? CompletableFuture.failedFuture(shutDown()) : dialer.dial(address, timeout);
  }

  @Override
  public CompletableFuture<Void> disconnect(PeerId peer, CloseReason reason) {
    return CompletableFuture.allOf(
        table.find(peer).stream()
            .map(connection -> connection.close(reason))
            .toArray(CompletableFuture<?>[]::new));
  }

  @Override
  public List<Connection> connections() {
    return List.copyOf(table.all());
  }

  @Override
  public List<PeerInfo> peers() {
    Set<PeerId> ids = new LinkedHashSet<>();
    table.all().forEach(connection -> ids.add(connection.remotePeer()));
    ids.addAll(peers.failedPeers());
    return ids.stream().map(this::describe).toList();
  }

  @Override
  public Optional<PeerInfo> peer(PeerId peer) {
    boolean known =
        peers.knows(peer) || !table.find(peer).isEmpty() || !addresses.find(peer).isEmpty();
    return known ? Optional.of(describe(peer)) : Optional.empty();
  }

  @Override
  public List<Stranger> strangers() {
    return strangers.latest();
  }

  private PeerInfo describe(PeerId peer) {
    PeerBook.Page page = peers.page(peer);
    return new PeerInfo(
        peer,
        table.find(peer).stream().map(HostConnection::info).toList(),
        addresses.find(peer),
        page.protocols(),
        page.agentIfSaid(),
        Optional.ofNullable(page.lastFailure()));
  }

  @Override
  public Registration protect(PeerId peer, String why) {
    return table.protect(peer);
  }

  @Override
  public CompletableFuture<Duration> ping(PeerId peer, Duration timeout) {
    CompletableFuture<Duration> result = new CompletableFuture<>();
    CompletableFuture<Connection> dialled = dial(peer, timeout);
    var unused =
        dialled.whenComplete((connection, failure) -> ping(connection, failure, timeout, result));
    var unusedToo = result.whenComplete((time, failure) -> dialled.cancel(false));
    return Deadlines.limit(timers(), result, timeout, "the ping");
  }

  private void ping(
      @Nullable Connection connection,
      @Nullable Throwable failure,
      Duration timeout,
      CompletableFuture<Duration> result) {
    if (connection instanceof HostConnection link) {
      var unused =
          ping.measure(link, timeout)
              .whenComplete((time, lost) -> onPinged(link, time, lost, result));
    } else {
      result.completeExceptionally(Futures.typed(failure));
    }
  }

  private static void onPinged(
      HostConnection connection,
      @Nullable Duration time,
      @Nullable Throwable failure,
      CompletableFuture<Duration> result) {
    if (time != null) {
      connection.measured(time);
      result.complete(time);
    } else {
      result.completeExceptionally(Futures.typed(failure));
    }
  }

  // ---- streams

  @Override
  public CompletableFuture<Stream> openStream(
      PeerId peer, List<ProtocolId> wanted, StreamHandler handler, Duration timeout) {
    CompletableFuture<Stream> result = new CompletableFuture<>();
    CompletableFuture<Connection> dialled = dial(peer, timeout);
    var unused =
        dialled.whenComplete(
            (connection, failure) -> {
              if (connection == null) {
                result.completeExceptionally(Futures.typed(failure));
              } else {
                open(connection, wanted, handler, timeout, result);
              }
            });
    var unusedToo = result.whenComplete((stream, failure) -> dialled.cancel(false));
    return Deadlines.limit(timers(), result, timeout, "opening a stream");
  }

  private static void open(
      Connection connection,
      List<ProtocolId> wanted,
      StreamHandler handler,
      Duration timeout,
      CompletableFuture<Stream> result) {
    CompletableFuture<Stream> opening = connection.openStream(wanted, handler, timeout);
    var unused =
        opening.whenComplete(
            (stream, failure) -> {
              if (stream == null) {
                result.completeExceptionally(Futures.typed(failure));
              } else {
                result.complete(stream);
              }
            });
    var unusedToo = result.whenComplete((stream, failure) -> giveUpIf(failure, opening));
  }

  private static void giveUpIf(@Nullable Throwable failure, CompletableFuture<Stream> opening) {
    if (failure != null && !opening.cancel(false) && !opening.isCompletedExceptionally()) {
      opening
          .join()
          .reset(CloseReason.local(CloseReason.Kind.REQUESTED, "nobody waits for this stream"));
    }
  }

  @Override
  public Registration handle(ProtocolId protocol, StreamAcceptor acceptor) {
    return protocols.add(protocol, acceptor);
  }

  @Override
  public Set<ProtocolId> protocols() {
    return protocols.names();
  }

  // ---- what happens

  @Override
  public Registration addListener(NetworkListener listener) {
    return events.add(listener);
  }

  private void onConnectionOpened(HostConnection connection) {
    var unused =
        identify
            .ask(connection, config.identifyTimeout())
            .whenComplete((nothing, failure) -> noteIdentifyFailure(connection, failure));
  }

  private void noteIdentifyFailure(HostConnection connection, @Nullable Throwable failure) {
    if (failure != null && connection.isOpen()) {
      CloseReason reason = Futures.typed(failure).reason();
      LOG.debug("{} did not say who it is: {}", connection.remotePeer(), reason);
      peers.failed(connection.remotePeer(), reason);
    }
  }

  private void onIdentified(Connection connection, Identify.Learnt learnt) {
    PeerId peer = connection.remotePeer();
    peers.identified(peer, learnt.protocols(), learnt.agent());
    addresses.add(peer, learnt.addresses(), IDENTIFIED_TTL);
    events.tell(new NetworkEvent.PeerIdentified(describe(peer)));
  }

  /** Tells peers anew what we speak and where we are, if they listen to that. */
  private void pushSoon() {
    if (!started || isClosing()) {
      return;
    }
    for (HostConnection connection : table.all()) {
      if (peers.page(connection.remotePeer()).protocols().contains(Identify.PUSH)) {
        var unused =
            identify
                .push(connection, config.identifyTimeout())
                .whenComplete((nothing, failure) -> noteIdentifyFailure(connection, failure));
      }
    }
  }

  // ---- HostContext

  @Override
  public NetworkLimits limits() {
    return config.limits();
  }

  @Override
  public Counters counters() {
    return counters;
  }

  @Override
  public Negotiation negotiation() {
    return parts.negotiation();
  }

  @Override
  public boolean speaks(String protocol) {
    return protocols.has(protocol);
  }

  @Override
  public StreamAcceptor acceptor(ProtocolId protocol) {
    return protocols.find(protocol);
  }

  @Override
  public void onStreamEnded(HostConnection connection, CloseReason reason) {
    if (ConnectionKeeper.isFailure(reason) && connection.isOpen()) {
      counters.failed.increment();
      peers.failed(connection.remotePeer(), reason);
    }
  }

  @Override
  public NetworkUsage usage() {
    return new NetworkUsage(
        table.size(),
        gate.size(),
        counters.dials.get(),
        counters.streams.get(),
        table.heldBytes(),
        counters.refused.sum(),
        counters.trimmed.sum(),
        counters.failed.sum(),
        counters.listenerFailures.sum());
  }

  // ---- the end

  private synchronized boolean isClosing() {
    return closing;
  }

  @Override
  public CompletableFuture<Void> close() {
    synchronized (this) {
      if (closing) {
        return terminated.copy();
      }
      closing = true;
    }
    keepAlive.close();
    dialer.close();
    // Connections before transports: goodbyes of QUIC go through the transport's sockets.
    var unused =
        within(CLOSE_STEP, keeper.close()).whenComplete((nothing, late) -> closeTransports(late));
    return terminated.copy();
  }

  private void closeTransports(@Nullable Throwable late) {
    noteIfUnclean("connections", late);
    CompletableFuture<?>[] ends =
        parts.transports().stream()
            .map(transport -> Futures.toCompletable(transport.close()))
            .toArray(CompletableFuture<?>[]::new);
    var unused =
        within(CLOSE_STEP, CompletableFuture.allOf(ends))
            .whenComplete((nothing, failure) -> stopLoops(failure));
  }

  private void stopLoops(@Nullable Throwable late) {
    noteIfUnclean("transports", late);
    EventLoopGroup loops = parts.loops();
    loops.shutdownGracefully(0, CLOSE_STEP.toMillis(), TimeUnit.MILLISECONDS);
    loops.terminationFuture().addListener(done -> terminated.complete(null));
  }

  private CompletableFuture<Void> within(Duration limit, CompletableFuture<Void> step) {
    return Deadlines.limit(timers(), step, limit, "closing");
  }

  private static void noteIfUnclean(String what, @Nullable Throwable failure) {
    if (failure != null) {
      LOG.warn("Closing the network: its {} did not close cleanly", what, failure);
    }
  }

  private static NetworkException shutDown() {
    return Futures.failure(CloseReason.Kind.SHUTDOWN, "the network is closed");
  }
}
