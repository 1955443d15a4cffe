package xf.libp2p.host;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import xf.gossip.net.CloseReason;
import xf.gossip.net.NetworkException;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerId;
import xf.gossip.net.Registration;
import xf.libp2p.security.SecuredPeer;

/**
 * The connections of a host, and how many more there may be. A place is taken when a handshake has
 * proved who the peer is, and given back when the connection is over. For any thread.
 */
final class ConnectionTable {
  /** What a peer has here. */
  private static final class Entry {
    final List<HostConnection> connections = new ArrayList<>(2);
    final ByteAccount account;

    Entry(ByteAccount account) {
      this.account = account;
    }
  }

  private final NetworkLimits limits;
  private final Counters counters;
  private final ByteAccount bytes;
  private final Map<PeerId, Entry> entries = new LinkedHashMap<>();
  private final Map<PeerId, Integer> guards = new HashMap<>();
  private int taken;
  private long lastId;

  ConnectionTable(NetworkLimits limits, Counters counters) {
    this.limits = limits;
    this.counters = counters;
    this.bytes = new ByteAccount(null, limits.bytes());
  }

  /**
   * Takes a place for a peer that proved who it is.
   *
   * @throws NetworkException when there is none
   */
  synchronized HostConnection take(HostContext host, SecuredPeer peer, boolean initiator) {
    Entry entry = entries.get(peer.peer());
    if (taken >= limits.connections()) {
      throw refusal("no more connections: " + limits.connections() + " are open");
    }
    if (entry != null && entry.connections.size() >= limits.connectionsPerPeer()) {
      throw refusal(
          "no more connections with this peer: " + limits.connectionsPerPeer() + " are open");
    }
    if (entry == null) {
      entry = new Entry(new ByteAccount(bytes, limits.bytesPerPeer()));
      entries.put(peer.peer(), entry);
    }
    ByteAccount account = new ByteAccount(entry.account, limits.bytesPerPeer());
    HostConnection connection = new HostConnection(++lastId, host, peer, initiator, account);
    entry.connections.add(connection);
    taken++;
    return connection;
  }

  private NetworkException refusal(String detail) {
    counters.refused.increment();
    return Futures.failure(CloseReason.Kind.LIMIT, detail);
  }

  /** Marks a connection usable; whether it is the only one with its peer. */
  synchronized boolean opened(HostConnection connection) {
    return find(connection.remotePeer()).size() == 1;
  }

  /** Gives a place back; whether no usable connection with the peer is left. */
  synchronized boolean leave(HostConnection connection) {
    Entry entry = entries.get(connection.remotePeer());
    if (entry == null || !entry.connections.remove(connection)) {
      return false;
    }
    taken--;
    if (entry.connections.isEmpty()) {
      entries.remove(connection.remotePeer());
    }
    return find(connection.remotePeer()).isEmpty();
  }

  /** The usable connections with a peer. */
  synchronized List<HostConnection> find(PeerId peer) {
    Entry entry = entries.get(peer);
    return entry == null
        ? List.of()
        : entry.connections.stream().filter(HostConnection::isOpen).toList();
  }

  /** The best usable connection with a peer: the youngest, since an old one may be half dead. */
  synchronized Optional<HostConnection> best(PeerId peer) {
    List<HostConnection> open = find(peer);
    return open.isEmpty() ? Optional.empty() : Optional.of(open.get(open.size() - 1));
  }

  /** All usable connections. */
  synchronized List<HostConnection> all() {
    return entries.values().stream()
        .flatMap(entry -> entry.connections.stream())
        .filter(HostConnection::isOpen)
        .toList();
  }

  /** Keeps a peer's connections from being trimmed. */
  Registration protect(PeerId peer) {
    boolean[] held = {true};
    guard(peer, 1);
    return () -> {
      synchronized (this) {
        if (held[0]) {
          held[0] = false;
          guard(peer, -1);
        }
      }
    };
  }

  private synchronized void guard(PeerId peer, int change) {
    guards.merge(peer, change, (was, more) -> was + more == 0 ? null : Integer.valueOf(was + more));
  }

  /** Whether so many connections are open that some should go. */
  synchronized boolean isCrowded() {
    return taken > (limits.connectionsLow() + limits.connections()) / 2;
  }

  /**
   * What to close to come down to the low mark: peers that nobody protects, those first that use
   * fewest streams, then those that dialled us, then the youngest.
   */
  synchronized List<HostConnection> toTrim() {
    int surplus = taken - limits.connectionsLow();
    return surplus <= 0
        ? List.of()
        : all().stream()
            .filter(connection -> !guards.containsKey(connection.remotePeer()))
            .sorted(
                Comparator.comparingInt((HostConnection c) -> c.muxed().streams())
                    .thenComparing(HostConnection::isInitiator)
                    .thenComparing(Comparator.comparingLong(HostConnection::openedAtNs).reversed()))
            .limit(surplus)
            .toList();
  }

  /** How many places are taken. */
  synchronized int size() {
    return taken;
  }

  long heldBytes() {
    return bytes.heldBytes();
  }
}
