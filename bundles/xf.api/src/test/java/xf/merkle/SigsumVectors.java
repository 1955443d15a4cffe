package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.XfException;

/**
 * Proofs of Sigsum as far as the files alone go: a leaf is the checksum of a message, a signature
 * and a key's hash, and neither message nor keys are in them. So the path must be as long as index
 * and size say, and no leaf that is made up may be accepted.
 */
final class SigsumVectors {
  private static final TreeHasher HASHER = new TreeHasher();

  private SigsumVectors() {}

  static void proof(VectorCases cases) throws IOException {
    Map<String, List<String>> fields = fields(cases);
    TreeHead head =
        new TreeHead(Long.parseLong(one(fields, "size")), Hash.ofHex(one(fields, "root_hash")));
    cases.accept("inclusion", () -> inclusion(fields, head));
    cases.notOurs(); // the signatures, whose keys are not published with them
  }

  private static Map<String, List<String>> fields(VectorCases cases) throws IOException {
    Map<String, List<String>> fields = new LinkedHashMap<>();
    for (String line : Files.readAllLines(cases.file)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        fields
            .computeIfAbsent(line.substring(0, equals), k -> new ArrayList<>())
            .add(line.substring(equals + 1));
      }
    }
    return fields;
  }

  private static String one(Map<String, List<String>> fields, String name) {
    List<String> values = fields.get(name);
    assertEquals(1, values == null ? 0 : values.size(), name);
    return values == null ? "" : values.get(0);
  }

  private static void inclusion(Map<String, List<String>> fields, TreeHead head) {
    List<Hash> path =
        fields.getOrDefault("node_hash", List.of()).stream().map(Hash::ofHex).toList();
    long index = Long.parseLong(fields.getOrDefault("leaf_index", List.of("0")).get(0));
    assertTrue(index < head.size(), "index " + index + " of " + head.size());
    assertEquals(ProofPlan.inclusion(index, head.size()).hashCount(), path.size());
    InclusionProof proof = new InclusionProof(index, head.size(), path);
    Hash madeUp = HASHER.leaf(new byte[96]);
    XfException refused = assertThrows(XfException.class, () -> proof.verify(HASHER, madeUp, head));
    assertEquals(ErrorCode.NOT_VERIFIED, refused.code());
  }
}
