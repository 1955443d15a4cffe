package xf.merkle;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One signature line of a note: {@code — name base64(key id || signature)}.
 *
 * @param name the key's name
 * @param base64 four bytes of key id, then the signature
 */
public record NoteSignature(String name, String base64) {
  static final String PREFIX = "\u2014 ";
  private static final int ID_BYTES = Integer.BYTES;

  /** Refuses what is no signature line. */
  public NoteSignature {
    byte[] bytes = TextFormat.strictBase64(base64);
    if (bytes == null || bytes.length <= ID_BYTES || !VerifierKey.isName(name)) {
      throw TextFormat.bad("signature line of \"" + name + "\" is not a name and base64");
    }
  }

  static NoteSignature of(VerifierKey key, byte[] signature) {
    ByteBuffer bytes = ByteBuffer.allocate(ID_BYTES + signature.length);
    return new NoteSignature(
        key.name(), TextFormat.base64(bytes.putInt(key.id()).put(signature).array()));
  }

  /** Reads a line without its newline. */
  static NoteSignature parse(String line) {
    int space = line.indexOf(' ', PREFIX.length());
    if (!line.startsWith(PREFIX) || space < 0) {
      throw TextFormat.bad("note has a line among its signatures that is none: \"" + line + "\"");
    }
    return new NoteSignature(line.substring(PREFIX.length(), space), line.substring(space + 1));
  }

  private byte[] bytes() {
    byte[] bytes = TextFormat.strictBase64(base64);
    if (bytes == null) {
      throw new IllegalStateException("checked when it was made");
    }
    return bytes;
  }

  /** The key's id. */
  public int keyId() {
    return ByteBuffer.wrap(bytes()).getInt();
  }

  /** The signature itself. */
  public byte[] signature() {
    byte[] bytes = bytes();
    return Arrays.copyOfRange(bytes, ID_BYTES, bytes.length);
  }

  /** The line, with its newline. */
  String toLine() {
    return PREFIX + name + " " + base64 + "\n";
  }
}
