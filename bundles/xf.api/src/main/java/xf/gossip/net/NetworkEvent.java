package xf.gossip.net;

import java.util.List;

/** Something that happened to the network or a peer. */
public sealed interface NetworkEvent {

  /** A peer that had no connection has one. */
  record PeerConnected(PeerId peer) implements NetworkEvent {}

  /** A peer's last connection ended. */
  record PeerDisconnected(PeerId peer, CloseReason reason) implements NetworkEvent {}

  /** A connection is secured and usable. */
  record ConnectionOpened(Connection connection) implements NetworkEvent {}

  /** A connection ended. */
  record ConnectionClosed(Connection connection, CloseReason reason) implements NetworkEvent {}

  /** A peer told what it speaks, for the first time or anew. */
  record PeerIdentified(PeerInfo peer) implements NetworkEvent {}

  /** A peer was found, on the local network or otherwise; it may or may not be connected. */
  record PeerDiscovered(PeerId peer, List<Multiaddr> addresses) implements NetworkEvent {
    /** Keeps a list that nobody changes. */
    public PeerDiscovered {
      addresses = List.copyOf(addresses);
    }
  }

  /** We began or stopped to listen; all addresses we listen at now. */
  record ListenAddressesChanged(List<Multiaddr> addresses) implements NetworkEvent {
    /** Keeps a list that nobody changes. */
    public ListenAddressesChanged {
      addresses = List.copyOf(addresses);
    }
  }
}
