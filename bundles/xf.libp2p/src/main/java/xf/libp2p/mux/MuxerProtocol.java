package xf.libp2p.mux;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;

/** A muxer that can be put on a secured channel. Has no state of its own. */
public interface MuxerProtocol {
  /** The protocol id: {@code /yamux/1.0.0}, {@code /mplex/6.7.0}. */
  String id();

  /**
   * Puts the muxer at the end of the channel's pipeline and begins to read; called on the event
   * loop.
   *
   * @param initiator whether we dialled: decides who uses odd stream numbers
   * @param inboundStreams initializer for the streams that the peer opens; may be used many times
   */
  MuxedConnection attach(
      Channel channel, boolean initiator, MuxerConfig config, ChannelHandler inboundStreams);
}
