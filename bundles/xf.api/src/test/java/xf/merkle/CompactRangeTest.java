package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import xf.event.Hash;

class CompactRangeTest {
  private final TreeHasher hasher = new TreeHasher();
  private final byte[] hash = new byte[TreeHasher.HASH_BYTES];

  @Test
  void shouldHaveTheEmptyRootOfRfc6962() {
    assertEquals(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        new CompactRange().root(hasher).toHex());
  }

  @Test
  void shouldHaveTheRootOfTheRecursiveDefinitionAtEverySizeToTwoThousand() {
    NaiveTree naive = NaiveTree.ofLeaves(2000);
    CompactRange range = new CompactRange();
    for (int n = 0; n < 2000; n++) {
      assertEquals(naive.root(n), range.root(hasher), "size " + n);
      assertEquals(Integer.bitCount(n), range.peakCount());
      naive.leaf(n).copyTo(hash, 0);
      range.append(hasher, hash, 0);
    }
  }

  @Test
  void shouldTakePageRootsAsNodes() {
    NaiveTree naive = NaiveTree.ofLeaves(256 * 5 + 3);
    CompactRange range = new CompactRange();
    for (int page = 0; page < 5; page++) {
      naive.range(256 * page, 256 * page + 256).copyTo(hash, 0);
      range.append(hasher, PageDescriptor.ROOT_LEVEL, hash, 0);
    }
    for (int i = 256 * 5; i < 256 * 5 + 3; i++) {
      naive.leaf(i).copyTo(hash, 0);
      range.append(hasher, hash, 0);
    }
    assertEquals(naive.root(256 * 5 + 3), range.root(hasher));
  }

  @Test
  void shouldGoOnFromItsPeaks() {
    NaiveTree naive = NaiveTree.ofLeaves(300);
    byte[] peaks = new byte[57 * TreeHasher.HASH_BYTES];
    for (int size : new int[] {0, 1, 2, 3, 127, 128, 255, 256, 257, 299}) {
      CompactRange range = new CompactRange();
      for (int i = 0; i < size; i++) {
        naive.leaf(i).copyTo(hash, 0);
        range.append(hasher, hash, 0);
      }
      range.peaks(peaks, 0);
      CompactRange again = CompactRange.of(size, peaks, 0);
      naive.leaf(size).copyTo(hash, 0);
      again.append(hasher, hash, 0);
      assertEquals(naive.root(size + 1), again.root(hasher));
      assertEquals(naive.root(size), range.root(hasher));
    }
  }

  @Test
  void shouldGiveOneTreeForEventsAppendedInAnyGroups() {
    NaiveTree naive = NaiveTree.ofLeaves(4);
    CompactRange range = new CompactRange();
    for (int i = 0; i < 2; i++) {
      naive.leaf(i).copyTo(hash, 0);
      range.append(hasher, hash, 0);
    }
    CompactRange resumed = new CompactRange(range);
    for (int i = 2; i < 4; i++) {
      naive.leaf(i).copyTo(hash, 0);
      resumed.append(hasher, hash, 0);
    }
    assertEquals(naive.root(4), resumed.root(hasher));
    assertEquals(naive.root(2), range.root(hasher));
  }

  @Test
  void shouldReachButNotPassTwoToTheFiftySix() {
    CompactRange range = new CompactRange();
    range.append(hasher, 55, hash, 0);
    range.append(hasher, 55, hash, 0);
    assertEquals(CompactRange.MAX_SIZE, range.size());
    assertThrows(IllegalArgumentException.class, () -> range.append(hasher, hash, 0));
  }

  @Test
  void shouldRefuseASubtreeThatDoesNotStartAtAMultipleOfItsWidth() {
    CompactRange range = new CompactRange();
    range.append(hasher, hash, 0);
    assertThrows(IllegalArgumentException.class, () -> range.append(hasher, 1, hash, 0));
  }

  @Test
  void shouldHashABufferLikeAnArrayWhateverItsLength() {
    byte[] data = new byte[70_000];
    new Random(1).nextBytes(data);
    ByteBuffer direct = ByteBuffer.allocateDirect(data.length);
    direct.put(0, data);
    byte[] other = new byte[TreeHasher.HASH_BYTES];
    for (int length : new int[] {0, 1, 63, 64, 4094, 4095, 4096, 4097, 8191, 65_535}) {
      hasher.leaf(data, 7, length, hash, 0);
      hasher.leaf(direct, 7, length, other, 0);
      assertArrayEquals(hash, other, "length " + length);
    }
  }

  @Test
  void shouldKeepLeavesAndNodesApart() {
    Hash leaf = hasher.leaf(new byte[64]);
    Hash zero = Hash.of(new byte[32]);
    assertNotEquals(leaf, hasher.node(zero, zero));
  }
}
