package xf.merkle;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.Signer;
import xf.event.XfException;

/**
 * A text and its signatures (C2SP signed-note). The text says nothing before {@link #verify} has
 * returned.
 *
 * @param text ends in a newline
 * @param signatures 1 to 16 of them, in the order of their lines
 */
public record SignedNote(String text, List<NoteSignature> signatures) {
  /** Longest note, in bytes. */
  public static final int MAX_BYTES = 4096;

  /** Most signature lines. */
  public static final int MAX_SIGNATURES = 16;

  private static final String WHAT = "note";

  /**
   * What {@link #verify} found.
   *
   * @param verified signatures by known keys, one for each key
   * @param unknown signatures by other keys, which say nothing
   */
  public record Opened(List<NoteSignature> verified, List<NoteSignature> unknown) {
    /** Copies the lists. */
    public Opened {
      verified = List.copyOf(verified);
      unknown = List.copyOf(unknown);
    }
  }

  /** Refuses what the format cannot express. */
  public SignedNote {
    signatures = List.copyOf(signatures);
    if (!text.endsWith("\n")) {
      throw TextFormat.bad("note's text does not end in a newline");
    }
    if (signatures.isEmpty() || signatures.size() > MAX_SIGNATURES) {
      throw TextFormat.bad(
          "note has " + signatures.size() + " signatures, expected 1 to " + MAX_SIGNATURES);
    }
    TextFormat.decode(WHAT, encode(text, signatures), MAX_BYTES);
  }

  /** Signs a text with a key of type Ed25519. */
  public static SignedNote sign(String text, String name, Signer signer) {
    VerifierKey key = VerifierKey.of(name, signer.author());
    byte[] signature = signer.sign(TextFormat.utf8(text));
    return new SignedNote(text, List.of(NoteSignature.of(key, signature)));
  }

  /**
   * Reads a note of at most 4 KiB.
   *
   * @throws XfException {@code BAD_FORMAT} or {@code TOO_LARGE} saying what is wrong with it
   */
  public static SignedNote parse(byte[] bytes) {
    String note = TextFormat.decode(WHAT, bytes, MAX_BYTES);
    int separator = note.lastIndexOf("\n\n");
    if (separator < 0 || separator + 2 == note.length()) {
      throw TextFormat.bad("note has no blank line and signatures after its text");
    }
    TextFormat lines = new TextFormat(WHAT, note.substring(separator + 2));
    List<NoteSignature> signatures = new ArrayList<>();
    while (!lines.atEnd()) {
      if (signatures.size() == MAX_SIGNATURES) {
        throw TextFormat.bad("note has more than " + MAX_SIGNATURES + " signatures");
      }
      signatures.add(NoteSignature.parse(lines.line("a signature")));
    }
    return new SignedNote(note.substring(0, separator + 1), signatures);
  }

  /** The note as it is stored and sent. */
  public byte[] toBytes() {
    return encode(text, signatures);
  }

  private static byte[] encode(String text, List<NoteSignature> signatures) {
    StringBuilder note = new StringBuilder(text).append('\n');
    for (NoteSignature signature : signatures) {
      note.append(signature.toLine());
    }
    return TextFormat.utf8(note.toString());
  }

  /**
   * Verifies the signatures of known keys and keeps apart those of others.
   *
   * @throws XfException {@code NOT_VERIFIED} when a known key's signature is wrong, when two of the
   *     known keys go by one name and id, or when none of them signed
   */
  public Opened verify(Collection<VerifierKey> known) {
    List<NoteSignature> verified = new ArrayList<>();
    List<VerifierKey> seen = new ArrayList<>();
    List<NoteSignature> unknown = new ArrayList<>();
    for (NoteSignature signature : signatures) {
      VerifierKey key = find(known, signature);
      if (key == null) {
        addOnce(unknown, signature);
        continue;
      }
      if (!key.verifies(text, signature.signature())) {
        throw notVerified("signature of " + key.name() + " is wrong");
      }
      if (!seen.contains(key)) {
        seen.add(key);
        verified.add(signature);
      }
    }
    if (verified.isEmpty()) {
      throw notVerified("no signature is by a known key");
    }
    return new Opened(verified, unknown);
  }

  private static void addOnce(List<NoteSignature> list, NoteSignature signature) {
    if (!list.contains(signature)) {
      list.add(signature);
    }
  }

  private static @Nullable VerifierKey find(
      Collection<VerifierKey> known, NoteSignature signature) {
    VerifierKey found = null;
    for (VerifierKey key : known) {
      if (key.name().equals(signature.name()) && key.id() == signature.keyId()) {
        if (found != null) {
          throw notVerified("two known keys are named " + key.name() + " with one id");
        }
        found = key;
      }
    }
    return found;
  }

  private static XfException notVerified(String what) {
    return new XfException(ErrorCode.NOT_VERIFIED, "note: " + what);
  }
}
