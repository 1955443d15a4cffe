package xf.libp2p.security;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;
import xf.libp2p.wire.WireDecoder;

/** Decrypts transport messages: two bytes of length, ciphertext, tag. */
final class NoiseFrameDecoder extends WireDecoder {
  private final CipherState cipher;
  private final NoiseSecurity security;

  NoiseFrameDecoder(CipherState cipher, NoiseSecurity security) {
    this.cipher = cipher;
    this.security = security;
  }

  @Override
  protected void decodeWire(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < Short.BYTES) {
      return;
    }
    int length = in.getUnsignedShort(in.readerIndex());
    if (in.readableBytes() < Short.BYTES + length) {
      return;
    }
    ChaChaPoly aead = security.aead();
    ByteBuf plaintext = aead.newBuffer(ctx.alloc(), Math.max(length, ChaChaPoly.TAG_BYTES));
    try {
      cipher.open(aead, in.skipBytes(Short.BYTES), length, plaintext);
      out.add(plaintext.retain());
    } finally {
      plaintext.release();
    }
  }
}
