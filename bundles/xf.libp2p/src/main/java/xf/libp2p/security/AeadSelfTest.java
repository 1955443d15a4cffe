package xf.libp2p.security;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.spec.SecretKeySpec;
import xf.libp2p.wire.WireException;

/**
 * What a cipher of other people's must do before it protects anything: RFC 8439, appendix A.5, in
 * both directions and both forms, and refuse what was changed.
 */
final class AeadSelfTest {
  private static final ByteBufAllocator ALLOC = UnpooledByteBufAllocator.DEFAULT;
  private static final byte[] KEY =
      hex("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
  private static final long COUNTER = 0x0807_0605_0403_0201L;
  private static final byte[] AD = hex("f33388860000000000004e91");
  private static final byte[] TAG = hex("eead9d67890cbb22392336fea1851f38");
  private static final byte[] PLAINTEXT =
      ("Internet-Drafts are draft documents valid for a maximum of six months and may be updated,"
              + " replaced, or obsoleted by other documents at any time. It is inappropriate to"
              + " use Internet-Drafts as reference material or to cite them other than as"
              + " /\u201cwork in progress./\u201d")
          .getBytes(StandardCharsets.UTF_8);

  private final ChaChaPoly tested;
  private final SecretKeySpec key = new SecretKeySpec(KEY, "ChaCha20");

  private AeadSelfTest(ChaChaPoly tested) {
    this.tested = tested;
  }

  /**
   * Passes, or does not come back.
   *
   * @throws GeneralSecurityException when the cipher is not to be trusted
   */
  static void check(ChaChaPoly tested) throws GeneralSecurityException {
    new AeadSelfTest(tested).check();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  /** No number is used twice in a row: some ciphers take that for a mistake, and refuse. */
  private void check() throws GeneralSecurityException {
    byte[] first = encrypted();
    byte[] second = sealed();
    require(Arrays.equals(TAG, tagOf(first)), "the tag"); // which depends on every byte before it
    require(Arrays.equals(sealedByJdk(), second), "a message without additional data");
    require(!decrypts(changed(first)), "what it does with a changed message");
    require(!opens(changed(second)), "what it does with a changed message in a buffer");
    require(decrypts(first), "what it decrypts");
    require(opens(second), "what it decrypts from a buffer");
  }

  private byte[] encrypted() throws GeneralSecurityException {
    byte[] out = new byte[PLAINTEXT.length + TAG.length];
    tested.encrypt(key, COUNTER, AD, PLAINTEXT, PLAINTEXT.length, out, 0);
    return out;
  }

  private boolean decrypts(byte[] message) throws GeneralSecurityException {
    byte[] out = new byte[message.length];
    try {
      int length = tested.decrypt(key, COUNTER, AD, message, message.length, out, 0);
      return Arrays.equals(PLAINTEXT, Arrays.copyOf(out, length));
    } catch (WireException refused) {
      return false;
    }
  }

  /** As messages are sent: behind a length, from direct memory. */
  private byte[] sealed() throws GeneralSecurityException {
    ByteBuf in = ALLOC.directBuffer().writeBytes(PLAINTEXT);
    ByteBuf out = tested.newBuffer(ALLOC, PLAINTEXT.length).writeShort(0);
    try {
      tested.seal(key, COUNTER + 1, in, out);
      return ByteBufUtil.getBytes(out.skipBytes(Short.BYTES));
    } finally {
      in.release();
      out.release();
    }
  }

  private boolean opens(byte[] message) throws GeneralSecurityException {
    ByteBuf in = ALLOC.directBuffer().writeBytes(message);
    ByteBuf out = tested.newBuffer(ALLOC, PLAINTEXT.length);
    try {
      tested.open(key, COUNTER + 1, in, message.length, out);
      return Arrays.equals(PLAINTEXT, ByteBufUtil.getBytes(out));
    } catch (WireException refused) {
      return false;
    } finally {
      in.release();
      out.release();
    }
  }

  private byte[] sealedByJdk() throws GeneralSecurityException {
    byte[] out = new byte[PLAINTEXT.length + TAG.length];
    ChaChaPoly jdk = AeadSource.ofJdk().open();
    jdk.encrypt(key, COUNTER + 1, ChaChaPoly.NO_AD, PLAINTEXT, PLAINTEXT.length, out, 0);
    return out;
  }

  private static byte[] tagOf(byte[] message) {
    return Arrays.copyOfRange(message, message.length - TAG.length, message.length);
  }

  private static byte[] changed(byte[] message) {
    byte[] changed = message.clone();
    changed[changed.length - 1] ^= 1;
    return changed;
  }

  private static void require(boolean right, String what) throws GeneralSecurityException {
    if (!right) {
      throw new GeneralSecurityException("self-test: " + what + " is not as RFC 8439 has it");
    }
  }
}
