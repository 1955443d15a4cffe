package xf.merkle;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import xf.event.ErrorCode;
import xf.event.Sha256;
import xf.event.XfException;

/**
 * A note key of Rekor's first version: ECDSA over the note's text, the signature in DER, the key id
 * the first bytes of the SHA-256 of the key's SubjectPublicKeyInfo.
 */
record EcdsaKey(String name, int id, PublicKey key) {
  private static final String ALGORITHM = "SHA256withECDSA";

  static boolean isKnown(String keyDetails) {
    return keyDetails.equals("PKIX_ECDSA_P256_SHA_256");
  }

  static EcdsaKey of(String name, byte[] spki) {
    try {
      PublicKey key = KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(spki));
      int id = ByteBuffer.wrap(Sha256.newDigest().digest(spki)).getInt();
      return new EcdsaKey(name, id, key);
    } catch (GeneralSecurityException e) {
      throw new XfException(ErrorCode.BAD_FORMAT, "key of " + name + ": " + e, e);
    }
  }

  /** Throws unless the note has exactly one signature of this key's name and id, and it holds. */
  void verify(SignedNote note) {
    long good =
        note.signatures().stream()
            .filter(line -> line.name().equals(name) && line.keyId() == id)
            .filter(line -> holds(note.text(), line.signature()))
            .count();
    if (good != 1) {
      throw new XfException(
          ErrorCode.NOT_VERIFIED, "note: " + good + " good signatures of " + name + ", expected 1");
    }
  }

  private boolean holds(String text, byte[] der) {
    try {
      Signature check = Signature.getInstance(ALGORITHM);
      check.initVerify(key);
      check.update(TextFormat.utf8(text));
      return check.verify(der);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
