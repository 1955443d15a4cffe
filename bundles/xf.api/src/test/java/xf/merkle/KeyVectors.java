package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import xf.event.AuthorKey;

/**
 * Ed25519 by {@link AuthorKey#verify}: RFC 8032 in its strict form, the same answer on every node.
 *
 * <p>Wycheproof: what it calls valid is accepted, all else refused. The edge cases of C2SP/CCTV, by
 * their flags:
 *
 * <table>
 *   <caption>Policy</caption>
 *   <tr><td>non_canonical_A, non_canonical_R</td><td>refused: RFC 8032 section 5.1.3 decodes only
 *       y &lt; p, and no -0</td></tr>
 *   <tr><td>low_order_A</td><td>refused: such a key has no holder; any message would verify</td></tr>
 *   <tr><td>low_order_residue</td><td>accepted when nothing above applies: the equation is that of
 *       section 5.1.7, with the cofactor, so that single and batch verification cannot differ. A
 *       verifier that leaves the cofactor out, as the RFC allows, refuses these</td></tr>
 *   <tr><td>low_order_R, low_order_component_A, low_order_component_R</td><td>accepted when nothing
 *       above applies: only the key's holder can have made it</td></tr>
 *   <tr><td>reencoded_k</td><td>follows from the others: k is taken over the bytes as they are</td>
 *       </tr>
 * </table>
 */
final class KeyVectors {
  private static final Set<String> REFUSED =
      Set.of("non_canonical_A", "non_canonical_R", "low_order_A");
  private static final Set<String> ACCEPTED =
      Set.of(
          "low_order_R",
          "low_order_component_A",
          "low_order_component_R",
          "low_order_residue",
          "reencoded_k");

  private KeyVectors() {}

  static void wycheproof(VectorCases cases) throws IOException {
    for (JsonNode group : cases.json().get("testGroups")) {
      byte[] pk = VectorCases.hex(group.get("publicKey").get("pk"));
      for (JsonNode c : group.get("tests")) {
        boolean want = c.get("result").asText().equals("valid");
        cases.accept(
            "tcId " + c.get("tcId") + " " + c.get("comment").asText(),
            () -> assertEquals(want, verify(pk, VectorCases.hex(c.get("msg")), c)));
      }
    }
  }

  static void edgeCases(VectorCases cases) throws IOException {
    for (JsonNode c : VectorCases.list(cases.json())) {
      Set<String> flags = new HashSet<>();
      c.get("flags").forEach(flag -> flags.add(flag.asText()));
      boolean want = flags.stream().noneMatch(REFUSED::contains);
      byte[] message = NoteVectors.utf8(c.get("msg").asText());
      cases.accept(
          "number " + c.get("number") + " " + flags,
          () -> {
            flags.removeAll(REFUSED);
            flags.removeAll(ACCEPTED);
            assertEquals(Set.of(), flags, "no policy for these");
            assertEquals(want, verify(VectorCases.hex(c.get("key")), message, c));
          });
    }
  }

  private static boolean verify(byte[] key, byte[] message, JsonNode c) {
    return key.length == 32 && AuthorKey.of(key).verify(message, VectorCases.hex(c.get("sig")));
  }
}
