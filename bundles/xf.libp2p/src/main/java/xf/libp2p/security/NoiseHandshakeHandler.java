package xf.libp2p.security;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;
import xf.libp2p.wire.UpgradeHandler;
import xf.libp2p.wire.WireException;

/** Runs a {@link NoiseHandshake} and leaves an encoder and a decoder in its place. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
final class NoiseHandshakeHandler extends UpgradeHandler<SecuredPeer> {
  /** Messages of honest peers have a few hundred bytes, with an RSA identity about two thousand. */
  private static final int MAX_HANDSHAKE_MESSAGE_BYTES = 8 * 1024;

  private final NoiseSecurity security;
  private final NoiseHandshake handshake;

  NoiseHandshakeHandler(NoiseSecurity security, NoiseHandshake handshake, Channel channel) {
    super("noise handshake", channel);
    this.security = security;
    this.handshake = handshake;
  }

  @Override
  protected void begin(ChannelHandlerContext ctx) {
    sendNext(ctx);
  }

  @Override
  protected void advance(ChannelHandlerContext ctx, ByteBuf in) {
    byte[] message = tryReadMessage(in);
    if (message == null) {
      return;
    }
    handshake.handle(message);
    sendNext(ctx);
    if (handshake.isComplete()) {
      SecuredPeer peer = handshake.result();
      String name = ctx.name();
      ctx.pipeline()
          .addAfter(name, null, new NoiseFrameEncoder(handshake.sender(), security))
          .addAfter(name, null, new NoiseFrameDecoder(handshake.receiver(), security));
      complete(ctx, peer);
    }
  }

  private void sendNext(ChannelHandlerContext ctx) {
    byte[] message = handshake.nextMessage();
    if (message != null) {
      ByteBuf out = ctx.alloc().buffer(Short.BYTES + message.length);
      ctx.writeAndFlush(out.writeShort(message.length).writeBytes(message));
    }
  }

  private static byte @Nullable [] tryReadMessage(ByteBuf in) {
    if (in.readableBytes() < Short.BYTES) {
      return null;
    }
    int length = in.getUnsignedShort(in.readerIndex());
    if (length > MAX_HANDSHAKE_MESSAGE_BYTES) {
      throw WireException.tooLarge("noise handshake message", length, MAX_HANDSHAKE_MESSAGE_BYTES);
    }
    if (in.readableBytes() < Short.BYTES + length) {
      return null;
    }
    byte[] message = new byte[length];
    in.skipBytes(Short.BYTES).readBytes(message);
    return message;
  }
}
