package xf.libp2p.mux;

/**
 * What a muxer lets a peer have on one connection.
 *
 * @param maxInboundStreams streams the peer may have open at a time; more are reset at once
 * @param maxOutboundStreams streams we may have open at a time; more fail
 * @param initialWindowBytes receive window a stream begins with
 * @param maxWindowBytes receive window a stream may be tuned up to
 * @param maxFrameBytes longest frame accepted and sent
 * @param budget bytes received and not consumed, over all streams of connection, peer and host
 */
public record MuxerConfig(
    int maxInboundStreams,
    int maxOutboundStreams,
    int initialWindowBytes,
    int maxWindowBytes,
    int maxFrameBytes,
    ByteBudget budget) {}
