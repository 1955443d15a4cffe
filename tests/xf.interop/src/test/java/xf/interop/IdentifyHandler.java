package xf.interop;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.mux.StreamEnd;
import xf.libp2p.wire.LengthPrefix;
import xf.libp2p.wire.ProtoWriter;

/** Answers identify with who the test's host is, as little as a peer needs. */
@SuppressWarnings("FutureReturnValueIgnored") // a stream that fails is closed by its muxer
final class IdentifyHandler extends ChannelInboundHandlerAdapter {
  static final String AGENT = "xf-interop";

  private final InteropHost host;

  IdentifyHandler(InteropHost host) {
    this.host = host;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ProtoWriter message =
        new ProtoWriter().bytes(1, PublicKey.of(host.identity().publicKey()).encoded());
    host.protocols().forEach(name -> message.string(3, name));
    message.string(5, "ipfs/0.1.0").string(6, AGENT);
    ctx.writeAndFlush(LengthPrefix.frame(ctx.alloc(), message.toByteArray()));
    StreamEnd.finish((DuplexChannel) ctx.channel());
    ctx.read();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
