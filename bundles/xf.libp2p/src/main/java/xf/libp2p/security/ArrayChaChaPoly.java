package xf.libp2p.security;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * For a cipher that works on arrays, as the JDK's does. Two scratch arrays make its fast path
 * apply: what is decrypted from offset 0 of its array is not copied inside the cipher.
 */
final class ArrayChaChaPoly extends ChaChaPoly {
  private final byte[] plaintext = new byte[MAX_MESSAGE_BYTES];
  private final byte[] ciphertext = new byte[MAX_MESSAGE_BYTES];

  ArrayChaChaPoly(Cipher encryptor, Cipher decryptor) {
    super(encryptor, decryptor);
  }

  @Override
  ByteBuf newBuffer(ByteBufAllocator alloc, int capacityBytes) {
    return alloc.heapBuffer(capacityBytes);
  }

  @Override
  void seal(SecretKeySpec key, long counter, ByteBuf in, ByteBuf out)
      throws GeneralSecurityException {
    int length = in.readableBytes();
    in.readBytes(plaintext, 0, length);
    out.ensureWritable(length + TAG_BYTES);
    int at = out.writerIndex();
    int sealed =
        encrypt(key, counter, NO_AD, plaintext, length, out.array(), out.arrayOffset() + at);
    out.writerIndex(at + sealed);
  }

  @Override
  void open(SecretKeySpec key, long counter, ByteBuf in, int lengthBytes, ByteBuf out)
      throws GeneralSecurityException {
    in.readBytes(ciphertext, 0, lengthBytes);
    out.ensureWritable(lengthBytes); // the cipher wants room for the tag, too
    int at = out.writerIndex();
    int opened =
        decrypt(key, counter, NO_AD, ciphertext, lengthBytes, out.array(), out.arrayOffset() + at);
    out.writerIndex(at + opened);
  }
}
