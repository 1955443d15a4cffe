package xf.merkle;

import static xf.merkle.TreeHasher.HASH_BYTES;

import java.util.List;
import java.util.function.Function;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.XfException;

/**
 * That the tree over leaves {@code [start, end)} is part of a tree of some size; for a page, its
 * root's place among page roots (draft-ietf-plants-merkle-tree-certs, subtree proofs).
 *
 * @param start first leaf covered
 * @param end leaf after the last covered
 * @param size leaves of the whole tree
 * @param path hashes in the order of the draft
 */
public record SubtreeProof(long start, long end, long size, List<Hash> path) {
  /** Copies the path. */
  public SubtreeProof {
    path = List.copyOf(path);
  }

  /**
   * Whether leaves {@code [start, end)} form a subtree: there is one, and the start is a multiple
   * of the smallest power of two that is not less than their number.
   */
  public static boolean isSubtree(long start, long end) {
    if (start < 0 || end <= start) {
      return false;
    }
    int level = 64 - Long.numberOfLeadingZeros(end - start - 1);
    return level < 64 && (start & ((1L << level) - 1)) == 0;
  }

  /**
   * Verifies that the subtree's root belongs to the tree of a trusted head. An empty range is part
   * of every tree that reaches it: its root is the empty root, its proof has no hash.
   *
   * @throws XfException {@code NOT_VERIFIED} saying what does not fit
   */
  public void verify(TreeHasher hasher, Hash subtreeRoot, TreeHead head) {
    if (size != head.size()) {
      throw notVerified("is not for size " + head.size() + " of the tree head");
    }
    if (start == end) {
      verifyEmpty(subtreeRoot);
    } else {
      verify(hasher, subtreeRoot, head.root(), this::notVerified);
    }
  }

  private void verifyEmpty(Hash subtreeRoot) {
    if (start < 0 || end > size) {
      throw notVerified("ends beyond its tree");
    }
    if (!path.isEmpty()) {
      throw notVerified("of nothing has " + path.size() + " hashes, expected none");
    }
    if (!subtreeRoot.equals(TreeHasher.EMPTY_ROOT)) {
      throw notVerified("of nothing has root " + subtreeRoot + ", expected the empty root");
    }
  }

  /**
   * The draft's algorithm, of which RFC 9162 section 2.1.4.2 is the case {@code start = 0}: climbs
   * from the subtree's right edge, joining on one side the subtree's root from its parts and on the
   * other the tree's.
   */
  void verify(
      TreeHasher hasher, Hash subtreeRoot, Hash root, Function<String, XfException> failure) {
    if (!isSubtree(start, end)) {
      throw failure.apply("is for leaves that form no subtree");
    }
    if (end > size) {
      throw failure.apply("ends beyond its tree");
    }
    long first = start;
    long node = end - 1;
    long last = size - 1;
    boolean atEdge = node == last;
    while (first != node && (atEdge || (node & 1) == 1)) {
      first >>>= 1;
      node >>>= 1;
      last >>>= 1;
    }
    int from = first == node ? 0 : 1;
    int expected = from + climbs(node, last);
    if (path.size() != expected) {
      throw failure.apply("has " + path.size() + " hashes, expected " + expected);
    }
    byte[] subtree = new byte[HASH_BYTES];
    byte[] tree = new byte[HASH_BYTES];
    Hash seed = from == 0 ? subtreeRoot : path.get(0);
    seed.copyTo(subtree, 0);
    seed.copyTo(tree, 0);
    for (int i = from; i < expected; i++) {
      while ((node & 1) == 0 && node == last) {
        first >>>= 1;
        node >>>= 1;
        last >>>= 1;
      }
      if ((node & 1) == 1) {
        if (first < node) {
          hasher.node(path.get(i), subtree, 0, subtree, 0);
        }
        hasher.node(path.get(i), tree, 0, tree, 0);
      } else {
        hasher.node(tree, 0, path.get(i), tree, 0);
      }
      first >>>= 1;
      node >>>= 1;
      last >>>= 1;
    }
    requireSame("the subtree's root", subtree, subtreeRoot, failure);
    requireSame("root", tree, root, failure);
  }

  /** How many levels above a node have a sibling on its way up, when {@code last} is the last. */
  private static int climbs(long node, long last) {
    return InclusionProof.pathLength(node, last + 1);
  }

  private static void requireSame(
      String what, byte[] computed, Hash expected, Function<String, XfException> failure) {
    if (!expected.matches(computed, 0)) {
      throw failure.apply("leads to " + what + " " + Hash.of(computed) + ", expected " + expected);
    }
  }

  private XfException notVerified(String what) {
    return new XfException(
        ErrorCode.NOT_VERIFIED,
        "subtree proof ([" + start + ", " + end + ") of " + size + ") " + what);
  }
}
