package xf.libp2p.security;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import xf.gossip.net.CloseReason.Kind;
import xf.libp2p.wire.WireException;

class AeadSourceTest {
  private static final byte[] KEY = new byte[32];

  @ParameterizedTest
  @EnumSource
  void shouldComputeWhatTheStandardSays(TestCipher cipher) {
    assertDoesNotThrow(() -> AeadSelfTest.check(cipher.source().open()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 17, 63, 64, 65, 500, 4096, 65_518, 65_519})
  void shouldSealTheSameBytesWithEitherCipher(int lengthBytes) {
    byte[] plaintext = new byte[lengthBytes];
    new Random(lengthBytes).nextBytes(plaintext);
    byte[] sealed = seal(TestCipher.JDK, plaintext);
    assertArrayEquals(sealed, seal(TestCipher.CONSCRYPT, plaintext));
    assertArrayEquals(plaintext, open(TestCipher.CONSCRYPT, sealed));
    assertArrayEquals(plaintext, open(TestCipher.JDK, sealed));
  }

  @ParameterizedTest
  @EnumSource
  void shouldRefuseAnyFlippedBit(TestCipher cipher) {
    byte[] sealed = seal(cipher, new byte[] {1, 2, 3});
    for (int bit = 0; bit < sealed.length * Byte.SIZE; bit++) {
      byte[] changed = sealed.clone();
      changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      WireException refused = assertThrows(WireException.class, () -> open(cipher, changed));
      assertEquals(Kind.NOT_VERIFIED, refused.reason().kind(), "bit " + bit);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldGiveOutNothingOfAMessageThatWasChanged(TestCipher cipher) {
    byte[] sealed = seal(cipher, new byte[1000]);
    sealed[999] ^= 1;
    ChaChaPoly aead = cipher.source().open();
    ByteBuf out = aead.newBuffer(UnpooledByteBufAllocator.DEFAULT, sealed.length);
    CipherState state = new CipherState(KEY);
    ByteBuf in = Unpooled.wrappedBuffer(sealed);
    assertThrows(WireException.class, () -> state.open(aead, in, sealed.length, out));
    assertEquals(0, out.readableBytes());
    out.release();
  }

  @ParameterizedTest
  @EnumSource
  void shouldRefuseAMessageWithoutRoomForATag(TestCipher cipher) {
    for (int length = 0; length < ChaChaPoly.TAG_BYTES; length++) {
      byte[] tooShort = new byte[length];
      assertThrows(WireException.class, () -> open(cipher, tooShort), "length " + length);
    }
  }

  @Test
  void shouldUseConscryptWhereTheJdkIsSlow() {
    TestCipher.CONSCRYPT.source(); // or skip
    assertTrue(AeadSource.best(17, ConscryptProvider::load).isNative());
    assertNull(Security.getProvider("Conscrypt"), "nobody else's ciphers may change");
  }

  @Test
  void shouldUseTheJdkWhereItHasIntrinsics() {
    Supplier<Provider> notAsked =
        () -> {
          throw new AssertionError("no native library is loaded for nothing");
        };
    assertFalse(AeadSource.best(21, notAsked).isNative());
  }

  @Test
  void shouldUseTheJdkWhereConscryptIsMissing() {
    assertFalse(AeadSource.best(17, failing(new NoClassDefFoundError("Conscrypt"))).isNative());
    assertFalse(AeadSource.best(17, failing(new UnsatisfiedLinkError("musl"))).isNative());
  }

  private static Supplier<Provider> failing(LinkageError failure) {
    return () -> {
      throw failure;
    };
  }

  @ParameterizedTest
  @EnumSource
  void shouldUseTheJdkInsteadOfACipherThatFailsTheTest(BrokenCipher.Fault fault)
      throws GeneralSecurityException {
    Provider broken = BrokenCipher.provider(fault);
    javax.crypto.Cipher.getInstance("ChaCha20-Poly1305", broken); // it is there
    assertFalse(AeadSource.best(17, () -> broken).isNative());
  }

  private static byte[] seal(TestCipher cipher, byte[] plaintext) {
    ChaChaPoly aead = cipher.source().open();
    ByteBuf out = aead.newBuffer(UnpooledByteBufAllocator.DEFAULT, 1);
    try {
      new CipherState(KEY).seal(aead, Unpooled.wrappedBuffer(plaintext), out);
      return ByteBufUtil.getBytes(out);
    } finally {
      out.release();
    }
  }

  private static byte[] open(TestCipher cipher, byte[] sealed) {
    ChaChaPoly aead = cipher.source().open();
    ByteBuf out = aead.newBuffer(UnpooledByteBufAllocator.DEFAULT, 1);
    try {
      new CipherState(KEY).open(aead, Unpooled.wrappedBuffer(sealed), sealed.length, out);
      return ByteBufUtil.getBytes(out);
    } finally {
      out.release();
    }
  }
}
