package xf.libp2p.security;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import xf.libp2p.wire.WireException;

/** Vector: Noise_XX_25519_ChaChaPoly_SHA256 as published by cacophony, used by snow and others. */
@ParameterizedClass
@EnumSource(TestCipher.class)
class NoiseXxStateTest {
  private static final String[][] HANDSHAKE = {
    {
      "4c756477696720766f6e204d69736573",
      "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
          + "4c756477696720766f6e204d69736573"
    },
    {
      "4d757272617920526f746862617264",
      "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
          + "81cbad1f276e038c48378ffce2b65285e08d6b68aaa3629a5a8639392490e5b9"
          + "bd5269c2f1e4f488ed8831161f19b7815528f8982ffe09be9b5c412f8a0db50f"
          + "8814c7194e83f23dbd8d162c9326ad"
    },
    {
      "462e20412e20486179656b",
      "c7195ffacac1307ff99046f219750fc47693e23c3cb08b89c2af808b444850a8"
          + "0ae475b9df0f169ae80a89be0865b57f58c9fea0d4ec82a286427402f113e4b6"
          + "ae769a1d95941d49b25030"
    }
  };

  private static final String[][] TRANSPORT = {
    {
      "4361726c204d656e676572", "96763ed773f8e47bb3712f0e29b3060ffc956ffc146cee53d5e1df",
    },
    {
      "4a65616e2d426170746973746520536179",
      "3e40f15f6f3a46ae446b253bf8b1d9ffb6ed9b174d272328ff91a7e2e5c79c07f5",
    },
    {
      "457567656e2042f6686d20766f6e2042617765726b",
      "eb3f3515110702e047a6c9da4478b6ead94873c11c0f2d710ddb3f09fce024b3a58502ae3f",
    }
  };

  private static final byte[] NO_AD = new byte[0];

  private final ChaChaPoly aead;
  private final NoiseXxState initiator;
  private final NoiseXxState responder;

  NoiseXxStateTest(TestCipher cipher) {
    aead = cipher.source().open();
    initiator =
        vectorParty(
            true,
            "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
            "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a");
    responder =
        vectorParty(
            false,
            "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
            "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b");
  }

  private NoiseXxState vectorParty(boolean isInitiator, String staticKey, String ephemeral) {
    return new NoiseXxState(
        isInitiator,
        hex("4a6f686e2047616c74"),
        X25519KeyPair.ofPrivateKey(hex(staticKey)),
        X25519KeyPair.ofPrivateKey(hex(ephemeral)),
        aead);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private NoiseXxState writer(int message) {
    return message % 2 == 0 ? initiator : responder;
  }

  private NoiseXxState reader(int message) {
    return message % 2 == 0 ? responder : initiator;
  }

  private void shakeHands() {
    for (int i = 0; i < HANDSHAKE.length; i++) {
      byte[] message = writer(i).writeMessage(hex(HANDSHAKE[i][0]));
      assertArrayEquals(hex(HANDSHAKE[i][1]), message, "message " + i);
      assertArrayEquals(hex(HANDSHAKE[i][0]), reader(i).readMessage(message), "payload " + i);
    }
  }

  @Test
  void shouldAgreeWithThePublishedVector() {
    shakeHands();
    assertArrayEquals(
        hex("c8e5f64e846193be2a834104c2a009868d6c9f3bd3c186299888b488b2f1f58e"),
        initiator.handshakeHash());
    for (int i = 0; i < TRANSPORT.length; i++) {
      byte[] plaintext = hex(TRANSPORT[i][0]);
      byte[] sealed = new byte[plaintext.length + ChaChaPoly.TAG_BYTES];
      // The vector goes on alternating: message 3 is the responder's.
      writer(i + 3).sender().encrypt(aead, NO_AD, plaintext, plaintext.length, sealed, 0);
      assertArrayEquals(hex(TRANSPORT[i][1]), sealed, "transport message " + i);
      byte[] opened = new byte[plaintext.length];
      reader(i + 3).receiver().decrypt(aead, NO_AD, sealed, sealed.length, opened, 0);
      assertArrayEquals(plaintext, opened);
    }
  }

  @Test
  void shouldRefuseAReplayedOrReorderedMessage() {
    shakeHands();
    byte[] first = seal("one");
    byte[] second = seal("two");
    byte[] out = new byte[3];
    CipherState receiver = responder.receiver();
    receiver.decrypt(aead, NO_AD, first, first.length, out, 0);
    assertThrows(
        WireException.class, () -> receiver.decrypt(aead, NO_AD, first, first.length, out, 0));
    CipherState other = new CipherState(new byte[32]);
    assertThrows(
        WireException.class, () -> other.decrypt(aead, NO_AD, second, second.length, out, 0));
  }

  private byte[] seal(String text) {
    byte[] plaintext = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    byte[] sealed = new byte[plaintext.length + ChaChaPoly.TAG_BYTES];
    initiator.sender().encrypt(aead, NO_AD, plaintext, plaintext.length, sealed, 0);
    return sealed;
  }

  @Test
  void shouldRefuseAnyFlippedBitOfTheSecondMessage() {
    byte[] hello = initiator.writeMessage(new byte[0]);
    responder.readMessage(hello);
    byte[] answer = responder.writeMessage(hex("01"));
    for (int i = 0; i < answer.length; i++) {
      NoiseXxState fresh =
          vectorParty(
              true,
              "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
              "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a");
      fresh.writeMessage(new byte[0]);
      byte[] changed = answer.clone();
      changed[i] ^= 1;
      assertThrows(WireException.class, () -> fresh.readMessage(changed), "byte " + i);
    }
  }

  @Test
  void shouldRefuseTruncatedMessages() {
    byte[] hello = initiator.writeMessage(new byte[0]);
    for (int length = 0; length < hello.length; length++) {
      byte[] part = Arrays.copyOf(hello, length);
      NoiseXxState fresh = vectorParty(false, "11".repeat(32), "22".repeat(32));
      assertThrows(WireException.class, () -> fresh.readMessage(part));
    }
  }

  @Test
  void shouldRefuseAKeyOfSmallOrder() {
    responder.readMessage(new byte[32]);
    WireException refused =
        assertThrows(WireException.class, () -> responder.writeMessage(new byte[0]));
    assertTrue(refused.getMessage().contains("small order"), refused.getMessage());
  }

  @Test
  void shouldEndASessionBeforeItsNumbersDo() {
    CipherState last = new CipherState(new byte[32], CipherState.MAX_MESSAGES - 1);
    byte[] out = new byte[ChaChaPoly.TAG_BYTES];
    last.encrypt(aead, NO_AD, NO_AD, 0, out, 0);
    WireException over =
        assertThrows(WireException.class, () -> last.encrypt(aead, NO_AD, NO_AD, 0, out, 0));
    assertTrue(over.getMessage().contains("connect anew"), over.getMessage());
  }

  @Test
  void shouldInsistOnTheOrderOfThePattern() {
    assertThrows(IllegalStateException.class, () -> responder.writeMessage(new byte[0]));
    assertThrows(IllegalStateException.class, () -> initiator.readMessage(new byte[32]));
    assertEquals(
        32, X25519KeyPair.generate(new SecureRandom()).publicKey().length, "raw public key");
  }
}
