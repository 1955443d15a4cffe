package xf.libp2p.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;

/**
 * One step on the way from a socket to a stream: a negotiation, a handshake. It begins when it is
 * put into the pipeline, reads for itself where {@code autoRead} is off, and ends once: with a
 * result, after which it leaves the pipeline and passes on what came for its successors, or with a
 * {@link NetworkException}, after which the channel closes.
 *
 * @param <T> the result
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel: see below
public abstract class UpgradeHandler<T> extends WireDecoder {
  private final String what;
  private final Promise<T> result;

  /**
   * A step for one channel.
   *
   * @param what names the step in errors
   */
  protected UpgradeHandler(String what, Channel channel) {
    this.what = what;
    this.result = channel.eventLoop().newPromise();
  }

  /** Puts this step at the end of the channel's pipeline. */
  public final Future<T> start(Channel channel) {
    channel.pipeline().addLast(this);
    return result;
  }

  /** Sends what comes first. */
  protected abstract void begin(ChannelHandlerContext ctx);

  /** Takes what has arrived, until {@link #complete}. */
  protected abstract void advance(ChannelHandlerContext ctx, ByteBuf in);

  /**
   * Ends the step well. Whoever waits for the result adds the next handlers now; what has arrived
   * for them follows when this handler is gone.
   */
  protected final void complete(ChannelHandlerContext ctx, T value) {
    result.trySuccess(value);
    ctx.pipeline().remove(this);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    try {
      begin(ctx);
      ctx.read();
    } catch (NetworkException e) {
      onBreach(ctx, e);
    }
  }

  @Override
  protected final void decodeWire(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    advance(ctx, in);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    super.channelInactive(ctx);
    fail(
        ctx,
        new WireException(Kind.TRANSPORT, what + ": the connection closed before it was done"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(
        ctx,
        cause instanceof NetworkException reason
            ? reason
            : new WireException(Kind.TRANSPORT, what + ": the connection failed", cause));
  }

  @Override
  protected final void onBreach(ChannelHandlerContext ctx, NetworkException breach) {
    fail(ctx, breach);
  }

  private void fail(ChannelHandlerContext ctx, NetworkException reason) {
    stopDecoding();
    if (result.tryFailure(reason)) {
      ctx.close();
    }
  }
}
