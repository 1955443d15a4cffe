package xf.libp2p.security;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * For a native cipher, which takes direct memory as it is: what the socket wrote is decrypted from
 * where it is, and what the socket is to read is encrypted in place.
 */
final class DirectChaChaPoly extends ChaChaPoly {
  DirectChaChaPoly(Cipher encryptor, Cipher decryptor) {
    super(encryptor, decryptor);
  }

  @Override
  ByteBuf newBuffer(ByteBufAllocator alloc, int capacityBytes) {
    return alloc.directBuffer(capacityBytes);
  }

  @Override
  void seal(SecretKeySpec key, long counter, ByteBuf in, ByteBuf out)
      throws GeneralSecurityException {
    int length = in.readableBytes();
    out.ensureWritable(length + TAG_BYTES);
    int at = out.writerIndex();
    in.readBytes(out, at, length);
    ByteBuffer plaintext = out.nioBuffer(at, length);
    ByteBuffer sealed = out.nioBuffer(at, length + TAG_BYTES);
    encryptor(key, counter, NO_AD).doFinal(plaintext, sealed);
    out.writerIndex(at + length + TAG_BYTES);
  }

  @Override
  void open(SecretKeySpec key, long counter, ByteBuf in, int lengthBytes, ByteBuf out)
      throws GeneralSecurityException {
    requireTag(lengthBytes);
    int length = lengthBytes - TAG_BYTES;
    out.ensureWritable(length);
    int at = out.writerIndex();
    ByteBuffer sealed = in.nioBuffer(in.readerIndex(), lengthBytes);
    in.skipBytes(lengthBytes);
    try {
      decryptor(key, counter, NO_AD).doFinal(sealed, out.nioBuffer(at, length));
    } catch (AEADBadTagException e) {
      throw notVerified(counter);
    }
    out.writerIndex(at + length);
  }
}
