package xf.merkle;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import xf.event.AuthorKey;
import xf.event.Bytes32;
import xf.event.ErrorCode;
import xf.event.Sha256;
import xf.event.XfException;

/**
 * A key that verifies notes (C2SP signed-note, verifier key or vkey): {@code name+id+base64(type ||
 * key)}.
 *
 * @param name the name in signature lines; for a log, its origin
 * @param type what is signed, and how
 * @param key the Ed25519 key
 */
public record VerifierKey(String name, Type type, AuthorKey key) {
  /** Signature types of C2SP signed-note that are understood here. */
  public enum Type {
    /** 0x01: Ed25519 over the note's text. */
    ED25519(1),
    /** 0x04: a witness's Ed25519 over a time and the text (C2SP tlog-cosignature, version 1). */
    COSIGNATURE_V1(4);

    private final byte code;

    Type(int code) {
      this.code = (byte) code;
    }
  }

  private static final int MAX_TEXT_CHARS = 1024;
  private static final int TIMESTAMP_BYTES = Long.BYTES;

  /** Refuses a name that cannot stand in a signature line. */
  public VerifierKey {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "key name \"" + name + "\": must not be empty or contain spaces or '+'");
    }
  }

  /** The key of a log or other signer of whole notes. */
  public static VerifierKey of(String name, AuthorKey key) {
    return new VerifierKey(name, Type.ED25519, key);
  }

  /**
   * Reads the text form.
   *
   * @throws XfException {@code BAD_FORMAT} saying what is wrong with it
   */
  public static VerifierKey parse(String text) {
    if (text.length() > MAX_TEXT_CHARS) {
      throw bad("has " + text.length() + " characters: at most " + MAX_TEXT_CHARS);
    }
    int nameEnd = text.indexOf('+');
    int idEnd = text.indexOf('+', nameEnd + 1);
    if (nameEnd < 0 || idEnd < 0 || !isName(text.substring(0, nameEnd))) {
      throw bad("is not name+id+base64");
    }
    VerifierKey parsed = ofParts(text.substring(0, nameEnd), text.substring(idEnd + 1));
    if (!text.equals(parsed.toText())) {
      throw bad("has id " + text.substring(nameEnd + 1, idEnd) + ", expected " + parsed.idHex());
    }
    return parsed;
  }

  private static VerifierKey ofParts(String name, String base64) {
    byte[] typeAndKey = TextFormat.strictBase64(base64);
    if (typeAndKey == null || typeAndKey.length == 0) {
      throw bad("has no key in base64");
    }
    for (Type type : Type.values()) {
      if (type.code == typeAndKey[0] && typeAndKey.length == 1 + Bytes32.LENGTH_BYTES) {
        byte[] key = Arrays.copyOfRange(typeAndKey, 1, typeAndKey.length);
        return new VerifierKey(name, type, AuthorKey.of(key));
      }
    }
    throw bad(
        String.format(
            Locale.ROOT,
            "has type 0x%02x and %d key bytes, expected 0x01 or 0x04 and 32",
            typeAndKey[0],
            typeAndKey.length - 1));
  }

  private static XfException bad(String what) {
    return new XfException(ErrorCode.BAD_FORMAT, "verifier key " + what);
  }

  static boolean isName(String name) {
    return !name.isEmpty() && name.codePoints().noneMatch(VerifierKey::isSpaceOrPlus);
  }

  private static boolean isSpaceOrPlus(int c) {
    // U+0085 is a space to Unicode, but to neither of Java's two notions.
    return c == '+' || c == 0x85 || Character.isWhitespace(c) || Character.isSpaceChar(c);
  }

  /** First four bytes, big-endian, of SHA-256(name || 0x0A || type || key). */
  public int id() {
    MessageDigest sha256 = Sha256.newDigest();
    sha256.update(TextFormat.utf8(name));
    sha256.update((byte) '\n');
    sha256.update(type.code);
    return ByteBuffer.wrap(sha256.digest(key.toByteArray())).getInt();
  }

  private String idHex() {
    return HexFormat.of().toHexDigits(id());
  }

  /** The text form. */
  public String toText() {
    byte[] typeAndKey = new byte[1 + Bytes32.LENGTH_BYTES];
    typeAndKey[0] = type.code;
    key.copyTo(typeAndKey, 1);
    return name + "+" + idHex() + "+" + TextFormat.base64(typeAndKey);
  }

  /** Whether {@code signature}, without its key id, is this key's for the text. */
  boolean verifies(String text, byte[] signature) {
    return switch (type) {
      case ED25519 -> key.verify(TextFormat.utf8(text), signature);
      case COSIGNATURE_V1 -> verifiesCosignature(text, signature);
    };
  }

  private boolean verifiesCosignature(String text, byte[] timestamped) {
    if (timestamped.length < TIMESTAMP_BYTES) {
      return false;
    }
    long seconds = ByteBuffer.wrap(timestamped).getLong();
    byte[] signature = Arrays.copyOfRange(timestamped, TIMESTAMP_BYTES, timestamped.length);
    String message = "cosignature/v1\ntime " + seconds + "\n" + text;
    return seconds >= 0 && key.verify(TextFormat.utf8(message), signature);
  }

  @Override
  public String toString() {
    return toText();
  }
}
