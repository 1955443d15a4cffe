package xf.gossip.net;

import java.util.List;
import java.util.Optional;

/**
 * What is known about a peer.
 *
 * @param peer the peer
 * @param connections its open connections
 * @param addresses addresses it can be dialled at, best first
 * @param protocols what it says it speaks (identify), sorted
 * @param agent what it says it runs, if it says so
 * @param lastFailure why the latest dial, connection or stream with it failed
 */
public record PeerInfo(
    PeerId peer,
    List<ConnectionInfo> connections,
    List<Multiaddr> addresses,
    List<ProtocolId> protocols,
    Optional<String> agent,
    Optional<CloseReason> lastFailure) {

  /** Keeps lists that nobody changes. */
  public PeerInfo {
    connections = List.copyOf(connections);
    addresses = List.copyOf(addresses);
    protocols = List.copyOf(protocols);
  }
}
