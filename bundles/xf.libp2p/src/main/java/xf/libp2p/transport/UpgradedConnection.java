package xf.libp2p.transport;

import xf.gossip.net.Multiaddr;
import xf.libp2p.mux.MuxedConnection;
import xf.libp2p.security.SecuredPeer;

/**
 * A connection that is secured and muxed.
 *
 * @param transport {@code tcp}, {@code quic-v1}
 * @param initiator whether we dialled
 * @param local our end
 * @param remote the peer's end, without its peer id
 * @param peer what the handshake proved
 * @param muxed its streams
 */
public record UpgradedConnection(
    String transport,
    boolean initiator,
    Multiaddr local,
    Multiaddr remote,
    SecuredPeer peer,
    MuxedConnection muxed) {}
