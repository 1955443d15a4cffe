package xf.libp2p.mux;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.util.function.LongSupplier;

/** yamux (libp2p yamux specification). */
public final class YamuxMuxer implements MuxerProtocol {
  /** The name under which it is negotiated. */
  public static final String ID = "/yamux/1.0.0";

  private final LongSupplier nanoClock;

  /** The clock measures round trips, for window tuning. */
  public YamuxMuxer(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public MuxedConnection attach(
      Channel channel, boolean initiator, MuxerConfig config, ChannelHandler inboundStreams) {
    return new YamuxSession(channel, initiator, config, inboundStreams, nanoClock).attach();
  }
}
