package xf.libp2p.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import xf.gossip.net.NetworkException;

/**
 * A Netty decoder whose failures keep their type: the first {@link NetworkException} goes once, as
 * it is, through {@link #onBreach}; everything the peer sends after it is dropped.
 */
public abstract class WireDecoder extends ByteToMessageDecoder {
  private boolean failed;

  /** A decoder for one channel. */
  protected WireDecoder() {}

  /**
   * Takes what it can from {@code in}; called again while it makes progress. Whatever it does not
   * take must be bounded by a limit of its own.
   *
   * @throws NetworkException when the bytes break the protocol
   */
  protected abstract void decodeWire(ChannelHandlerContext ctx, ByteBuf in, List<Object> out);

  /** Reports the breach: to the next handler's {@code exceptionCaught}, unless overridden. */
  protected void onBreach(ChannelHandlerContext ctx, NetworkException breach) {
    ctx.fireExceptionCaught(breach);
  }

  /** From now on drops whatever arrives. */
  protected final void stopDecoding() {
    failed = true;
  }

  @Override
  protected final void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (failed) {
      in.skipBytes(in.readableBytes());
      return;
    }
    try {
      decodeWire(ctx, in, out);
    } catch (NetworkException breach) {
      failed = true;
      in.skipBytes(in.readableBytes());
      onBreach(ctx, breach);
    }
  }
}
