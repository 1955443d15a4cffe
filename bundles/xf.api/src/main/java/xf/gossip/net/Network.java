package xf.gossip.net;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Our host on a network of peers.
 *
 * <p>Peers are named by {@link PeerId}; where they are is the address book's business, fed by
 * {@link #learn}, by identify and by discovery. See the package for threads, waiting, back-pressure
 * and failures.
 */
@ProviderType
public interface Network {
  /** Who we are. */
  PeerId peerId();

  /** The clock this network lives by; for the timers of protocols above it. */
  Timers timers();

  /**
   * Listens at an address.
   *
   * @param address for example {@code /ip4/0.0.0.0/tcp/0} or {@code /ip6/::/udp/4001/quic-v1}
   * @return the address with its real port
   */
  CompletableFuture<Multiaddr> listen(Multiaddr address);

  /**
   * Stops listening at an address that {@link #listen} returned. Connections stay, but for those
   * that share the socket, as QUIC's incoming ones do.
   */
  CompletableFuture<Void> unlisten(Multiaddr address);

  /** The addresses we listen at. */
  List<Multiaddr> listenAddresses();

  /**
   * The addresses others may try, without our peer id: those we listen at, with the interfaces' own
   * addresses in place of wildcards.
   */
  List<Multiaddr> advertisedAddresses();

  /** Remembers addresses of a peer for a while; the number kept for each peer is limited. */
  void learn(PeerId peer, Collection<Multiaddr> addresses, Duration timeToLive);

  /** As {@link #learn}, and listeners are told {@link NetworkEvent.PeerDiscovered}. */
  void discovered(PeerId peer, List<Multiaddr> addresses, Duration timeToLive);

  /**
   * A connection with a peer: an open one, or one newly dialled at an address that is known.
   * Concurrent calls share one dial.
   */
  CompletableFuture<Connection> dial(PeerId peer, Duration timeout);

  /**
   * Dials an address. If it ends in {@code /p2p/...} the peer there must be that one, and an open
   * connection with it is used instead.
   */
  CompletableFuture<Connection> dial(Multiaddr address, Duration timeout);

  /**
   * Opens a stream with a peer for the first of {@code protocols} that it speaks, dialling if need
   * be.
   *
   * @param handler gets the stream's callbacks, {@code onOpen} before the future completes
   * @param timeout for all of it
   */
  CompletableFuture<Stream> openStream(
      PeerId peer, List<ProtocolId> protocols, StreamHandler handler, Duration timeout);

  /**
   * Takes in streams for a protocol until the registration is closed; streams that are open then go
   * on.
   *
   * @throws IllegalStateException when the protocol has an acceptor
   */
  Registration handle(ProtocolId protocol, StreamAcceptor acceptor);

  /** What we speak. */
  Set<ProtocolId> protocols();

  /** Adds a listener until the registration is closed. */
  Registration addListener(NetworkListener listener);

  /** Closes every connection with a peer; completes when none is left. */
  CompletableFuture<Void> disconnect(PeerId peer, CloseReason reason);

  /** Open connections. */
  List<Connection> connections();

  /** Peers that are connected, or whose latest failure is remembered. */
  List<PeerInfo> peers();

  /** What is known about a peer. */
  Optional<PeerInfo> peer(PeerId peer);

  /** Incoming connections that failed before it was known who they are: a few, the latest last. */
  default List<Stranger> strangers() {
    return List.of();
  }

  /** Keeps a peer's connections from being trimmed until the registration is closed. */
  Registration protect(PeerId peer, String why);

  /** Measures a round trip with a peer that is connected or can be dialled. */
  CompletableFuture<Duration> ping(PeerId peer, Duration timeout);

  /** The limits in force. */
  NetworkLimits limits();

  /** How much of them is used. */
  NetworkUsage usage();

  /**
   * Closes listeners, connections and threads; completes when nothing is left. Everything after it
   * fails with {@link CloseReason.Kind#SHUTDOWN}.
   */
  CompletableFuture<Void> close();
}
