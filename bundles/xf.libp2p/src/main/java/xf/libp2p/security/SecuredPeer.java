package xf.libp2p.security;

import org.jspecify.annotations.Nullable;
import xf.gossip.net.PeerId;
import xf.libp2p.crypto.PublicKey;

/**
 * What a handshake proved.
 *
 * @param peer the peer; follows from the key
 * @param key its public key
 * @param security protocol id of the handshake: {@code /noise}, {@code /tls/1.0.0}, {@code quic-v1}
 * @param earlyMuxer the muxer agreed on inside the handshake; null: negotiate one
 */
public record SecuredPeer(
    PeerId peer, PublicKey key, String security, @Nullable String earlyMuxer) {}
