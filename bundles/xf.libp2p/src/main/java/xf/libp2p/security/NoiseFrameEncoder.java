package xf.libp2p.security;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CoalescingBufferQueue;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import xf.libp2p.wire.WireException;

/**
 * Collects what is written until it is flushed, and encrypts it in messages as large as Noise
 * allows: a muxer's many small writes become few messages.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
final class NoiseFrameEncoder extends ChannelOutboundHandlerAdapter {
  private static final int MAX_PLAINTEXT_BYTES =
      ChaChaPoly.MAX_MESSAGE_BYTES - ChaChaPoly.TAG_BYTES;

  private final CipherState cipher;
  private final NoiseSecurity security;
  private @Nullable CoalescingBufferQueue pending;

  NoiseFrameEncoder(CipherState cipher, NoiseSecurity security) {
    this.cipher = cipher;
    this.security = security;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    // Counted as pending bytes of the channel, so that isWritable() sees what waits here.
    pending = new CoalescingBufferQueue(ctx.channel(), 16, true);
  }

  private CoalescingBufferQueue pending() {
    if (pending == null) {
      throw new IllegalStateException("noise: written to before it is in a pipeline");
    }
    return pending;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    if (msg instanceof ByteBuf bytes) {
      pending().add(bytes, promise);
    } else {
      ReferenceCountUtil.release(msg);
      promise.setFailure(
          new IllegalArgumentException("noise carries bytes, not " + msg.getClass().getName()));
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    encryptPending(ctx);
    ctx.flush();
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    flush(ctx);
    ctx.close(promise);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (!pending().isEmpty()) {
      pending()
          .releaseAndFailAll(
              WireException.badFormat("noise: the connection closed before this was sent"));
    }
  }

  private void encryptPending(ChannelHandlerContext ctx) {
    CoalescingBufferQueue queue = pending();
    while (!queue.isEmpty()) {
      ChannelPromise promise = ctx.newPromise();
      ByteBuf plaintext = queue.remove(MAX_PLAINTEXT_BYTES, promise);
      int length = plaintext.readableBytes();
      if (length == 0) {
        plaintext.release();
        promise.setSuccess();
        continue;
      }
      try {
        // Message by message: the peer decrypts one while the next is encrypted here.
        ctx.writeAndFlush(seal(ctx, plaintext, length), promise);
      } catch (WireException e) {
        promise.setFailure(e);
        ctx.fireExceptionCaught(e);
      } finally {
        plaintext.release();
      }
    }
  }

  private ByteBuf seal(ChannelHandlerContext ctx, ByteBuf plaintext, int length) {
    ChaChaPoly aead = security.aead();
    int sealedBytes = length + ChaChaPoly.TAG_BYTES;
    ByteBuf out = aead.newBuffer(ctx.alloc(), Short.BYTES + sealedBytes).writeShort(sealedBytes);
    try {
      cipher.seal(aead, plaintext, out);
      return out.retain();
    } finally {
      out.release();
    }
  }
}
