package xf.merkle;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import xf.event.Hash;

/**
 * RFC 6962 section 2.1 word for word: recursive, slow and independent of what it is compared with.
 */
final class NaiveTree {
  private final TreeHasher hasher = new TreeHasher();
  private final List<Hash> leaves = new ArrayList<>();

  static NaiveTree ofLeaves(int count) {
    NaiveTree tree = new NaiveTree();
    for (int i = 0; i < count; i++) {
      tree.add(tree.hasher.leaf(event(i)));
    }
    return tree;
  }

  static byte[] event(long i) {
    return ("event " + i).getBytes(StandardCharsets.UTF_8);
  }

  void add(Hash leaf) {
    leaves.add(leaf);
  }

  Hash leaf(int i) {
    return leaves.get(i);
  }

  Hash root(int size) {
    return range(0, size);
  }

  /** MTH(D[start:end]). */
  Hash range(int start, int end) {
    int n = end - start;
    if (n == 0) {
      return TreeHasher.EMPTY_ROOT;
    }
    if (n == 1) {
      return leaves.get(start);
    }
    int k = split(n);
    return hasher.node(range(start, start + k), range(start + k, end));
  }

  private static int split(int n) {
    return Integer.highestOneBit(n - 1);
  }

  /** PATH(m, D[start:end]). */
  List<Hash> path(int m, int start, int end) {
    int n = end - start;
    if (n == 1) {
      return new ArrayList<>();
    }
    int k = split(n);
    List<Hash> path;
    if (m < start + k) {
      path = path(m, start, start + k);
      path.add(range(start + k, end));
    } else {
      path = path(m, start + k, end);
      path.add(range(start, start + k));
    }
    return path;
  }

  /** PROOF(m, D[0:n]). */
  List<Hash> consistency(int m, int n) {
    return subproof(m, 0, n, true);
  }

  private List<Hash> subproof(int m, int start, int end, boolean whole) {
    int n = end - start;
    if (m == n) {
      return whole ? new ArrayList<>() : new ArrayList<>(List.of(range(start, end)));
    }
    int k = split(n);
    List<Hash> proof;
    if (m <= k) {
      proof = subproof(m, start, start + k, whole);
      proof.add(range(start + k, end));
    } else {
      proof = subproof(m - k, start + k, end, false);
      proof.add(range(start, start + k));
    }
    return proof;
  }

  /** SUBTREE_PROOF(start, end, D[0:n]) of draft-ietf-plants-merkle-tree-certs. */
  List<Hash> subtree(int start, int end, int n) {
    return subtreeSubproof(start, end, 0, n, true);
  }

  private List<Hash> subtreeSubproof(int start, int end, int from, int to, boolean whole) {
    int n = to - from;
    if (start == 0 && end == n) {
      return whole ? new ArrayList<>() : new ArrayList<>(List.of(range(from, to)));
    }
    int k = split(n);
    List<Hash> proof;
    if (end <= k) {
      proof = subtreeSubproof(start, end, from, from + k, whole);
      proof.add(range(from + k, to));
    } else if (k <= start) {
      proof = subtreeSubproof(start - k, end - k, from + k, to, whole);
      proof.add(range(from, from + k));
    } else {
      // A valid subtree that spans the split starts at 0.
      proof = subtreeSubproof(0, end - k, from + k, to, false);
      proof.add(range(from, from + k));
    }
    return proof;
  }
}
