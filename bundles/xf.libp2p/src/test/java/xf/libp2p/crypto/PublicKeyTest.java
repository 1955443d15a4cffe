package xf.libp2p.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.libp2p.wire.WireException;
import xf.testkit.fuzz.DecoderFuzz;

/** Keys: the test vectors of the libp2p peer-ids specification, and the JDK's signatures. */
class PublicKeyTest {
  private static final String ED25519_PRIVATE =
      "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fa"
          + "e2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
  private static final String ED25519 =
      "080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
  private static final String SECP256K1 =
      "08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99";
  private static final String ECDSA =
      "0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004de3d300fa36ae0e8f5"
          + "d530899d83abab44abf3161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d6851510c098e5c47"
          + "c646a597fb4dcec034e9f77c409e62";
  private static final String RSA =
      "080012a60430820222300d06092a864886f70d01010105000382020f003082020a0282020100e1be"
          + "ab071d08200bde24eef00d049449b07770ff9910257b2d7d5dda242ce8f0e2f12e1af4b32d9efd2c"
          + "090f66b0f29986dbb645dae9880089704a94e5066d594162ae6ee8892e6ec70701db0a6c445c0477"
          + "8eb3de1293aa1a23c3825b85c6620a2bc3f82f9b0c309bc0ab3aeb1873282bebd3da03c33e76c21e"
          + "9beb172fd44c9e43be32e2c99827033cf8d0f0c606f4579326c930eb4e854395ad941256542c7939"
          + "02185153c474bed109d6ff5141ebf9cd256cf58893a37f83729f97e7cb435ec679d2e33901d27bb3"
          + "5aa0d7e20561da08885ef0abbf8e2fb48d6a5487047a9ecb1ad41fa7ed84f6e3e8ecd5d98b3982d2"
          + "a901b4454991766da295ab78822add5612a2df83bcee814cf50973e80d7ef38111b1bd87da2ae924"
          + "38a2c8cbcc70b31ee319939a3b9c761dbc13b5c086d6b64bf7ae7dacc14622375d92a8ff9af7eb96"
          + "2162bbddebf90acb32adb5e4e4029f1c96019949ecfbfeffd7ac1e3fbcc6b6168c34be3d5a2e5999"
          + "fcbb39bba7adbca78eab09b9bc39f7fa4b93411f4cc175e70c0a083e96bfaefb04a9580b4753c173"
          + "8a6a760ae1afd851a1a4bdad231cf56e9284d832483df215a46c1c21bdf0c6cfe951c18f1ee4078c"
          + "79c13d63edb6e14feaeffabc90ad317e4875fe648101b0864097e998f0ca3025ef9638cd2b0caecd"
          + "3770ab54a1d9c6ca959b0f5dcbc90caeefc4135baca6fd475224269bbe1b0203010001";

  private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.US_ASCII);

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  @Test
  void shouldReadAndWriteTheKeysOfTheSpecification() {
    for (String key : new String[] {ED25519, SECP256K1, ECDSA, RSA}) {
      assertArrayEquals(hex(key), PublicKey.decode(hex(key)).encoded());
    }
  }

  @Test
  void shouldNameShortKeysByThemselvesAndLongOnesByTheirHash() {
    assertTrue(PublicKey.decode(hex(ED25519)).peerId().toString().startsWith("12D3KooW"));
    assertTrue(PublicKey.decode(hex(SECP256K1)).peerId().toString().startsWith("16Uiu2HA"));
    assertTrue(PublicKey.decode(hex(RSA)).peerId().toString().startsWith("Qm"));
  }

  @Test
  void shouldDeriveThePublicFromThePrivateKeyOfTheSpecification() {
    Ed25519Identity identity = Ed25519Identity.decode(hex(ED25519_PRIVATE));
    assertArrayEquals(hex(ED25519), PublicKey.of(identity.publicKey()).encoded());
    assertArrayEquals(hex(ED25519_PRIVATE), identity.encodePrivate());
  }

  @Test
  void shouldRefuseAPrivateKeyBesideAnotherPublicKey() {
    byte[] changed = hex(ED25519_PRIVATE);
    changed[changed.length - 1] ^= 1;
    assertThrows(WireException.class, () -> Ed25519Identity.decode(changed));
  }

  @Test
  void shouldVerifyEd25519() {
    Ed25519Identity identity = Ed25519Identity.ofSeed(new byte[32]);
    PublicKey key = PublicKey.of(identity.publicKey());
    assertVerifiesOnly(key, identity.sign(MESSAGE));
  }

  @Test
  void shouldVerifyRsaOfTheJdk() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    PublicKey key = PublicKey.of(PublicKey.Type.RSA, pair.getPublic().getEncoded());
    assertVerifiesOnly(key, sign("SHA256withRSA", pair));
  }

  @Test
  void shouldVerifyEcdsaOfTheJdk() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    for (String curve : new String[] {"secp256r1", "secp384r1", "secp521r1"}) {
      generator.initialize(new ECGenParameterSpec(curve));
      KeyPair pair = generator.generateKeyPair();
      PublicKey key = PublicKey.of(PublicKey.Type.ECDSA, pair.getPublic().getEncoded());
      assertVerifiesOnly(key, sign("SHA256withECDSA", pair));
    }
  }

  private static byte[] sign(String algorithm, KeyPair pair) throws Exception {
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(pair.getPrivate());
    signature.update(MESSAGE);
    return signature.sign();
  }

  private static void assertVerifiesOnly(PublicKey key, byte[] signature) {
    assertTrue(key.verify(MESSAGE, signature));
    assertFalse(key.verify(new byte[] {1}, signature));
    assertFalse(key.verify(MESSAGE, new byte[0]));
    assertFalse(key.verify(MESSAGE, Arrays.copyOf(signature, signature.length - 1)));
    byte[] changed = signature.clone();
    changed[changed.length / 2] ^= 1;
    assertFalse(key.verify(MESSAGE, changed));
  }

  @Test
  void shouldRefuseRsaKeysThatAreTooSmall() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    byte[] small = generator.generateKeyPair().getPublic().getEncoded();
    assertThrows(WireException.class, () -> PublicKey.of(PublicKey.Type.RSA, small));
  }

  @Test
  void shouldRefuseAKeyOfSmallOrder() {
    byte[] identityPoint = new byte[32];
    identityPoint[0] = 1;
    assertThrows(WireException.class, () -> PublicKey.of(PublicKey.Type.ED25519, identityPoint));
  }

  @Test
  void shouldRefuseEncodingsThatAreNotDeterministic() {
    String fieldsSwapped = ED25519.substring(4) + "0801";
    String withUnknownField = ED25519 + "1801";
    String longVarint = "088100" + ED25519.substring(4);
    String unknownType = "0807" + ED25519.substring(4);
    String withoutData = "0801";
    for (String bad :
        new String[] {fieldsSwapped, withUnknownField, longVarint, unknownType, withoutData, ""}) {
      assertThrows(WireException.class, () -> PublicKey.decode(hex(bad)), bad);
    }
  }

  @Test
  void shouldCompareByContent() {
    assertEquals(PublicKey.decode(hex(ECDSA)), PublicKey.decode(hex(ECDSA)));
    assertEquals(PublicKey.decode(hex(ECDSA)).hashCode(), PublicKey.decode(hex(ECDSA)).hashCode());
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldSurviveAnyPublicKey() {
    List<byte[]> corpus = List.of(hex(ED25519), hex(SECP256K1), hex(ECDSA), hex(RSA));
    new DecoderFuzz("public key", 2_000_000, corpus)
        .run(
            input -> {
              PublicKey key = PublicKey.decode(input);
              // A key that was read must be usable, and names a peer.
              assertFalse(key.verify(MESSAGE, new byte[64]) && key.peerId().toString().isEmpty());
            });
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldSurviveAnyPrivateKey() {
    byte[] own = Ed25519Identity.decode(hex(ED25519_PRIVATE)).encodePrivate();
    new DecoderFuzz("private key", 500_000, List.of(hex(ED25519_PRIVATE), own))
        .run(input -> assertEquals(64, Ed25519Identity.decode(input).sign(MESSAGE).length));
  }
}
