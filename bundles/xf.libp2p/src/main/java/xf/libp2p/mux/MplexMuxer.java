package xf.libp2p.mux;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;

/**
 * mplex (libp2p mplex specification), for peers that have nothing better: it knows no flow control,
 * so one slow stream stops all others. Offer it only where such peers are expected.
 */
public final class MplexMuxer implements MuxerProtocol {
  /** The name under which it is negotiated. */
  public static final String ID = "/mplex/6.7.0";

  @Override
  public String id() {
    return ID;
  }

  @Override
  public MuxedConnection attach(
      Channel channel, boolean initiator, MuxerConfig config, ChannelHandler inboundStreams) {
    return new MplexSession(channel, config, inboundStreams).attach();
  }
}
