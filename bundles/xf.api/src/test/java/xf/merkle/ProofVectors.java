package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import xf.event.Hash;
import xf.event.Sha256;

/** transparency-dev/merkle: proofs to verify, and what a tree has to hash to. */
final class ProofVectors {
  private static final TreeHasher HASHER = new TreeHasher();

  /**
   * Accepted upstream, although a root in them has not 32 bytes (named in the folder's SOURCE.txt).
   */
  private static final Set<String> ROOTS_OF_WORDS =
      Set.of(
          "testdata/consistency/additional/sizes-are-equal-one-and-proof-is-empty.json",
          "testdata/subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty.json",
          "testdata/subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-zero"
              + "-subtree-root-valid-tree-root-random-proof-is-empty.json",
          "testdata/subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-one"
              + "-subtree-root-valid-tree-root-random-proof-is-empty.json");

  private ProofVectors() {}

  private static boolean wanted(JsonNode c) {
    return !c.get("wantErr").asBoolean() && !ROOTS_OF_WORDS.contains(c.get("file").asText());
  }

  private static String name(JsonNode c) {
    return c.get("file").asText();
  }

  static void consistency(VectorCases cases) throws IOException {
    for (JsonNode c : VectorCases.list(cases.json())) {
      cases.expect(
          wanted(c),
          name(c),
          () -> {
            long size1 = VectorCases.u64(c.get("size1"));
            long size2 = VectorCases.u64(c.get("size2"));
            new ConsistencyProof(size1, size2, VectorCases.hashes(c.get("proof")))
                .verify(
                    HASHER,
                    new TreeHead(size1, VectorCases.hash(c.get("root1"))),
                    new TreeHead(size2, VectorCases.hash(c.get("root2"))));
          });
    }
  }

  static void inclusion(VectorCases cases) throws IOException {
    for (JsonNode c : VectorCases.list(cases.json())) {
      cases.expect(
          wanted(c),
          name(c),
          () -> {
            long size = VectorCases.u64(c.get("treeSize"));
            TreeHead head = new TreeHead(size, VectorCases.hash(c.get("root")));
            List<Hash> path = VectorCases.hashes(c.get("proof"));
            new InclusionProof(VectorCases.u64(c.get("leafIdx")), size, path)
                .verify(HASHER, VectorCases.hash(c.get("leafHash")), head);
          });
    }
  }

  static void subtree(VectorCases cases) throws IOException {
    for (JsonNode c : VectorCases.list(cases.json())) {
      cases.expect(
          wanted(c),
          name(c),
          () -> {
            long size = VectorCases.u64(c.get("size"));
            long start = VectorCases.u64(c.get("start"));
            long end = VectorCases.u64(c.get("end"));
            TreeHead head = new TreeHead(size, VectorCases.hash(c.get("root2")));
            new SubtreeProof(start, end, size, VectorCases.hashes(c.get("proof")))
                .verify(HASHER, VectorCases.hash(c.get("root1")), head);
          });
    }
  }

  static void inSubtree(VectorCases cases) throws IOException {
    for (JsonNode c : VectorCases.list(cases.json())) {
      cases.expect(
          wanted(c),
          name(c),
          () -> {
            long start = VectorCases.u64(c.get("start"));
            long end = VectorCases.u64(c.get("end"));
            List<Hash> path = VectorCases.hashes(c.get("proof"));
            InclusionProof proof =
                InclusionProof.inSubtree(VectorCases.u64(c.get("leafIdx")), start, end, path);
            TreeHead head = new TreeHead(end - start, VectorCases.hash(c.get("root")));
            proof.verify(HASHER, VectorCases.hash(c.get("leafHash")), head);
          });
    }
  }

  /**
   * The accumulated vectors of draft-ietf-plants-merkle-tree-certs: one hash over a line for each
   * subtree of each tree. Ours come from plans over the nodes of a tree that was appended to.
   */
  static void accumulated(VectorCases cases) throws IOException {
    JsonNode json = cases.json();
    Node130 nodes = new Node130();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      switch (field.getKey()) {
        case "doc" -> {}
        case "subtree_hash" ->
            cases.accept("subtree_hash", () -> same(field.getValue(), subtreeHashes(nodes)));
        case "subtree_inclusion" ->
            cases.accept("subtree_inclusion", () -> same(field.getValue(), inclusions(nodes)));
        case "subtree_consistency" ->
            cases.accept("subtree_consistency", () -> same(field.getValue(), consistencies(nodes)));
        // How any range is covered by two subtrees: the product proves pages, which are one.
        case "subtree_covering" -> cases.notOurs();
        default -> throw new AssertionError("unknown field " + field.getKey());
      }
    }
  }

  private static void same(JsonNode expected, String text) {
    byte[] digest = Sha256.newDigest().digest(text.getBytes(StandardCharsets.UTF_8));
    assertEquals(expected.get("sha256").asText(), HexFormat.of().formatHex(digest));
  }

  /** Leaves that are single bytes. */
  private static final class Node130 implements NodeReader {
    private static final int LEAVES = 130;
    private final OpenPage page = new OpenPage(1);

    Node130() {
      for (int i = 0; i < LEAVES; i++) {
        byte[] leaf = HASHER.leaf(new byte[] {(byte) i}).toByteArray();
        page.addEvent(HASHER, leaf, 0, i + 1, 0);
      }
    }

    @Override
    public void read(int level, long index, byte[] out, int offset) {
      page.node(level, (int) index, out, offset);
    }

    /** A subtree as a tree of its own. */
    NodeReader from(int start) {
      return (level, index, out, offset) ->
          page.node(level, (int) index + (start >> level), out, offset);
    }
  }

  private interface Line {
    void append(StringBuilder text, int start, int end);
  }

  private static String forEachSubtree(Line line) {
    StringBuilder text = new StringBuilder();
    for (int end = 0; end <= Node130.LEAVES; end++) {
      for (int start = 0; start <= end; start++) {
        if (start == end || SubtreeProof.isSubtree(start, end)) {
          line.append(text, start, end);
        }
      }
    }
    return text.toString();
  }

  private static String subtreeHashes(Node130 nodes) {
    return forEachSubtree(
        (text, start, end) -> {
          Hash root = ProofPlan.root(end - start).buildRoot(nodes.from(start), HASHER);
          text.append("[" + start + ", " + end + ") " + root.toHex() + "\n");
        });
  }

  private static String inclusions(Node130 nodes) {
    return forEachSubtree(
        (text, start, end) -> {
          for (int i = start; i < end; i++) {
            ProofPlan plan = ProofPlan.inclusion(i - start, end - start);
            text.append(i + " [" + start + ", " + end + ")");
            plan.build(nodes.from(start), HASHER).forEach(h -> text.append(' ').append(h.toHex()));
            text.append('\n');
          }
        });
  }

  private static String consistencies(Node130 nodes) {
    StringBuilder all = new StringBuilder();
    for (int size = 0; size <= Node130.LEAVES; size++) {
      for (int end = 0; end <= size; end++) {
        for (int start = 0; start <= end; start++) {
          if (start == end || SubtreeProof.isSubtree(start, end)) {
            all.append("[" + start + ", " + end + ") " + size);
            subtreePath(nodes, start, end, size).forEach(h -> all.append(' ').append(h.toHex()));
            all.append('\n');
          }
        }
      }
    }
    return all.toString();
  }

  /** That of an empty range is empty. */
  private static List<Hash> subtreePath(Node130 nodes, int start, int end, int size) {
    return start == end ? List.of() : ProofPlan.subtree(start, end, size).build(nodes, HASHER);
  }

  static void reference(VectorCases cases) throws IOException {
    JsonNode json = cases.json();
    List<byte[]> leaves = new ArrayList<>();
    for (JsonNode hex : json.path("leaf_inputs_hex")) {
      leaves.add(VectorCases.hex(hex));
    }
    OpenPage page = new OpenPage(1);
    List<CompactRange> ranges = new ArrayList<>(List.of(new CompactRange()));
    for (byte[] leaf : leaves) {
      byte[] hash = HASHER.leaf(leaf).toByteArray();
      page.addEvent(HASHER, hash, 0, page.count() + 1, 0);
      CompactRange next = new CompactRange(ranges.get(ranges.size() - 1));
      next.append(HASHER, hash, 0);
      ranges.add(next);
    }
    for (Map.Entry<String, JsonNode> e : json.path("roots_by_size").properties()) {
      CompactRange range = ranges.get(Integer.parseInt(e.getKey()));
      cases.accept(
          "root of " + e.getKey(),
          () -> assertEquals(e.getValue().asText(), range.root(HASHER).toHex()));
    }
    for (Map.Entry<String, JsonNode> e : json.path("node_hashes_by_level").properties()) {
      int level = Integer.parseInt(e.getKey());
      for (int i = 0; i < e.getValue().size(); i++) {
        int index = i;
        byte[] node = new byte[TreeHasher.HASH_BYTES];
        cases.accept(
            "node " + level + " " + i,
            () -> {
              page.node(level, index, node, 0);
              assertEquals(e.getValue().get(index).asText(), HexFormat.of().formatHex(node));
            });
      }
    }
    for (Map.Entry<String, JsonNode> e : json.path("compact_range_peaks").properties()) {
      CompactRange range = ranges.get(Integer.parseInt(e.getKey()));
      cases.accept("peaks of " + e.getKey(), () -> samePeaks(e.getValue(), range));
    }
    for (JsonNode c : json.path("hasher")) {
      cases.accept(c.get("desc").asText(), () -> hasherCase(c));
    }
  }

  private static void samePeaks(JsonNode expected, CompactRange range) {
    byte[] peaks = new byte[64 * TreeHasher.HASH_BYTES];
    assertEquals(expected.size(), range.peaks(peaks, 0));
    for (int i = 0; i < expected.size(); i++) {
      byte[] peak = Arrays.copyOfRange(peaks, 32 * i, 32 * i + 32);
      assertEquals(expected.get(i).asText(), HexFormat.of().formatHex(peak));
    }
  }

  private static void hasherCase(JsonNode c) {
    String found =
        switch (c.get("op").asText()) {
          case "empty" -> TreeHasher.EMPTY_ROOT.toHex();
          case "leaf" -> HASHER.leaf(VectorCases.hex(c.get("in_hex"))).toHex();
          case "node" -> nodeOfAnyLength(c).toHex();
          default -> throw new AssertionError("unknown operation " + c.get("op"));
        };
    assertEquals(c.get("want").asText(), found);
  }

  /** Upstream hashes words of four bytes as nodes; ours takes hashes only. */
  private static Hash nodeOfAnyLength(JsonNode c) {
    byte[] left = VectorCases.hex(c.get("left_hex"));
    byte[] right = VectorCases.hex(c.get("right_hex"));
    if (left.length == TreeHasher.HASH_BYTES && right.length == TreeHasher.HASH_BYTES) {
      return HASHER.node(Hash.of(left), Hash.of(right));
    }
    MessageDigest sha256 = Sha256.newDigest();
    sha256.update((byte) 1);
    sha256.update(left);
    return Hash.of(sha256.digest(right));
  }
}
