package xf.merkle;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import xf.event.AuthorKey;
import xf.event.Bytes32;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.Signer;
import xf.event.XfException;

/**
 * A tree head signed by the log's author: C2SP tlog-checkpoint in a signed note with an Ed25519
 * signature.
 *
 * <pre>
 *   wire form:  log id 32 | size u64 little-endian | root 32 | signature 64
 * </pre>
 *
 * @param log the log; its origin line is {@code xf/<base64url of the id>}
 * @param author whose key signed
 * @param head size and root
 * @param signature 64 bytes over the note's text; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode below look at the content
public record Checkpoint(LogId log, AuthorKey author, TreeHead head, byte[] signature) {
  /** Length of the wire form. */
  public static final int WIRE_BYTES = 136;

  /** Length of a signature. */
  public static final int SIGNATURE_BYTES = 64;

  private static final String ORIGIN_PREFIX = "xf/";
  private static final int LOG_OFFSET = 0;
  private static final int SIZE_OFFSET = 32;
  private static final int ROOT_OFFSET = 40;
  private static final int SIGNATURE_OFFSET = 72;

  /** Refuses a size or signature that cannot be. */
  public Checkpoint {
    if (signature.length != SIGNATURE_BYTES) {
      throw TextFormat.bad("checkpoint's signature has " + signature.length + " bytes, not 64");
    }
    if (head.size() > CompactRange.MAX_SIZE) {
      throw TextFormat.bad("checkpoint's size is " + head.size() + ": at most 2^56");
    }
  }

  /**
   * Signs a head. The caller has made sure that it extends every head signed before, durably: two
   * checkpoints that contradict each other prove a fork for good.
   */
  public static Checkpoint sign(Signer signer, LogId log, TreeHead head) {
    byte[] signature = signer.sign(TextFormat.utf8(text(log, head)));
    return new Checkpoint(log, signer.author(), head, signature);
  }

  private static String text(LogId log, TreeHead head) {
    return new CheckpointText(origin(log), head, List.of()).toText();
  }

  /** The origin line of a log, also the name of its key. */
  public static String origin(LogId log) {
    return ORIGIN_PREFIX
        + Base64.getUrlEncoder().withoutPadding().encodeToString(log.toByteArray());
  }

  /**
   * The log that an origin line names.
   *
   * @throws XfException {@code BAD_FORMAT} when it is no origin of ours
   */
  public static LogId logOf(String origin) {
    if (origin.startsWith(ORIGIN_PREFIX)) {
      byte[] id = urlBase64(origin.substring(ORIGIN_PREFIX.length()));
      if (id.length == Bytes32.LENGTH_BYTES && origin(LogId.of(id)).equals(origin)) {
        return LogId.of(id);
      }
    }
    throw TextFormat.bad("origin \"" + origin + "\": expected xf/ and a log id in base64url");
  }

  private static byte[] urlBase64(String text) {
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new XfException(ErrorCode.BAD_FORMAT, "origin's log id is not base64url", e);
    }
  }

  /** The key that verifies an author's checkpoints of a log. */
  public static VerifierKey verifierKey(LogId log, AuthorKey author) {
    return VerifierKey.of(origin(log), author);
  }

  /** The key that verifies this log's checkpoints. */
  public VerifierKey verifierKey() {
    return verifierKey(log, author);
  }

  /** The signed text: origin, size and root, a line each. */
  public String text() {
    return text(log, head);
  }

  /** The note that foreign tools verify. */
  public SignedNote toNote() {
    return new SignedNote(text(), List.of(NoteSignature.of(verifierKey(), signature)));
  }

  /**
   * Reads and verifies a note signed by a log's key; other signatures on it are ignored.
   *
   * @throws XfException {@code BAD_FORMAT}, {@code TOO_LARGE} or {@code NOT_VERIFIED} saying why
   *     not
   */
  public static Checkpoint parse(byte[] note, VerifierKey key) {
    return of(SignedNote.parse(note), key);
  }

  /** Verifies a note like {@link #parse}. */
  public static Checkpoint of(SignedNote note, VerifierKey key) {
    return unverified(note, note.verify(List.of(key)).verified().get(0), key);
  }

  /** Reads what a note says that claims to be signed by a key. */
  static Checkpoint unverified(SignedNote note, NoteSignature signature, VerifierKey key) {
    CheckpointText text = CheckpointText.parse(note.text());
    if (key.type() != VerifierKey.Type.ED25519 || !text.origin().equals(key.name())) {
      throw notVerified(
          "is of \"" + text.origin() + "\", the key is for checkpoints of \"" + key.name() + "\"");
    }
    if (!text.extensions().isEmpty()) {
      throw TextFormat.bad("checkpoint has extension lines, expected none");
    }
    LogId log = logOf(text.origin());
    Checkpoint checkpoint = new Checkpoint(log, key.key(), text.head(), signature.signature());
    checkpoint.requireRootOfNothing();
    return checkpoint;
  }

  /**
   * Verifies the signature.
   *
   * @throws XfException {@code NOT_VERIFIED} when it is wrong
   */
  public void verify() {
    requireRootOfNothing();
    if (!author.verify(TextFormat.utf8(text()), signature)) {
      throw notVerified(
          "of log " + log + " at size " + head.size() + " is not signed by " + author);
    }
  }

  private void requireRootOfNothing() {
    if (head.size() == 0 && !head.root().equals(TreeHasher.EMPTY_ROOT)) {
      throw notVerified("of size 0 has root " + head.root() + ", expected the empty root");
    }
  }

  private static XfException notVerified(String what) {
    return new XfException(ErrorCode.NOT_VERIFIED, "checkpoint " + what);
  }

  /** Writes the wire form at an absolute offset of a little-endian buffer. */
  public void encode(ByteBuffer out, int offset) {
    PageBuilder.requireLittleEndian(out);
    log.putTo(out, offset + LOG_OFFSET);
    out.putLong(offset + SIZE_OFFSET, head.size());
    head.root().putTo(out, offset + ROOT_OFFSET);
    out.put(offset + SIGNATURE_OFFSET, signature);
  }

  /**
   * Reads the wire form; {@link #verify} is yet to be called.
   *
   * @param in little-endian
   * @param author the log's author, known from elsewhere
   * @throws XfException {@code BAD_FORMAT} when it is cut short or its size cannot be
   */
  public static Checkpoint decode(ByteBuffer in, int offset, AuthorKey author) {
    PageBuilder.requireLittleEndian(in);
    if (offset < 0 || in.limit() - offset < WIRE_BYTES) {
      throw TextFormat.bad("checkpoint has " + (in.limit() - offset) + " bytes, expected 136");
    }
    long size = in.getLong(offset + SIZE_OFFSET);
    if (size < 0) {
      throw TextFormat.bad(
          "checkpoint's size is " + Long.toUnsignedString(size) + ": at most 2^56");
    }
    byte[] signature = new byte[SIGNATURE_BYTES];
    in.get(offset + SIGNATURE_OFFSET, signature);
    TreeHead head = new TreeHead(size, Hash.at(in, offset + ROOT_OFFSET));
    return new Checkpoint(LogId.at(in, offset + LOG_OFFSET), author, head, signature);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Checkpoint c
        && log.equals(c.log)
        && author.equals(c.author)
        && head.equals(c.head)
        && Arrays.equals(signature, c.signature);
  }

  @Override
  public int hashCode() {
    return Objects.hash(log, head);
  }
}
