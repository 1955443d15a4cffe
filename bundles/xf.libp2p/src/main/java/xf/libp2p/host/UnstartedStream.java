package xf.libp2p.host;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Holds a stream channel's end while nobody else does: before its negotiation, and between that and
 * the {@link HostStream}. What happens then ends the stream and is nobody else's business.
 */
final class UnstartedStream extends ChannelInboundHandlerAdapter {
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (isLast(ctx)) {
      ReferenceCountUtil.release(message);
    } else {
      ctx.fireChannelRead(message);
    }
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for this stream
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (isLast(ctx)) {
      ctx.close();
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }

  private boolean isLast(ChannelHandlerContext ctx) {
    return ctx.pipeline().last() == this;
  }
}
