package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import xf.event.Hash;

/**
 * Trees of up to 2^25 leaves. All leaves of a page are alike, those of two pages never, so a page
 * costs nine hashes; the levels above are built bottom up and looked up by the recursion of RFC
 * 6962.
 */
class LargeTreeTest {
  private static final int MAX_BITS = 25;
  private static final int PAGES = (1 << (MAX_BITS - 8)) + 2;
  private static final TreeHasher HASHER = new TreeHasher();

  /** For each level from 8 on, its complete nodes. */
  private static final List<byte[]> LEVELS = new ArrayList<>();

  @BeforeAll
  static void build() {
    byte[] roots = new byte[32 * PAGES];
    for (int page = 0; page < PAGES; page++) {
      inPage(page, 8, roots, 32 * page);
    }
    LEVELS.add(roots);
    for (byte[] below = roots; below.length >= 64; ) {
      byte[] level = new byte[below.length / 64 * 32];
      for (int at = 0; at < level.length; at += 32) {
        HASHER.node(below, 2 * at, below, 2 * at + 32, level, at);
      }
      LEVELS.add(level);
      below = level;
    }
  }

  private static void inPage(long page, int level, byte[] out, int offset) {
    byte[] data = ByteBuffer.allocate(Long.BYTES).putLong(page).array();
    HASHER.leaf(data, 0, data.length, out, offset);
    for (int i = 0; i < level; i++) {
      HASHER.node(out, offset, out, offset, out, offset);
    }
  }

  private static void read(int level, long index, byte[] out, int offset) {
    if (level < 8) {
      inPage(index >> (8 - level), level, out, offset);
    } else {
      System.arraycopy(LEVELS.get(level - 8), 32 * (int) index, out, offset, 32);
    }
  }

  private static Hash node(int level, long index) {
    byte[] out = new byte[32];
    read(level, index, out, 0);
    return Hash.of(out);
  }

  /** MTH(D[start:end]), looking up what is complete. */
  private static Hash naive(long start, long end) {
    long n = end - start;
    if (Long.bitCount(n) == 1 && start % n == 0) {
      int level = Long.numberOfTrailingZeros(n);
      return node(level, start >> level);
    }
    long split = Long.highestOneBit(n - 1);
    return HASHER.node(naive(start, start + split), naive(start + split, end));
  }

  private static Set<Long> sizes() {
    Set<Long> sizes = new TreeSet<>();
    for (int bits = 0; bits <= MAX_BITS; bits++) {
      for (long edge : new long[] {1L << bits, (1L << bits) + 256, (1L << bits) + 65_536}) {
        for (long size = Math.max(1, edge - 2); size <= edge + 2; size++) {
          if (size <= 256L * (PAGES - 1)) {
            sizes.add(size);
          }
        }
      }
    }
    return sizes;
  }

  @Test
  void shouldKeepTheRootAtEveryPowerOfTwoAndPageAndTierEdgeWhileAppending() {
    CompactRange pages = new CompactRange();
    byte[] hash = new byte[32];
    for (long size : sizes()) {
      while (pages.size() + 256 <= size) {
        read(8, pages.size() / 256, hash, 0);
        pages.append(HASHER, 8, hash, 0);
      }
      CompactRange whole = new CompactRange(pages);
      while (whole.size() < size) {
        read(0, whole.size(), hash, 0);
        whole.append(HASHER, hash, 0);
      }
      assertEquals(naive(0, size), whole.root(HASHER), "size " + size);
    }
  }

  @Test
  void shouldProveLeavesPagesAndPrefixesAtEveryEdge() {
    List<Long> sizes = new ArrayList<>(sizes());
    for (int i = 0; i < sizes.size(); i++) {
      long size = sizes.get(i);
      TreeHead head = new TreeHead(size, naive(0, size));
      assertEquals(head.root(), ProofPlan.root(size).buildRoot(LargeTreeTest::read, HASHER));
      for (long index : new long[] {0, size / 3, size / 2, Math.max(0, size - 257), size - 1}) {
        List<Hash> path = ProofPlan.inclusion(index, size).build(LargeTreeTest::read, HASHER);
        new InclusionProof(index, size, path).verify(HASHER, node(0, index), head);
        verifyPage(index / 256, head);
      }
      for (int j = Math.max(0, i - 7); j <= i; j++) {
        verifyPrefix(sizes.get(j), head);
      }
      verifyPrefix(sizes.get(i / 2), head);
    }
  }

  private static void verifyPage(long page, TreeHead head) {
    long start = 256 * page;
    long end = Math.min(start + 256, head.size());
    List<Hash> path = ProofPlan.subtree(start, end, head.size()).build(LargeTreeTest::read, HASHER);
    Hash root = naive(start, end);
    new SubtreeProof(start, end, head.size(), path).verify(HASHER, root, head);
    // The same proof, read as one of a leaf among page roots.
    long pages = (head.size() + 255) / 256;
    new InclusionProof(page, pages, path).verify(HASHER, root, new TreeHead(pages, head.root()));
  }

  private static void verifyPrefix(long old, TreeHead head) {
    List<Hash> path = ProofPlan.consistency(old, head.size()).build(LargeTreeTest::read, HASHER);
    new ConsistencyProof(old, head.size(), path)
        .verify(HASHER, new TreeHead(old, naive(0, old)), head);
  }
}
