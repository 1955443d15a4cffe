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
    byte[] ciphertext = aead.ciphertextScratch();
    in.skipBytes(Short.BYTES).readBytes(ciphertext, 0, length);
    ByteBuf plaintext = ctx.alloc().heapBuffer(Math.max(length, ChaChaPoly.TAG_BYTES));
    try {
      int written =
          cipher.decrypt(aead, ciphertext, length, plaintext.array(), plaintext.arrayOffset());
      out.add(plaintext.writerIndex(written).retain());
    } finally {
      plaintext.release();
    }
  }
}
