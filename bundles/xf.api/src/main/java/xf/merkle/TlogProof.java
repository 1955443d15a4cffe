package xf.merkle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.EventDescriptor;
import xf.event.Hash;
import xf.event.XfException;

/**
 * A file that proves, offline and with nothing but the log's key, that an entry is in a log (C2SP
 * tlog-proof). In those of our own logs the {@code extra} line carries the event's canonical bytes,
 * so that the proof needs no other file.
 *
 * @param extra opaque bytes, none when there is no such line; not to be changed
 * @param index 0-based index of the entry
 * @param path sibling hashes from the leaf up
 * @param checkpoint the signed checkpoint it leads to
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode below look at the content
public record TlogProof(byte[] extra, long index, List<Hash> path, SignedNote checkpoint) {
  /** Suffix of such files. */
  public static final String FILE_SUFFIX = ".tlog-proof";

  /** Longest file: an event in base64, 63 hashes and a checkpoint. */
  public static final int MAX_BYTES = 98_304;

  /** Most hashes of a path. */
  public static final int MAX_HASHES = 63;

  private static final String HEADER = "c2sp.org/tlog-proof@v1";
  private static final String EXTRA = "extra ";
  private static final String INDEX = "index ";
  private static final String WHAT = "proof";
  private static final byte[] NO_EXTRA = new byte[0];

  /** Copies the path. */
  public TlogProof {
    path = List.copyOf(path);
    if (index < 0) {
      throw new IllegalArgumentException("index " + index + ": expected 0 or more");
    }
  }

  /** Proves an event with its canonical bytes. */
  public static TlogProof of(byte[] event, InclusionProof proof, Checkpoint checkpoint) {
    if (proof.size() != checkpoint.head().size()) {
      throw new IllegalArgumentException(
          "proof for size " + proof.size() + ", checkpoint of " + checkpoint.head().size());
    }
    return new TlogProof(event.clone(), proof.index(), proof.path(), checkpoint.toNote());
  }

  /** The file's bytes. */
  public byte[] toBytes() {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    if (extra.length > 0) {
      text.append(EXTRA).append(TextFormat.base64(extra)).append('\n');
    }
    text.append(INDEX).append(index).append('\n');
    for (Hash hash : path) {
      text.append(TextFormat.base64(hash)).append('\n');
    }
    byte[] head = TextFormat.utf8(text.append('\n').toString());
    byte[] note = checkpoint.toBytes();
    byte[] file = Arrays.copyOf(head, head.length + note.length);
    System.arraycopy(note, 0, file, head.length, note.length);
    return file;
  }

  /**
   * Reads a file, of which only the one spelling that {@link #toBytes} gives is taken.
   *
   * @throws XfException {@code BAD_FORMAT} or {@code TOO_LARGE} naming the line that is wrong
   */
  public static TlogProof parse(byte[] file) {
    TextFormat lines = new TextFormat(WHAT, TextFormat.decode(WHAT, file, MAX_BYTES));
    lines.literal(HEADER);
    byte[] extra = NO_EXTRA;
    if (lines.startsWith(EXTRA)) {
      extra = lines.base64(lines.field(EXTRA), EventDescriptor.MAX_EVENT_BYTES);
    }
    long index = lines.number(lines.field(INDEX), Long.MAX_VALUE);
    List<Hash> path = new ArrayList<>();
    for (String line = lines.line("a hash or a blank line");
        !line.isEmpty();
        line = lines.line("a hash or a blank line")) {
      if (path.size() == MAX_HASHES) {
        throw lines.badLine("at most " + MAX_HASHES + " hashes");
      }
      path.add(lines.hash(line));
    }
    SignedNote note = SignedNote.parse(TextFormat.utf8(lines.rest()));
    TlogProof proof = new TlogProof(extra, index, path, note);
    if (!Arrays.equals(proof.toBytes(), file)) {
      throw TextFormat.bad("proof is not in its canonical form; write it again");
    }
    return proof;
  }

  /**
   * Verifies that the event in the {@code extra} line is in the log whose key this is.
   *
   * @return the checkpoint under which it is
   * @throws XfException {@code NOT_VERIFIED} or {@code BAD_FORMAT} saying what does not fit
   */
  public Checkpoint verify(TreeHasher hasher, VerifierKey key) {
    if (extra.length == 0) {
      throw TextFormat.bad("proof has no extra line: expected the event's bytes there");
    }
    Checkpoint signed = Checkpoint.of(checkpoint, key);
    verifyPath(hasher, hasher.leaf(extra), signed.head());
    return signed;
  }

  /**
   * Verifies that an entry is in the log whose key this is, anybody's.
   *
   * @param leafHash hash of the entry, made as that log makes them
   * @return the checkpoint under which it is
   * @throws XfException {@code NOT_VERIFIED} or {@code BAD_FORMAT} saying what does not fit
   */
  public CheckpointText verify(TreeHasher hasher, VerifierKey key, Hash leafHash) {
    checkpoint.verify(List.of(key));
    CheckpointText text = CheckpointText.parse(checkpoint.text());
    if (!text.origin().equals(key.name())) {
      throw new XfException(
          ErrorCode.NOT_VERIFIED,
          "checkpoint is of \"" + text.origin() + "\", the key of \"" + key.name() + "\"");
    }
    verifyPath(hasher, leafHash, text.head());
    return text;
  }

  private void verifyPath(TreeHasher hasher, Hash leafHash, TreeHead head) {
    new InclusionProof(index, head.size(), path).verify(hasher, leafHash, head);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TlogProof p
        && Arrays.equals(extra, p.extra)
        && index == p.index
        && path.equals(p.path)
        && checkpoint.equals(p.checkpoint);
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(extra), index, path, checkpoint);
  }
}
