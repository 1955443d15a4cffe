package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.XfException;

/** What the vectors' checkpoints of Rekor are verified with must itself refuse a wrong one. */
class EcdsaKeyTest {
  private static final String TEXT =
      "rekor.example - 1\n7\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n";

  private static SignedNote note(String text, String name, int id, byte[] signature) {
    byte[] line = ByteBuffer.allocate(4 + signature.length).putInt(id).put(signature).array();
    return new SignedNote(text, List.of(new NoteSignature(name, TextFormat.base64(line))));
  }

  @Test
  void shouldAcceptTheKeysOwnSignatureAndNoOther() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    EcdsaKey key = EcdsaKey.of("rekor.example", pair.getPublic().getEncoded());
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(pair.getPrivate());
    signer.update(TextFormat.utf8(TEXT));
    byte[] good = signer.sign();
    key.verify(note(TEXT, "rekor.example", key.id(), good));
    byte[] bad = good.clone();
    bad[good.length - 1] ^= 1;
    assertRefused(() -> key.verify(note(TEXT, "rekor.example", key.id(), bad)));
    assertRefused(() -> key.verify(note(TEXT, "rekor.example", key.id() + 1, good)));
    assertRefused(() -> key.verify(note(TEXT, "other.example", key.id(), good)));
    String other = TEXT.replace("\n7\n", "\n8\n");
    assertRefused(() -> key.verify(note(other, "rekor.example", key.id(), good)));
  }

  private static void assertRefused(Runnable verify) {
    XfException refused = assertThrows(XfException.class, verify::run);
    assertEquals(ErrorCode.NOT_VERIFIED, refused.code());
  }
}
