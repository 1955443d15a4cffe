package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.XfException;

/** What a tree has to do, whatever it is made of. */
class TreeBehavioursTest {
  private final TreeHasher hasher = new TreeHasher();

  private NaiveTree tree(String... events) {
    NaiveTree tree = new NaiveTree();
    for (String event : events) {
      tree.add(hasher.leaf(event.getBytes(StandardCharsets.UTF_8)));
    }
    return tree;
  }

  private CompactRange append(CompactRange range, NaiveTree tree, int from, int to) {
    for (int i = from; i < to; i++) {
      range.append(hasher, tree.leaf(i).toByteArray(), 0);
    }
    return range;
  }

  @Test
  void shouldHaveTheHashOfNothingForARootWhenEmpty() {
    assertEquals(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        TreeHasher.EMPTY_ROOT.toHex());
    assertEquals(TreeHasher.EMPTY_ROOT, new CompactRange().root(hasher));
    assertEquals(TreeHasher.EMPTY_ROOT, new OpenPage(1).root(hasher));
    assertEquals(
        TreeHasher.EMPTY_ROOT,
        ProofPlan.root(0).buildRoot((level, index, out, offset) -> {}, hasher));
  }

  @Test
  void shouldVerifyAPresentEventInItsOwnTreeOnly() {
    NaiveTree tree = tree("a", "b", "c", "d", "e");
    NaiveTree other = tree("a", "b", "c", "d", "x");
    TreeHead head = new TreeHead(5, tree.root(5));
    InclusionProof proof = new InclusionProof(1, 5, tree.path(1, 0, 5));
    proof.verify(hasher, tree.leaf(1), head);
    assertRefused(() -> proof.verify(hasher, tree.leaf(1), new TreeHead(5, other.root(5))));
    assertRefused(() -> proof.verify(hasher, tree.leaf(2), head));
    assertRefused(() -> new InclusionProof(2, 5, proof.path()).verify(hasher, tree.leaf(1), head));
    assertRefused(() -> proof.verify(hasher, tree.leaf(1), new TreeHead(4, tree.root(4))));
  }

  private static void assertRefused(Runnable verify) {
    XfException e = assertThrows(XfException.class, verify::run);
    assertEquals(ErrorCode.NOT_VERIFIED, e.code());
  }

  @Test
  void shouldChangeNothingWhenNothingIsAppended() {
    NaiveTree tree = tree("a", "b", "c");
    CompactRange range = append(new CompactRange(), tree, 0, 3);
    Hash before = range.root(hasher);
    append(range, tree, 3, 3);
    assertEquals(before, range.root(hasher));
    assertEquals(3, range.size());
  }

  @Test
  void shouldMakeOneTreeOfTwoBatches() {
    NaiveTree tree = tree("a", "b", "c", "d");
    CompactRange batches = append(append(new CompactRange(), tree, 0, 2), tree, 2, 4);
    assertEquals(append(new CompactRange(), tree, 0, 4).root(hasher), batches.root(hasher));
    assertEquals(tree.root(4), batches.root(hasher));
  }

  @Test
  void shouldTellThreeEventsFromThoseThreeWithTheLastTwice() {
    assertNotEquals(tree("a", "b", "c").root(3), tree("a", "b", "c", "c").root(4));
  }

  @Test
  void shouldRefuseAnIndexOutOfRangeWithATypedError() {
    for (long index : new long[] {-1, 5, 6, Long.MAX_VALUE}) {
      XfException e = assertThrows(XfException.class, () -> ProofPlan.inclusion(index, 5));
      assertEquals(ErrorCode.OUT_OF_RANGE, e.code());
    }
  }

  @Test
  void shouldCheckProofsAgainstTheSizeThatWasSigned() {
    NaiveTree tree = tree("a", "b", "c", "d");
    // The node above a and b passed off as the second leaf of a tree of two leaves: the root is
    // right, only the signed size tells the difference.
    InclusionProof forged = new InclusionProof(1, 2, List.of(tree.range(0, 2)));
    Hash claimed = tree.range(2, 4);
    forged.verify(hasher, claimed, new TreeHead(2, tree.root(4)));
    assertRefused(() -> forged.verify(hasher, claimed, new TreeHead(4, tree.root(4))));
  }
}
