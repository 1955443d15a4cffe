package xf.libp2p.negotiate;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import xf.libp2p.wire.UpgradeHandler;

/** Runs a {@link MultistreamState} at the end of a pipeline; the result is the protocol's name. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
final class MultistreamHandler extends UpgradeHandler<String> {
  private static final int TYPICAL_MESSAGE_BYTES = 64;

  private final MultistreamState state;

  MultistreamHandler(MultistreamState state, Channel channel) {
    super("multistream", channel);
    this.state = state;
  }

  @Override
  protected void begin(ChannelHandlerContext ctx) {
    ByteBuf out = ctx.alloc().buffer(TYPICAL_MESSAGE_BYTES);
    state.start(out);
    send(ctx, out);
  }

  @Override
  protected void advance(ChannelHandlerContext ctx, ByteBuf in) {
    ByteBuf out = ctx.alloc().buffer(TYPICAL_MESSAGE_BYTES);
    try {
      state.handle(in, out);
    } finally {
      send(ctx, out);
    }
    String agreed = state.agreed();
    if (agreed != null) {
      complete(ctx, agreed);
    }
  }

  private static void send(ChannelHandlerContext ctx, ByteBuf out) {
    if (out.isReadable()) {
      ctx.writeAndFlush(out);
    } else {
      out.release();
    }
  }
}
