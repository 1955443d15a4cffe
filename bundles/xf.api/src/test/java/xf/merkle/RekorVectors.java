package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import xf.event.AuthorKey;
import xf.event.Hash;
import xf.event.Sha256;
import xf.event.XfException;

/**
 * Real inclusion proofs of Sigstore's Rekor, some of bundles that are wrong in ways that have
 * nothing to do with the proof. What a proof has to come to is worked out again here, by the
 * recursion of RFC 6962 read backwards. Checkpoints are verified wherever {@code trusted_tlogs}
 * carries their key: Ed25519 by the product, ECDSA, which the product has not, by the JDK.
 */
final class RekorVectors {
  private static final TreeHasher HASHER = new TreeHasher();

  private RekorVectors() {}

  /** A log's key, as far as a checkpoint has to be verified with it. */
  private interface LogKey {
    /** Throws unless the note has this key's signature. */
    void verify(SignedNote note);
  }

  /** The keys themselves are cases too: a log's id is that of its note key, or of its bytes. */
  static void keys(VectorCases cases) throws IOException {
    for (JsonNode log : VectorCases.list(cases.json())) {
      String kind = kind(log);
      byte[] id = VectorCases.base64(log.get("logId").get("keyId"));
      if (kind.equals("PKIX_ED25519")) {
        int expected = ByteBuffer.wrap(id).getInt();
        cases.accept("key of " + host(log), () -> assertEquals(expected, ed25519(log).id()));
      } else if (EcdsaKey.isKnown(kind)) {
        cases.accept(
            "key of " + host(log),
            () -> assertArrayEquals(Sha256.newDigest().digest(spki(log)), id));
      } else {
        cases.notOurs();
      }
    }
  }

  private static String kind(JsonNode log) {
    return log.get("publicKey").get("keyDetails").asText();
  }

  private static String host(JsonNode log) {
    return String.valueOf(URI.create(log.get("baseUrl").asText()).getHost());
  }

  private static byte[] spki(JsonNode log) {
    return VectorCases.base64(log.get("publicKey").get("rawBytes"));
  }

  private static VerifierKey ed25519(JsonNode log) {
    byte[] spki = spki(log);
    byte[] raw = Arrays.copyOfRange(spki, spki.length - 32, spki.length);
    return VerifierKey.of(host(log), AuthorKey.of(raw));
  }

  private static @Nullable LogKey key(JsonNode log) {
    if (kind(log).equals("PKIX_ED25519")) {
      VerifierKey key = ed25519(log);
      return note -> {
        SignedNote.Opened opened = note.verify(List.of(key));
        assertEquals(1, opened.verified().size());
        if (!CheckpointText.parse(note.text()).origin().equals(key.name())) {
          throw TextFormat.bad("origin of " + note.text());
        }
      };
    }
    if (EcdsaKey.isKnown(kind(log))) {
      EcdsaKey key = EcdsaKey.of(host(log), spki(log));
      return key::verify;
    }
    return null;
  }

  private static Map<String, LogKey> trusted(Path folder) throws IOException {
    Map<String, LogKey> keys = new HashMap<>();
    Path file = folder.resolve("trusted_tlogs.json");
    if (Files.exists(file)) {
      for (JsonNode log : VectorCases.json(file)) {
        LogKey key = key(log);
        if (key != null) {
          keys.put(log.get("logId").get("keyId").asText(), key);
        }
      }
    }
    return keys;
  }

  static void inclusion(VectorCases cases) throws IOException {
    Map<String, LogKey> keys = trusted(cases.file.resolveSibling("."));
    for (JsonNode c : VectorCases.list(cases.json())) {
      String name = c.get("case").asText() + "/" + c.path("entry").asInt();
      JsonNode proof = c.get("inclusionProof");
      Hash leaf = HASHER.leaf(VectorCases.base64(c.get("leaf_data_base64")));
      boolean right = isRight(leaf, proof);
      cases.expect(right, name, () -> verify(leaf, proof));
      cases.accept(
          name + " is as its name says",
          () ->
              assertEquals(
                  true, right ? !name.contains("invalid-inclusion") : name.contains("_fail")));
      if (proof.has("checkpoint")) {
        String envelope = proof.get("checkpoint").get("envelope").asText();
        LogKey key = keys.get(c.path("logId").path("keyId").asText());
        boolean damaged = name.contains("checkpoint") && name.contains("_fail");
        if (key != null) {
          cases.expect(!damaged, name + " checkpoint", () -> checkpoint(proof, envelope, key));
        } else if (damaged) {
          cases.notOurs();
        } else {
          cases.accept(
              name + " checkpoint, its key is not among the vectors",
              () -> checkpoint(proof, envelope, null));
        }
      }
    }
  }

  private static void verify(Hash leaf, JsonNode proof) {
    long size = VectorCases.u64(proof.get("treeSize"));
    TreeHead head = new TreeHead(size, VectorCases.hash(proof.get("rootHash")));
    List<Hash> path = VectorCases.hashes(proof.path("hashes"));
    new InclusionProof(VectorCases.u64(proof.get("logIndex")), size, path)
        .verify(HASHER, leaf, head);
  }

  private static void checkpoint(JsonNode proof, String envelope, @Nullable LogKey key) {
    SignedNote note = SignedNote.parse(NoteVectors.utf8(envelope));
    if (key != null) {
      key.verify(note);
    }
    TreeHead head =
        new TreeHead(
            VectorCases.u64(proof.get("treeSize")), VectorCases.hash(proof.get("rootHash")));
    assertEquals(head, CheckpointText.parse(note.text()).head());
  }

  private static boolean isRight(Hash leaf, JsonNode proof) {
    long size = VectorCases.u64(proof.get("treeSize"));
    long index = VectorCases.u64(proof.get("logIndex"));
    try {
      List<Hash> path = VectorCases.hashes(proof.path("hashes"));
      Hash root = rootOf(leaf, index, size, path);
      return root != null && root.equals(VectorCases.hash(proof.get("rootHash")));
    } catch (XfException | IllegalArgumentException e) {
      return false;
    }
  }

  /** PATH read backwards: the last hash is the other half of the tree. */
  private static @Nullable Hash rootOf(Hash leaf, long index, long size, List<Hash> path) {
    if (index < 0 || index >= size || (size == 1) != path.isEmpty()) {
      return null;
    }
    if (size == 1) {
      return leaf;
    }
    long split = Long.highestOneBit(size - 1);
    boolean left = index < split;
    List<Hash> inner = path.subList(0, path.size() - 1);
    Hash half = rootOf(leaf, left ? index : index - split, left ? split : size - split, inner);
    if (half == null) {
      return null;
    }
    Hash other = path.get(path.size() - 1);
    return left ? HASHER.node(half, other) : HASHER.node(other, half);
  }
}
