package xf.interop;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;

/** Collects what comes until the peer ends, or fails. */
final class ByteSink extends ChannelInboundHandlerAdapter {
  private final CompletableFuture<byte[]> all = new CompletableFuture<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  CompletableFuture<byte[]> all() {
    return all;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
    ByteBuf data = (ByteBuf) msg;
    data.readBytes(bytes, data.readableBytes());
    data.release();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.read();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownReadComplete) {
      all.complete(bytes.toByteArray());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    all.completeExceptionally(cause);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    all.completeExceptionally(new IllegalStateException("closed before the peer's end"));
  }
}
