package xf.merkle;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.Sha256;
import xf.event.XfException;

/**
 * Proof that an author signed two heads of one log that cannot belong to one log. Anybody can
 * verify it with nothing else at hand, and nobody but the key's holder can make it: a proof that
 * merely fails is never evidence.
 *
 * <p>The file is UTF-8 text, each line ended by a newline, with one spelling only:
 *
 * <pre>
 *   XAER-FORK v1
 *   &lt;verifier key of the log: C2SP vkey&gt;
 *   type A | type B
 *   &lt;first checkpoint, a note of five lines, verbatim&gt;
 *   &lt;second checkpoint&gt;
 *   of type B only:
 *   range &lt;start&gt; &lt;end&gt;
 *   &lt;hash of the range in the first tree, base64&gt;
 *   &lt;hashes of its subtree proof there, base64, a line each&gt;
 *   &lt;empty line&gt;
 *   &lt;hash of the range in the second tree&gt;
 *   &lt;hashes of its subtree proof there&gt;
 *   &lt;empty line&gt;
 * </pre>
 *
 * <p>Its id is the SHA-256 of all of it. The checkpoints have a fixed order, so that of type A two
 * peers that find one fork make one file.
 */
public sealed interface ForkEvidence {
  /** Longest file: two notes, two paths of 64 hashes and change. */
  int MAX_BYTES = 16_384;

  /** The checkpoint of smaller size; of equal sizes, the one of smaller root. */
  Checkpoint first();

  /** The other checkpoint. */
  Checkpoint second();

  /**
   * Verifies both signatures and both proofs.
   *
   * @throws XfException {@code NOT_VERIFIED} saying what does not fit
   */
  default void verify(TreeHasher hasher) {
    verify(hasher, Checkpoint::verify);
  }

  /**
   * Verifies both proofs, and has {@code signatures} verify each checkpoint, which may remember
   * those that it has verified before.
   *
   * @throws XfException {@code NOT_VERIFIED} saying what does not fit
   */
  void verify(TreeHasher hasher, Consumer<Checkpoint> signatures);

  /** The file's bytes. */
  byte[] toBytes();

  /** The log that forked. */
  default LogId log() {
    return first().log();
  }

  /** The author who signed both. */
  default AuthorKey author() {
    return first().author();
  }

  /** SHA-256 of the file. */
  default Hash id() {
    return Hash.of(Sha256.newDigest().digest(toBytes()));
  }

  /** Type A from two checkpoints in any order. */
  static SameSize of(Checkpoint one, Checkpoint other) {
    boolean inOrder = one.head().root().compareTo(other.head().root()) < 0;
    return inOrder ? new SameSize(one, other) : new SameSize(other, one);
  }

  /**
   * Reads a file and verifies its signatures; {@link #verify(TreeHasher)} is yet to be called.
   *
   * @throws XfException {@code BAD_FORMAT}, {@code TOO_LARGE} or {@code NOT_VERIFIED} saying what
   *     is wrong
   */
  static ForkEvidence parse(byte[] file) {
    ForkEvidence evidence = read(file);
    evidence.first().verify();
    evidence.second().verify();
    return evidence;
  }

  /**
   * Reads a file and verifies nothing of it, for a caller that verifies all of it next.
   *
   * @throws XfException {@code BAD_FORMAT} or {@code TOO_LARGE} saying what is wrong
   */
  static ForkEvidence read(byte[] file) {
    ForkEvidence evidence = ForkText.parse(file);
    if (!Arrays.equals(evidence.toBytes(), file)) {
      throw TextFormat.bad("fork evidence is not in its canonical form");
    }
    return evidence;
  }

  /**
   * Type A: two signed roots at one size.
   *
   * @param first the checkpoint of smaller root
   * @param second the other
   */
  record SameSize(Checkpoint first, Checkpoint second) implements ForkEvidence {
    /** Refuses what is no fork or not in order. */
    public SameSize {
      requireSameLog(first, second);
      if (first.head().size() != second.head().size()
          || first.head().root().compareTo(second.head().root()) >= 0) {
        throw TextFormat.bad("fork evidence of type A needs one size and two roots in order");
      }
    }

    @Override
    public void verify(TreeHasher hasher, Consumer<Checkpoint> signatures) {
      signatures.accept(first);
      signatures.accept(second);
    }

    @Override
    public byte[] toBytes() {
      return TextFormat.utf8(ForkText.head(this, 'A').toString());
    }
  }

  /**
   * Type B: two signed sizes, and a range of leaves, covered by both, that differs.
   *
   * @param first the checkpoint of smaller size
   * @param second the one of larger size
   * @param start first leaf of the range: a subtree, often a single leaf or a page
   * @param end leaf after its last
   * @param inFirst its hash and subtree proof in the first tree
   * @param inSecond its hash and subtree proof in the second tree
   */
  record Diverging(
      Checkpoint first, Checkpoint second, long start, long end, Branch inFirst, Branch inSecond)
      implements ForkEvidence {
    /** Refuses what is no fork or not in order. */
    public Diverging {
      requireSameLog(first, second);
      if (first.head().size() >= second.head().size()) {
        throw TextFormat.bad("fork evidence of type B needs two sizes, the smaller first");
      }
      if (!SubtreeProof.isSubtree(start, end) || end > first.head().size()) {
        throw TextFormat.bad("fork evidence of type B needs a subtree that both trees cover");
      }
      if (inFirst.hash().equals(inSecond.hash())) {
        throw TextFormat.bad("fork evidence of type B needs two hashes that differ");
      }
    }

    @Override
    public void verify(TreeHasher hasher, Consumer<Checkpoint> signatures) {
      signatures.accept(first);
      signatures.accept(second);
      verify(hasher, first, inFirst);
      verify(hasher, second, inSecond);
    }

    private void verify(TreeHasher hasher, Checkpoint checkpoint, Branch branch) {
      long size = checkpoint.head().size();
      new SubtreeProof(start, end, size, branch.path())
          .verify(hasher, branch.hash(), checkpoint.head());
    }

    @Override
    public byte[] toBytes() {
      StringBuilder text = ForkText.head(this, 'B');
      text.append("range ").append(start).append(' ').append(end).append('\n');
      ForkText.append(text, inFirst);
      ForkText.append(text, inSecond);
      return TextFormat.utf8(text.toString());
    }
  }

  /**
   * What one of the trees has in the range.
   *
   * @param hash root of the range there; of a single leaf its leaf hash
   * @param path its subtree proof; of a single leaf its inclusion proof
   */
  record Branch(Hash hash, List<Hash> path) {
    /** Copies the path. */
    public Branch {
      path = List.copyOf(path);
    }
  }

  private static void requireSameLog(Checkpoint first, Checkpoint second) {
    if (!first.log().equals(second.log()) || !first.author().equals(second.author())) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "fork evidence needs two checkpoints of one log by one author");
    }
  }
}
