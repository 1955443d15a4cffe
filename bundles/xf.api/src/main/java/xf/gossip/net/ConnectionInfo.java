package xf.gossip.net;

import java.time.Duration;
import java.util.Optional;

/**
 * A connection as an operator sees it.
 *
 * @param id number of the connection
 * @param peer the peer
 * @param local our end
 * @param remote the peer's end
 * @param initiator whether we dialled
 * @param transport {@code tcp}, {@code quic-v1}, {@code memory}
 * @param security protocol id of the handshake: {@code /noise}, {@code /tls/1.0.0}
 * @param muxer protocol id of the muxer: {@code /yamux/1.0.0}; {@code quic} where it is built in
 * @param age how long it has been open
 * @param roundTrip latest measured round trip, if there was one
 * @param streams how many streams are open
 * @param bytesIn bytes received, as the transport counts them
 * @param bytesOut bytes sent, as the transport counts them
 */
public record ConnectionInfo(
    long id,
    PeerId peer,
    Multiaddr local,
    Multiaddr remote,
    boolean initiator,
    String transport,
    String security,
    String muxer,
    Duration age,
    Optional<Duration> roundTrip,
    int streams,
    long bytesIn,
    long bytesOut) {}
