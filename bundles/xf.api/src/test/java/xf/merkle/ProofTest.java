package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.XfException;

class ProofTest {
  private static final NaiveTree NAIVE = NaiveTree.ofLeaves(2_050);
  private static final NodeReader NODES = cached(NAIVE);
  private final TreeHasher hasher = new TreeHasher();

  /** Complete nodes of a naive tree, each worked out once. */
  private static NodeReader cached(NaiveTree naive) {
    Map<NodeId, Hash> nodes = new HashMap<>();
    return (level, index, out, offset) -> {
      NodeId id = new NodeId(level, index);
      nodes
          .computeIfAbsent(id, n -> naive.range((int) n.start(), (int) n.end()))
          .copyTo(out, offset);
    };
  }

  /**
   * A tree too large to build, in which every complete node of a level above {@code base} is hashed
   * from made-up nodes of that level, all of them equal: so a node's hash depends on its level
   * only.
   */
  private static final class SyntheticTree implements NodeReader {
    private final List<Hash> byLevel = new ArrayList<>();

    SyntheticTree() {
      TreeHasher hasher = new TreeHasher();
      byLevel.add(hasher.leaf(new byte[] {1}));
      for (int level = 1; level <= 56; level++) {
        Hash below = byLevel.get(level - 1);
        byLevel.add(hasher.node(below, below));
      }
    }

    @Override
    public void read(int level, long index, byte[] out, int offset) {
      byLevel.get(level).copyTo(out, offset);
    }

    TreeHead head(long size) {
      CompactRange range = new CompactRange();
      TreeHasher hasher = new TreeHasher();
      byte[] hash = new byte[32];
      for (long rest = size; rest != 0; rest ^= Long.highestOneBit(rest)) {
        int level = 63 - Long.numberOfLeadingZeros(rest);
        byLevel.get(level).copyTo(hash, 0);
        range.append(hasher, level, hash, 0);
      }
      return new TreeHead(size, range.root(hasher));
    }
  }

  private TreeHead head(int size) {
    return new TreeHead(size, ProofPlan.root(size).buildRoot(NODES, hasher));
  }

  private InclusionProof inclusion(int index, int size) {
    return new InclusionProof(index, size, ProofPlan.inclusion(index, size).build(NODES, hasher));
  }

  private ConsistencyProof consistency(int from, int to) {
    return new ConsistencyProof(from, to, ProofPlan.consistency(from, to).build(NODES, hasher));
  }

  @Test
  void shouldProveEveryLeafOfEverySmallTreeWithThePathOfTheRecursiveDefinition() {
    for (int size = 1; size <= 130; size++) {
      TreeHead head = head(size);
      assertEquals(NAIVE.root(size), head.root());
      for (int index = 0; index < size; index++) {
        InclusionProof proof = inclusion(index, size);
        assertEquals(NAIVE.path(index, 0, size), proof.path(), index + " of " + size);
        proof.verify(hasher, NAIVE.leaf(index), head);
      }
    }
  }

  @Test
  void shouldProveTheEdgesOfEverySizeToTwoThousand() {
    for (int size = 1; size <= 2_000; size++) {
      TreeHead head = head(size);
      for (int index : new int[] {0, size / 2, size - 1, Integer.highestOneBit(size) - 1}) {
        inclusion(index, size).verify(hasher, NAIVE.leaf(index), head);
      }
      for (int from : new int[] {1, (size + 1) / 2, size, Integer.highestOneBit(size)}) {
        consistency(from, size).verify(hasher, head(from), head);
      }
    }
  }

  @Test
  void shouldProveEveryPrefixOfEverySmallTree() {
    for (int size = 1; size <= 130; size++) {
      TreeHead head = head(size);
      for (int from = 1; from <= size; from++) {
        ConsistencyProof proof = consistency(from, size);
        assertEquals(NAIVE.consistency(from, size), proof.path(), from + " to " + size);
        proof.verify(hasher, head(from), head);
      }
    }
  }

  @Test
  void shouldProveEverySubtreeOfEverySmallTree() {
    for (int size = 1; size <= 70; size++) {
      TreeHead head = head(size);
      for (int end = 1; end <= size; end++) {
        for (int start = 0; start < end; start++) {
          if (SubtreeProof.isSubtree(start, end)) {
            List<Hash> path = ProofPlan.subtree(start, end, size).build(NODES, hasher);
            assertEquals(NAIVE.subtree(start, end, size), path);
            new SubtreeProof(start, end, size, path).verify(hasher, NAIVE.range(start, end), head);
          }
        }
      }
    }
  }

  @Test
  void shouldProveAPageLikeALeafOfTheTreeOfPageRoots() {
    int size = 256 * 7 + 9;
    for (int page = 0; page < 8; page++) {
      int start = 256 * page;
      int end = Math.min(start + 256, size);
      List<Hash> path = ProofPlan.subtree(start, end, size).build(NODES, hasher);
      if (end - start == 256 || end == size) {
        InclusionProof asLeaf = new InclusionProof(page, 8, path);
        asLeaf.verify(hasher, NAIVE.range(start, end), new TreeHead(8, head(size).root()));
      }
    }
  }

  @Test
  void shouldProveAroundEveryPowerOfTwoAndPageAndTierEdge() {
    SyntheticTree tree = new SyntheticTree();
    List<Long> sizes = new ArrayList<>();
    for (int bits = 1; bits <= 56; bits++) {
      for (long size = Math.max(1, (1L << bits) - 2); size <= (1L << bits) + 2; size++) {
        sizes.add(size);
        sizes.add(size + 256);
        sizes.add(size + 65_536);
      }
    }
    sizes.removeIf(size -> size > CompactRange.MAX_SIZE);
    Hash leaf = tree.byLevel.get(0);
    for (long size : sizes) {
      TreeHead head = tree.head(size);
      assertEquals(head.root(), ProofPlan.root(size).buildRoot(tree, hasher));
      for (long index : new long[] {0, size - 1, size / 2, size / 3, Math.max(0, size - 257)}) {
        ProofPlan plan = ProofPlan.inclusion(index, size);
        new InclusionProof(index, size, plan.build(tree, hasher)).verify(hasher, leaf, head);
        long from = Math.max(1, index);
        ProofPlan prefix = ProofPlan.consistency(from, size);
        new ConsistencyProof(from, size, prefix.build(tree, hasher))
            .verify(hasher, tree.head(from), head);
        assertTrue(prefix.hashCount() <= 57 && prefix.nodeCount() <= 2 * 57);
      }
    }
  }

  @Property(tries = 300)
  void shouldRefuseAProofForAnotherLeafIndexSizeOrTree(
      @ForAll @IntRange(min = 2, max = 2_000) int size,
      @ForAll @IntRange(min = 0, max = 1_999) int at,
      @ForAll @IntRange(min = 0, max = 1_999) int other) {
    int index = at % size;
    int wrong = other % size;
    Assume.that(wrong != index);
    InclusionProof proof = inclusion(index, size);
    TreeHead head = head(size);
    assertRefused(() -> proof.verify(hasher, NAIVE.leaf(wrong), head));
    assertRefused(
        () ->
            new InclusionProof(wrong, size, proof.path()).verify(hasher, NAIVE.leaf(index), head));
    TreeHead longer = new TreeHead(size + 1, head.root());
    assertRefused(() -> proof.verify(hasher, NAIVE.leaf(index), longer));
    assertRefused(
        () -> proof.verify(hasher, NAIVE.leaf(index), new TreeHead(size, flip(head.root(), 9))));
    assertRefused(() -> proof.verify(hasher, NAIVE.leaf(index), head(size + 1)));
  }

  @Property(tries = 300)
  void shouldRefuseAPathThatIsLongerShorterOrChanged(
      @ForAll @IntRange(min = 2, max = 2_000) int size,
      @ForAll @IntRange(min = 1, max = 1_999) int at,
      @ForAll @IntRange(min = 0, max = 255) int bit) {
    int index = at % size;
    TreeHead head = head(size);
    Hash leaf = NAIVE.leaf(index);
    for (List<Hash> path : damaged(inclusion(index, size).path(), bit)) {
      assertRefused(() -> new InclusionProof(index, size, path).verify(hasher, leaf, head));
    }
    int from = Math.max(1, index);
    TreeHead old = head(from);
    for (List<Hash> path : damaged(consistency(from, size).path(), bit)) {
      assertRefused(() -> new ConsistencyProof(from, size, path).verify(hasher, old, head));
    }
    List<Hash> good = consistency(from, size).path();
    TreeHead forged = new TreeHead(from, flip(old.root(), bit));
    assertRefused(() -> new ConsistencyProof(from, size, good).verify(hasher, forged, head));
    TreeHead forgedNew = new TreeHead(size, flip(head.root(), bit));
    assertRefused(() -> new ConsistencyProof(from, size, good).verify(hasher, old, forgedNew));
  }

  private static List<List<Hash>> damaged(List<Hash> path, int bit) {
    List<List<Hash>> all = new ArrayList<>();
    List<Hash> longer = new ArrayList<>(path);
    longer.add(NAIVE.leaf(0));
    all.add(longer);
    if (!path.isEmpty()) {
      all.add(path.subList(1, path.size()));
      all.add(path.subList(0, path.size() - 1));
    }
    for (int i = 0; i < path.size(); i++) {
      List<Hash> flipped = new ArrayList<>(path);
      flipped.set(i, flip(path.get(i), bit));
      all.add(flipped);
    }
    return all;
  }

  private static Hash flip(Hash hash, int bit) {
    byte[] bytes = hash.toByteArray();
    bytes[bit / 8] ^= (byte) (1 << (bit & 7));
    return Hash.of(bytes);
  }

  private static void assertRefused(Runnable verify) {
    XfException e = assertThrows(XfException.class, verify::run);
    assertEquals(ErrorCode.NOT_VERIFIED, e.code());
  }

  @Test
  void shouldRefuseBoundsThatNoTreeHas() {
    Hash leaf = NAIVE.leaf(0);
    TreeHead one = head(1);
    for (long index : new long[] {-1, 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertRefused(() -> new InclusionProof(index, 1, List.of()).verify(hasher, leaf, one));
    }
    TreeHead empty = new TreeHead(0, TreeHasher.EMPTY_ROOT);
    assertRefused(() -> new InclusionProof(0, 0, List.of()).verify(hasher, leaf, empty));
    assertRefused(() -> new ConsistencyProof(0, 1, List.of()).verify(hasher, empty, one));
    assertRefused(() -> new ConsistencyProof(0, 0, List.of()).verify(hasher, empty, empty));
    assertRefused(() -> new ConsistencyProof(2, 1, List.of()).verify(hasher, head(2), one));
    assertRefused(() -> new SubtreeProof(2, 6, 8, List.of()).verify(hasher, leaf, head(8)));
    assertRefused(() -> new SubtreeProof(-4, -2, 8, List.of()).verify(hasher, leaf, head(8)));
    assertRefused(() -> new SubtreeProof(9, 9, 8, List.of()).verify(hasher, leaf, head(8)));
    TreeHead huge = new TreeHead(Long.MAX_VALUE, leaf);
    assertRefused(
        () -> new InclusionProof(5, Long.MAX_VALUE, List.of(leaf)).verify(hasher, leaf, huge));
    assertRefused(
        () -> new SubtreeProof(0, 1L << 62, Long.MAX_VALUE, List.of()).verify(hasher, leaf, huge));
  }

  @Test
  void shouldRefuseToPlanOutOfRange() {
    List<Runnable> plans =
        List.of(
            () -> ProofPlan.inclusion(5, 5),
            () -> ProofPlan.inclusion(-1, 5),
            () -> ProofPlan.inclusion(0, 0),
            () -> ProofPlan.consistency(0, 5),
            () -> ProofPlan.consistency(6, 5),
            () -> ProofPlan.subtree(1, 3, 5),
            () -> ProofPlan.subtree(0, 6, 5),
            () -> ProofPlan.root(-1),
            () -> ProofPlan.root(CompactRange.MAX_SIZE + 1));
    for (Runnable plan : plans) {
      XfException e = assertThrows(XfException.class, plan::run);
      assertEquals(ErrorCode.OUT_OF_RANGE, e.code());
    }
  }

  @Property(tries = 500)
  void shouldPlaceNodesInPostOrderBothWays(
      @ForAll @LongRange(min = 0, max = 1L << 56) long position) {
    NodeId node = NodeId.at(position);
    assertEquals(position, node.position());
  }

  @Test
  void shouldCountPositionsWithoutGaps() {
    for (long position = 0; position < 5_000; position++) {
      NodeId node = NodeId.at(position);
      assertEquals(position, node.position());
      if (node.level() > 0) {
        assertEquals(position - 1, new NodeId(node.level() - 1, 2 * node.index() + 1).position());
      }
    }
  }
}
