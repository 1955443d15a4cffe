package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;

class ForkEvidenceTest {
  private static final LogId LOG = LogId.ofHex("0123456789abcdef".repeat(4));
  private static final TestSigner SIGNER = TestSigner.of(1);
  private final TreeHasher hasher = new TreeHasher();

  /** Two branches that part at leaf 20. */
  private final NaiveTree ours = NaiveTree.ofLeaves(300);

  private final NaiveTree theirs = NaiveTree.ofLeaves(20);

  ForkEvidenceTest() {
    for (int i = 20; i < 280; i++) {
      theirs.add(hasher.leaf(NaiveTree.event(-i)));
    }
  }

  private static Checkpoint sign(NaiveTree tree, int size) {
    return Checkpoint.sign(SIGNER, LOG, new TreeHead(size, tree.root(size)));
  }

  private ForkEvidence.Diverging typeB(int start, int end) {
    return new ForkEvidence.Diverging(
        sign(theirs, 280),
        sign(ours, 300),
        start,
        end,
        branch(theirs, 280, start, end),
        branch(ours, 300, start, end));
  }

  private static ForkEvidence.Branch branch(NaiveTree tree, int size, int start, int end) {
    return new ForkEvidence.Branch(tree.range(start, end), tree.subtree(start, end, size));
  }

  @Test
  void shouldProveTwoRootsAtOneSize() {
    ForkEvidence evidence = ForkEvidence.of(sign(ours, 256), sign(theirs, 256));
    evidence.verify(hasher);
    assertEquals(evidence, ForkEvidence.parse(evidence.toBytes()));
    assertEquals(evidence.id(), ForkEvidence.of(sign(theirs, 256), sign(ours, 256)).id());
    assertEquals(LOG, evidence.log());
    assertEquals(SIGNER.author(), evidence.author());
  }

  @Test
  void shouldProveALeafOrAPageThatDiffersBetweenTwoSizes() {
    for (int[] range : new int[][] {{20, 21}, {16, 24}, {0, 256}, {256, 280}}) {
      ForkEvidence evidence = typeB(range[0], range[1]);
      evidence.verify(hasher);
      assertEquals(evidence, ForkEvidence.parse(evidence.toBytes()));
      assertTrue(evidence.toBytes().length < 4096);
    }
  }

  @Test
  void shouldRefuseEveryByteChangedInTheFile() {
    for (ForkEvidence evidence :
        List.of(ForkEvidence.of(sign(ours, 256), sign(theirs, 256)), typeB(20, 21))) {
      byte[] file = evidence.toBytes();
      for (int i = 0; i < file.length; i++) {
        byte good = file[i];
        for (int flip : new int[] {1, 4, 0x20, 0x80}) {
          file[i] = (byte) (good ^ flip);
          assertThrows(
              XfException.class, () -> ForkEvidence.parse(file).verify(hasher), "byte " + i);
        }
        file[i] = good;
      }
    }
  }

  @Test
  void shouldRefuseWhatIsNoFork() {
    assertBad(() -> ForkEvidence.of(sign(ours, 256), sign(ours, 256)));
    assertBad(() -> ForkEvidence.of(sign(ours, 256), sign(theirs, 255)));
    assertBad(() -> typeB(19, 20));
    assertBad(() -> typeB(18, 21));
    ForkEvidence.Branch one = branch(theirs, 280, 20, 21);
    ForkEvidence.Branch other = branch(ours, 300, 20, 21);
    Checkpoint shorter = sign(theirs, 280);
    Checkpoint longer = sign(ours, 300);
    assertBad(() -> new ForkEvidence.Diverging(shorter, longer, 256, 300, one, other));
    assertBad(() -> new ForkEvidence.Diverging(longer, shorter, 20, 21, other, one));
    Checkpoint stranger =
        Checkpoint.sign(TestSigner.of(2), LOG, new TreeHead(256, theirs.root(256)));
    assertBad(() -> ForkEvidence.of(sign(ours, 256), stranger));
  }

  @Test
  void shouldNotTakeAFailingProofForEvidence() {
    ForkEvidence.Branch good = branch(theirs, 280, 20, 21);
    ForkEvidence.Branch forged =
        new ForkEvidence.Branch(Hash.of(new byte[32]), ours.subtree(20, 21, 300));
    ForkEvidence evidence =
        new ForkEvidence.Diverging(sign(theirs, 280), sign(ours, 300), 20, 21, good, forged);
    XfException e = assertThrows(XfException.class, () -> evidence.verify(hasher));
    assertEquals(ErrorCode.NOT_VERIFIED, e.code());
  }

  @Test
  void shouldRefuseTheFileCutShortOrMuchTooLong() {
    String file = new String(typeB(20, 21).toBytes(), StandardCharsets.UTF_8);
    for (int length = 0; length < file.length(); length += 7) {
      byte[] cut = file.substring(0, length).getBytes(StandardCharsets.UTF_8);
      assertThrows(XfException.class, () -> ForkEvidence.parse(cut));
    }
    byte[] twice = (file + file).getBytes(StandardCharsets.UTF_8);
    assertThrows(XfException.class, () -> ForkEvidence.parse(twice));
    byte[] huge = file.repeat(20).getBytes(StandardCharsets.UTF_8);
    XfException e = assertThrows(XfException.class, () -> ForkEvidence.parse(huge));
    assertEquals(ErrorCode.TOO_LARGE, e.code());
  }

  private static void assertBad(Runnable call) {
    XfException e = assertThrows(XfException.class, call::run);
    assertEquals(ErrorCode.BAD_FORMAT, e.code());
  }
}
