package xf.libp2p.quic;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;
import xf.libp2p.mux.StreamResetException;

/** First in the pipeline of every QUIC stream: counts bytes, and gives failures our types. */
@SuppressWarnings("FutureReturnValueIgnored") // promises are passed on
final class QuicStreamHead extends ChannelDuplexHandler {
  private final QuicMuxedConnection connection;

  QuicStreamHead(QuicMuxedConnection connection) {
    this.connection = connection;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof ByteBuf data) {
      connection.countIn(data.readableBytes());
    }
    ctx.fireChannelRead(msg);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    if (msg instanceof ByteBuf data) {
      connection.countOut(data.readableBytes());
    }
    ctx.write(msg, promise);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    // Only the end of the bytes counts for the user; this event may come before them.
    if (event != ChannelInputShutdownEvent.INSTANCE) {
      ctx.fireUserEventTriggered(event);
    }
  }

  /** Netty would send a FIN, as if all had been said; a stream closed early is reset. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    QuicStreamChannel stream = (QuicStreamChannel) ctx.channel();
    if (stream.isActive() && !stream.isShutdown()) {
      stream.shutdown(0).addListener(f -> ctx.close(promise));
    } else {
      ctx.close(promise);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof QuicStreamResetException reset) {
      ctx.fireExceptionCaught(new StreamResetException(reset.applicationProtocolCode()));
    } else if (cause instanceof NetworkException) {
      ctx.fireExceptionCaught(cause);
    } else {
      ctx.fireExceptionCaught(
          new NetworkException(
              CloseReason.remote(Kind.TRANSPORT, "quic stream: " + cause.getMessage()), cause));
    }
    ctx.close();
  }
}
