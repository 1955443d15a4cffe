package xf.libp2p.transport;

import io.netty.channel.ChannelHandler;
import xf.libp2p.mux.MuxerConfig;

/**
 * What a host gives to each secured connection before its muxer begins, so that no stream of the
 * peer's comes too early.
 *
 * @param inboundStreams initializer for the streams the peer opens; may be used many times
 * @param muxer limits, with the byte budget of this connection
 */
public record StreamInitializers(ChannelHandler inboundStreams, MuxerConfig muxer) {}
