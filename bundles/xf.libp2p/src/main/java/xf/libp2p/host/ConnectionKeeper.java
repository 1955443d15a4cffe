package xf.libp2p.host;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.util.concurrent.CompletableFuture;
import xf.gossip.net.CloseReason;
import xf.gossip.net.NetworkEvent;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerId;
import xf.libp2p.mux.MuxerConfig;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.transport.StreamInitializers;
import xf.libp2p.transport.UpgradedConnection;

/** The life of connections: taking a place, opening, closing, making room. For any thread. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's listeners; closing is seen in closed()
final class ConnectionKeeper {
  private static final int INITIAL_WINDOW_BYTES = 256 << 10;
  private static final int MAX_FRAME_BYTES = 1 << 20;

  private final HostContext host;
  private final PeerId self;
  private final ConnectionTable table;
  private final PeerBook peers;
  private final EventTap events;
  private final Opened whenOpened;
  private volatile boolean closed;

  /** What the host does with each new connection. */
  @FunctionalInterface
  interface Opened {
    void onOpened(HostConnection connection);
  }

  ConnectionKeeper(
      HostContext host,
      PeerId self,
      ConnectionTable table,
      PeerBook peers,
      EventTap events,
      Opened whenOpened) {
    this.host = host;
    this.self = self;
    this.table = table;
    this.peers = peers;
    this.events = events;
    this.whenOpened = whenOpened;
  }

  HostConnection take(SecuredPeer peer, boolean initiator) {
    if (closed) {
      throw Futures.failure(CloseReason.Kind.SHUTDOWN, "the network is closed");
    }
    if (peer.peer().equals(self)) {
      throw Futures.failure(CloseReason.Kind.WRONG_PEER, "the peer at this address is ourselves");
    }
    return table.take(host, peer, initiator);
  }

  StreamInitializers initializers(HostConnection connection) {
    NetworkLimits limits = host.limits();
    MuxerConfig config =
        new MuxerConfig(
            limits.streamsPerConnection(),
            limits.streamsPerConnection(),
            Math.min(INITIAL_WINDOW_BYTES, limits.windowBytes()),
            limits.windowBytes(),
            MAX_FRAME_BYTES,
            connection.account());
    return new StreamInitializers(new InboundStreams(connection, host), config);
  }

  void opened(HostConnection connection, UpgradedConnection upgraded) {
    connection.open(upgraded);
    boolean first = table.opened(connection);
    events.tell(new NetworkEvent.ConnectionOpened(connection));
    if (first) {
      events.tell(new NetworkEvent.PeerConnected(connection.remotePeer()));
    }
    upgraded.muxed().closed().addListener((FutureListener<CloseReason>) f -> over(connection, f));
    whenOpened.onOpened(connection);
    if (closed) {
      connection.close(shutdown());
    } else if (table.isCrowded()) {
      trim();
    }
  }

  private void over(HostConnection connection, Future<CloseReason> end) {
    CloseReason reason = end.getNow();
    connection.markClosed(reason);
    boolean last = table.leave(connection);
    peers.failed(connection.remotePeer(), reason);
    if (isFailure(reason)) {
      host.counters().failed.increment();
    }
    events.tell(new NetworkEvent.ConnectionClosed(connection, reason));
    if (last) {
      events.tell(new NetworkEvent.PeerDisconnected(connection.remotePeer(), reason));
    }
  }

  static boolean isFailure(CloseReason reason) {
    return switch (reason.kind()) {
      case FINISHED, REQUESTED, SHUTDOWN, TRIMMED -> false;
      default -> true;
    };
  }

  /** The peer was proved, but its muxer never ran. */
  void abandoned(HostConnection connection, CloseReason reason) {
    connection.markClosed(reason);
    table.leave(connection);
    peers.failed(connection.remotePeer(), reason);
    host.counters().failed.increment();
  }

  private void trim() {
    CloseReason reason =
        CloseReason.local(CloseReason.Kind.TRIMMED, "closed to make room for other peers");
    for (HostConnection connection : table.toTrim()) {
      if (connection.beginTrim()) {
        host.counters().trimmed.increment();
        connection.close(reason);
      }
    }
  }

  /** Lets nobody in any more and closes what is open. */
  CompletableFuture<Void> close() {
    closed = true;
    return CompletableFuture.allOf(
        table.all().stream()
            .map(connection -> connection.close(shutdown()))
            .toArray(CompletableFuture<?>[]::new));
  }

  private static CloseReason shutdown() {
    return CloseReason.local(CloseReason.Kind.SHUTDOWN, "the network is closed");
  }
}
