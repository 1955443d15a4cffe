package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import xf.event.LogId;
import xf.event.Sha256;

/**
 * Bytes that every release reads and writes alike, from made-up events, keys and times. Run with
 * {@code -Dxf.golden=write} to write them anew into {@code src/test/resources}; a layout that
 * changes gets a folder {@code v2}, and this one stays.
 */
class GoldenTest {
  private static final String FOLDER = "golden/v1/";
  private static final TestSigner SIGNER = TestSigner.of(1);
  private static final LogId LOG = Pages.LOG;

  private static void assertGolden(String name, byte[] actual) throws IOException {
    if ("write".equals(System.getProperty("xf.golden"))) {
      Path file = Path.of("src/test/resources", FOLDER, name);
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      Files.write(file, actual);
      return;
    }
    try (InputStream in = GoldenTest.class.getResourceAsStream("/" + FOLDER + name)) {
      byte[] golden = Objects.requireNonNull(in, name).readAllBytes();
      assertEquals(text(golden), text(actual), name);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The SHA-256 of a page, and its parts one would look at first, in hex. */
  private static String describe(ByteBuffer page) {
    byte[] bytes = new byte[PageDescriptor.PAGE_BYTES];
    page.get(0, bytes);
    HexFormat hex = HexFormat.of();
    StringBuilder text = new StringBuilder();
    text.append("sha256 ").append(hex.formatHex(Sha256.newDigest().digest(bytes))).append('\n');
    text.append("header ").append(hex.formatHex(bytes, 0, 32)).append('\n');
    for (int slot : new int[] {0, 1, 255, 256, 319, 320, 381, 382, 383, 384, 385, 386, 387, 407}) {
      int at = PageDescriptor.hashOffset(slot);
      text.append("slot ").append(slot).append(' ');
      text.append(hex.formatHex(bytes, at, at + 32)).append(' ');
      text.append(hex.formatHex(bytes, at + 32, at + 40)).append('\n');
    }
    return text.toString();
  }

  @Test
  void shouldWriteThePagesOfVersionOne() throws IOException {
    Pages pages = new Pages().addEvents(65_536 + 256);
    assertGolden("page-tier1-0.txt", utf8(describe(pages.run.get(0))));
    assertGolden("page-tier1-7.txt", utf8(describe(pages.run.get(7))));
    assertGolden("page-tier2-0.txt", utf8(describe(pages.run.get(256))));
    assertGolden("page-tier1-256.txt", utf8(describe(pages.run.get(257))));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void shouldWriteTheTextsOfVersionOne() throws IOException {
    NaiveTree tree = NaiveTree.ofLeaves(37);
    Checkpoint checkpoint = Checkpoint.sign(SIGNER, LOG, new TreeHead(37, tree.root(37)));
    assertGolden("checkpoint.txt", checkpoint.toNote().toBytes());
    assertGolden("vkey.txt", utf8(checkpoint.verifierKey().toText() + "\n"));
    InclusionProof path = new InclusionProof(21, 37, tree.path(21, 0, 37));
    assertGolden(
        "event-21.tlog-proof", TlogProof.of(NaiveTree.event(21), path, checkpoint).toBytes());
    assertGolden("fork-a.txt", forkA(tree).toBytes());
    assertGolden("fork-b.txt", forkB(tree).toBytes());
  }

  private static NaiveTree otherBranch() {
    NaiveTree other = NaiveTree.ofLeaves(20);
    for (int i = 20; i < 37; i++) {
      other.add(new TreeHasher().leaf(NaiveTree.event(-i)));
    }
    return other;
  }

  private static Checkpoint sign(NaiveTree tree, int size) {
    return Checkpoint.sign(SIGNER, LOG, new TreeHead(size, tree.root(size)));
  }

  private static ForkEvidence forkA(NaiveTree tree) {
    return ForkEvidence.of(sign(tree, 32), sign(otherBranch(), 32));
  }

  private static ForkEvidence forkB(NaiveTree tree) {
    return new ForkEvidence.Diverging(
        sign(otherBranch(), 32),
        sign(tree, 37),
        20,
        21,
        branch(otherBranch(), 32),
        branch(tree, 37));
  }

  private static ForkEvidence.Branch branch(NaiveTree tree, int size) {
    return new ForkEvidence.Branch(tree.leaf(20), tree.path(20, 0, size));
  }

  @Test
  void shouldReadTheTextsOfVersionOne() throws IOException {
    TreeHasher hasher = new TreeHasher();
    VerifierKey key = VerifierKey.parse(text(golden("vkey.txt")).trim());
    assertEquals(37, Checkpoint.parse(golden("checkpoint.txt"), key).head().size());
    assertEquals(21, TlogProof.parse(golden("event-21.tlog-proof")).index());
    TlogProof.parse(golden("event-21.tlog-proof")).verify(hasher, key);
    for (String name : List.of("fork-a.txt", "fork-b.txt")) {
      ForkEvidence.parse(golden(name)).verify(hasher);
    }
  }

  private static byte[] golden(String name) throws IOException {
    try (InputStream in = GoldenTest.class.getResourceAsStream("/" + FOLDER + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
