package xf.libp2p.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CoalescingBufferQueue;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import org.bouncycastle.tls.AbstractTlsPeer;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.ProtocolName;
import org.bouncycastle.tls.TlsClientProtocol;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.bouncycastle.tls.TlsProtocol;
import org.bouncycastle.tls.TlsServerProtocol;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.wire.WireException;

/**
 * TLS in a pipeline, on Bouncy Castle's non-blocking protocol: bytes of the socket go in, plaintext
 * comes out, and the other way round. Stays in the pipeline after the handshake.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
final class TlsHandler extends ChannelDuplexHandler {
  private static final int MAX_PLAINTEXT_BYTES = 64 * 1024;

  private final TlsProtocol protocol;
  private final AbstractTlsPeer side;
  private final TlsParty party;
  private final Promise<SecuredPeer> result;
  private @Nullable CoalescingBufferQueue pending;
  private boolean firedPlaintext;
  private boolean over;

  private TlsHandler(TlsProtocol protocol, AbstractTlsPeer side, TlsParty party, Channel channel) {
    this.protocol = protocol;
    this.side = side;
    this.party = party;
    this.result = channel.eventLoop().newPromise();
  }

  static TlsHandler client(TlsParty party, Channel channel) {
    return new TlsHandler(new TlsClientProtocol(), new Libp2pTlsClient(party), party, channel);
  }

  static TlsHandler server(TlsParty party, Channel channel) {
    return new TlsHandler(new TlsServerProtocol(), new Libp2pTlsServer(party), party, channel);
  }

  Future<SecuredPeer> start(Channel channel) {
    channel.pipeline().addLast(this);
    return result;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    // Counted as pending bytes of the channel, so that isWritable() sees what waits here.
    pending = new CoalescingBufferQueue(ctx.channel(), 16, true);
    try {
      if (protocol instanceof TlsClientProtocol client) {
        client.connect((Libp2pTlsClient) side);
      } else {
        ((TlsServerProtocol) protocol).accept((Libp2pTlsServer) side);
      }
      sendOutput(ctx, ctx.newPromise());
      ctx.read();
    } catch (IOException e) {
      fail(ctx, e);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    try {
      if (msg instanceof ByteBuf in && !over) {
        byte[] bytes = new byte[in.readableBytes()];
        in.readBytes(bytes);
        protocol.offerInput(bytes);
        completeIfConnected(ctx);
      }
    } catch (IOException | RuntimeException e) {
      fail(ctx, e);
    } finally {
      ReferenceCountUtil.release(msg);
    }
    sendOutput(ctx, ctx.newPromise());
    firePlaintext(ctx);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
    if (!firedPlaintext && !ctx.channel().config().isAutoRead()) {
      ctx.read(); // a part of a record, or one without data: somebody still waits
    }
    firedPlaintext = false;
  }

  private void firePlaintext(ChannelHandlerContext ctx) {
    int available = protocol.getAvailableInputBytes();
    if (available > 0 && result.isSuccess()) {
      ByteBuf plaintext = ctx.alloc().heapBuffer(available);
      int read = protocol.readInput(plaintext.array(), plaintext.arrayOffset(), available);
      firedPlaintext = true;
      ctx.fireChannelRead(plaintext.writerIndex(read));
    }
  }

  private void completeIfConnected(ChannelHandlerContext ctx) {
    PublicKey key = party.remoteKey();
    if (result.isDone() || !protocol.isConnected() || key == null) {
      return;
    }
    sendOutput(ctx, ctx.newPromise());
    result.trySuccess(new SecuredPeer(key.peerId(), key, TlsSecurity.ID, earlyMuxer()));
  }

  private @Nullable String earlyMuxer() {
    ProtocolName name =
        protocol instanceof TlsClientProtocol
            ? ((Libp2pTlsClient) side).selectedProtocol()
            : ((Libp2pTlsServer) side).selectedProtocol();
    String chosen =
        name == null ? TlsParty.LIBP2P : new String(name.getBytes(), StandardCharsets.UTF_8);
    return chosen.equals(TlsParty.LIBP2P) ? null : chosen;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    if (msg instanceof ByteBuf plaintext && !over) {
      pending().add(plaintext, promise);
    } else {
      ReferenceCountUtil.release(msg);
      promise.setFailure(
          over
              ? new ClosedChannelException()
              : new IllegalArgumentException("tls carries bytes, not " + msg.getClass().getName()));
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    encryptPending(ctx);
    ctx.flush();
  }

  /** Many small writes become few records. */
  private void encryptPending(ChannelHandlerContext ctx) {
    CoalescingBufferQueue queue = pending();
    if (isEndedByPeer()) {
      queue.releaseAndFailAll(new ClosedChannelException());
    }
    while (!queue.isEmpty() && !over) {
      ChannelPromise promise = ctx.newPromise();
      ByteBuf plaintext = queue.remove(MAX_PLAINTEXT_BYTES, promise);
      try {
        byte[] bytes = new byte[plaintext.readableBytes()];
        plaintext.readBytes(bytes);
        protocol.writeApplicationData(bytes, 0, bytes.length);
        sendOutput(ctx, promise);
      } catch (IOException | RuntimeException e) {
        promise.tryFailure(e);
        fail(ctx, e);
      } finally {
        plaintext.release();
      }
    }
  }

  /**
   * Its close_notify has come. It does not listen any more, but its last words are still being read
   * here, and whoever answers them is told what a closed channel tells; the socket closes next.
   */
  private boolean isEndedByPeer() {
    return protocol.isClosed() && !over;
  }

  private CoalescingBufferQueue pending() {
    if (pending == null) {
      throw new IllegalStateException("tls: written to before it is in a pipeline");
    }
    return pending;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (!pending().isEmpty()) {
      pending().releaseAndFailAll(new ClosedChannelException());
    }
  }

  /** Passes on what the protocol has to say; a channel that is read must also be flushed. */
  private void sendOutput(ChannelHandlerContext ctx, ChannelPromise promise) {
    int available = protocol.getAvailableOutputBytes();
    if (available == 0) {
      promise.trySuccess();
      return;
    }
    ByteBuf out = ctx.alloc().heapBuffer(available);
    int read = protocol.readOutput(out.array(), out.arrayOffset(), available);
    ctx.write(out.writerIndex(read), promise);
    if (!result.isDone()) {
      ctx.flush();
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (!over) {
      encryptPending(ctx);
      over = true;
      try {
        protocol.close(); // close_notify
      } catch (IOException e) {
        // The alert cannot be made; the socket closes all the same.
        promise.addListener(f -> ctx.fireExceptionCaught(e));
      }
      sendOutput(ctx, ctx.newPromise());
      ctx.flush();
    }
    ctx.close(promise);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    over = true;
    result.tryFailure(
        new WireException(
            Kind.TRANSPORT, "tls handshake: the connection closed before it was done"));
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!result.isDone()) {
      fail(ctx, cause);
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }

  private void fail(ChannelHandlerContext ctx, Throwable cause) {
    if (over) {
      return;
    }
    NetworkException reason = reasonOf(cause);
    sendOutput(ctx, ctx.newPromise()); // the alert
    ctx.flush();
    over = true;
    if (result.tryFailure(reason)) {
      ctx.close();
    } else {
      ctx.fireExceptionCaught(reason);
    }
  }

  /** Our own reason if there is one below the library's alert, else the alert in words. */
  private static NetworkException reasonOf(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof NetworkException reason) {
        return reason;
      }
    }
    if (failure instanceof TlsFatalAlertReceived alert) {
      return new NetworkException(
          CloseReason.remote(
                  Kind.NOT_VERIFIED,
                  "tls: alert " + AlertDescription.getText(alert.getAlertDescription()))
              .withCode(alert.getAlertDescription()),
          failure);
    }
    return new WireException(
        Kind.PROTOCOL_VIOLATION, "tls: " + String.valueOf(failure.getMessage()), failure);
  }
}
