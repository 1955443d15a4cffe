package xf.libp2p.transport;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.TimeUnit;

/**
 * Closes a TCP connection so that its last words arrive: ends our direction, then waits for the
 * peer's end, but not for long. A socket that is closed while received bytes wait unread is reset
 * by the kernel, and a reset takes from the peer what we said before it: the goodbye that has the
 * reason. First in the pipeline; what still comes goes up it and is dropped by a muxer that is
 * over.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the promise of the close is what is waited for
final class LingeringClose extends ChannelDuplexHandler {
  private static final long PATIENCE_MS = 500;

  private boolean closing;

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    boolean first = !closing;
    closing = true;
    if (!first || !(ctx.channel() instanceof DuplexChannel duplex) || !duplex.isActive()) {
      ctx.close(promise);
      return;
    }
    ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
    ctx.flush();
    duplex.shutdownOutput();
    ctx.channel().config().setAutoRead(true); // or the peer's end would not be seen
    var late = ctx.executor().schedule(() -> ctx.close(), PATIENCE_MS, TimeUnit.MILLISECONDS);
    ctx.channel().closeFuture().addListener(closed -> late.cancel(false));
  }
}
