package xf.interop;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import xf.event.Sha256;
import xf.libp2p.mux.StreamEnd;

/** Sends so many bytes to an echo, as fast as the stream takes them, and checks what returns. */
@SuppressWarnings("FutureReturnValueIgnored") // a stream that fails is closed by its muxer
final class EchoRun extends ChannelInboundHandlerAdapter {
  private static final int CHUNK_BYTES = 32 * 1024;

  private final long sizeBytes;
  private final CompletableFuture<Boolean> same = new CompletableFuture<>();
  private final MessageDigest sentDigest = Sha256.newDigest();
  private final MessageDigest receivedDigest = Sha256.newDigest();
  private long sent;
  private boolean finished;

  EchoRun(long sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  /** Completes when the echo has ended: whether all came back unchanged. */
  CompletableFuture<Boolean> same() {
    return same;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.read();
    send(ctx);
  }

  private void send(ChannelHandlerContext ctx) {
    while (ctx.channel().isWritable() && sent < sizeBytes) {
      int length = (int) Math.min(CHUNK_BYTES, sizeBytes - sent);
      byte[] chunk = new byte[length];
      Arrays.fill(chunk, (byte) (sent / CHUNK_BYTES));
      ByteBuffer.allocate(8).putLong(sent).flip().get(chunk, 0, Math.min(8, length));
      sentDigest.update(chunk);
      ctx.write(ctx.alloc().buffer(length).writeBytes(chunk));
      sent += length;
    }
    ctx.flush();
    if (sent == sizeBytes && !finished) {
      finished = true;
      StreamEnd.finish((DuplexChannel) ctx.channel());
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    send(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf data = (ByteBuf) msg;
    receivedDigest.update(data.nioBuffer());
    data.release();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.read();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownReadComplete) {
      same.complete(Arrays.equals(sentDigest.digest(), receivedDigest.digest()));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    same.completeExceptionally(cause);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    same.completeExceptionally(new IllegalStateException("closed before the echo's end"));
  }
}
