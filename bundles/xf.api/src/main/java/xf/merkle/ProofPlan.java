package xf.merkle;

import static xf.merkle.TreeHasher.HASH_BYTES;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.XfException;

/**
 * Which nodes a proof is made of, worked out before any is fetched.
 *
 * <p>Each hash of a proof is the root of a range of leaves. Most ranges are one complete node; the
 * one at the tree's right edge may not be, and is then joined from its own peaks, right to left. A
 * plan lists all nodes in order; {@link #build} fetches and joins them.
 */
public final class ProofPlan {
  private static final int FIRST_NODES = 32;

  private int[] levels = new int[FIRST_NODES];
  private long[] indexes = new long[FIRST_NODES];
  private int nodeCount;

  /** Index after the last node of each hash. */
  private int[] hashEnds = new int[FIRST_NODES];

  private int hashCount;

  private ProofPlan() {}

  /** The root of the first {@code size} leaves; the plan for size 0 has no node. */
  public static ProofPlan root(long size) {
    requireSize(size);
    ProofPlan plan = new ProofPlan();
    if (size > 0) {
      plan.addRange(0, size);
    }
    return plan;
  }

  /** RFC 6962 section 2.1.1, PATH(index, D[size]). */
  public static ProofPlan inclusion(long index, long size) {
    requireSize(size);
    if (index < 0 || index >= size) {
      throw outOfRange("index " + index + ": the tree has " + size + " leaves");
    }
    ProofPlan plan = new ProofPlan();
    long node = index;
    long last = size - 1;
    for (int level = 0; last != 0; level++) {
      plan.addSibling(level, node, last, size);
      node >>>= 1;
      last >>>= 1;
    }
    return plan;
  }

  private void addSibling(int level, long node, long last, long size) {
    if ((node & 1) == 1) {
      addNode(level, node - 1);
      endHash();
    } else if (node < last) {
      addRange((node + 1) << level, rangeEnd(node + 1, level, size));
    }
  }

  private static long rangeEnd(long node, int level, long size) {
    // Not (node + 1) << level: that may be beyond 2^63 although the tree ends before it.
    return size - (node << level) < 1L << level ? size : (node << level) + (1L << level);
  }

  /** RFC 9162 section 2.1.4, PROOF(oldSize, D[newSize]). */
  public static ProofPlan consistency(long oldSize, long newSize) {
    requireSize(newSize);
    if (oldSize < 1 || oldSize > newSize) {
      throw outOfRange("size " + oldSize + ": expected 1 to " + newSize);
    }
    return subtree(0, oldSize, newSize);
  }

  /**
   * SUBTREE_PROOF(start, end, D[size]) of draft-ietf-plants-merkle-tree-certs: the mirror image of
   * {@link SubtreeProof#verify}.
   */
  public static ProofPlan subtree(long start, long end, long size) {
    requireSize(size);
    if (!SubtreeProof.isSubtree(start, end) || end > size) {
      throw outOfRange("no subtree [" + start + ", " + end + ") in a tree of " + size + " leaves");
    }
    ProofPlan plan = new ProofPlan();
    long first = start;
    long node = end - 1;
    long last = size - 1;
    int level = 0;
    boolean atEdge = node == last;
    while (first != node && (atEdge || (node & 1) == 1)) {
      first >>>= 1;
      node >>>= 1;
      last >>>= 1;
      level++;
    }
    if (first != node) {
      plan.addNode(level, node);
      plan.endHash();
    }
    while (last != 0) {
      plan.addSibling(level, node, last, size);
      node >>>= 1;
      last >>>= 1;
      level++;
    }
    return plan;
  }

  private static void requireSize(long size) {
    if (size < 0 || size > CompactRange.MAX_SIZE) {
      throw outOfRange("size " + size + ": expected 0 to 2^56");
    }
  }

  private static XfException outOfRange(String message) {
    return new XfException(ErrorCode.OUT_OF_RANGE, message);
  }

  /** Adds the hash of leaves {@code [start, end)}: its peaks from the left. */
  private void addRange(long start, long end) {
    for (long at = start; at < end; ) {
      int level = 63 - Long.numberOfLeadingZeros(end - at);
      addNode(level, at >>> level);
      at += 1L << level;
    }
    endHash();
  }

  private void addNode(int level, long index) {
    if (nodeCount == levels.length) {
      levels = Arrays.copyOf(levels, 2 * nodeCount);
      indexes = Arrays.copyOf(indexes, 2 * nodeCount);
    }
    levels[nodeCount] = level;
    indexes[nodeCount] = index;
    nodeCount++;
  }

  private void endHash() {
    if (hashCount == hashEnds.length) {
      hashEnds = Arrays.copyOf(hashEnds, 2 * hashCount);
    }
    hashEnds[hashCount++] = nodeCount;
  }

  /** How many nodes it needs. */
  public int nodeCount() {
    return nodeCount;
  }

  /** How many hashes the proof has. */
  public int hashCount() {
    return hashCount;
  }

  /** The nodes it needs, in the order in which they make up the proof's hashes. */
  public List<NodeId> nodes() {
    List<NodeId> nodes = new ArrayList<>(nodeCount);
    for (int i = 0; i < nodeCount; i++) {
      nodes.add(new NodeId(levels[i], indexes[i]));
    }
    return nodes;
  }

  /** Fetches the nodes and gives the proof's hashes. */
  public List<Hash> build(NodeReader reader, TreeHasher hasher) {
    Hash[] hashes = new Hash[hashCount];
    byte[] right = new byte[HASH_BYTES];
    byte[] left = new byte[HASH_BYTES];
    int from = 0;
    for (int i = 0; i < hashCount; i++) {
      int at = hashEnds[i] - 1;
      reader.read(levels[at], indexes[at], right, 0);
      while (--at >= from) {
        reader.read(levels[at], indexes[at], left, 0);
        hasher.node(left, 0, right, 0, right, 0);
      }
      hashes[i] = Hash.of(right);
      from = hashEnds[i];
    }
    return List.of(hashes);
  }

  /** Fetches the nodes of a plan made by {@link #root} and gives the root. */
  public Hash buildRoot(NodeReader reader, TreeHasher hasher) {
    if (hashCount > 1) {
      throw new IllegalStateException("plan of " + hashCount + " hashes, expected that of a root");
    }
    return hashCount == 0 ? TreeHasher.EMPTY_ROOT : build(reader, hasher).get(0);
  }
}
