package xf.merkle;

import static xf.merkle.TreeHasher.HASH_BYTES;

import java.util.List;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.XfException;

/**
 * That a leaf is at an index of a tree of some size (RFC 9162 section 2.1.3).
 *
 * @param index 0-based index of the leaf
 * @param size number of leaves of the tree
 * @param path sibling hashes from the leaf up
 */
public record InclusionProof(long index, long size, List<Hash> path) {
  /** Copies the path. */
  public InclusionProof {
    path = List.copyOf(path);
  }

  /**
   * A proof that a leaf is in the tree over leaves {@code [start, end)} rather than in all of it:
   * to be verified against that subtree's root.
   *
   * @param index 0-based index of the leaf in the whole tree
   * @throws XfException {@code OUT_OF_RANGE} when that is no subtree, or the leaf is not in it
   */
  public static InclusionProof inSubtree(long index, long start, long end, List<Hash> path) {
    if (!SubtreeProof.isSubtree(start, end) || index < start || index >= end) {
      throw new XfException(
          ErrorCode.OUT_OF_RANGE,
          "leaf " + index + " in subtree [" + start + ", " + end + "): there is no such place");
    }
    return new InclusionProof(index - start, end - start, path);
  }

  /**
   * Verifies against a head, which must be signed or otherwise trusted.
   *
   * @throws XfException {@code NOT_VERIFIED} saying what does not fit
   */
  public void verify(TreeHasher hasher, Hash leafHash, TreeHead head) {
    if (size != head.size()) {
      throw notVerified("is for size " + size + ", the tree head has " + head.size());
    }
    verify(hasher, leafHash, head.root());
  }

  /** Verifies against the root of the tree of {@link #size} leaves. */
  void verify(TreeHasher hasher, Hash leafHash, Hash root) {
    byte[] computed = new byte[HASH_BYTES];
    computeRoot(hasher, leafHash, computed);
    if (!root.matches(computed, 0)) {
      throw notVerified("leads to root " + Hash.of(computed) + ", expected " + root);
    }
  }

  /** RFC 9162 section 2.1.3.2. */
  private void computeRoot(TreeHasher hasher, Hash leafHash, byte[] out) {
    if (index < 0 || index >= size) {
      throw notVerified("is for an index outside its tree");
    }
    int length = pathLength(index, size);
    if (path.size() != length) {
      throw notVerified("has " + path.size() + " hashes, expected " + length);
    }
    long node = index;
    long last = size - 1;
    leafHash.copyTo(out, 0);
    for (int i = 0; i < length; i++) {
      while ((node & 1) == 0 && node == last) {
        node >>>= 1;
        last >>>= 1;
      }
      if ((node & 1) == 1) {
        hasher.node(path.get(i), out, 0, out, 0);
      } else {
        hasher.node(out, 0, path.get(i), out, 0);
      }
      node >>>= 1;
      last >>>= 1;
    }
  }

  /** Number of hashes: one a level up to where the paths of leaf and last leaf meet, then peaks. */
  static int pathLength(long index, long size) {
    int inner = 64 - Long.numberOfLeadingZeros(index ^ (size - 1));
    return inner + Long.bitCount(index >>> inner);
  }

  private XfException notVerified(String what) {
    return new XfException(
        ErrorCode.NOT_VERIFIED, "inclusion proof (" + index + " of " + size + ") " + what);
  }
}
