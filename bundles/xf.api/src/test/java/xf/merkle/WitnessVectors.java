package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import xf.event.AuthorKey;
import xf.event.Hash;
import xf.event.Sha256;
import xf.event.XfException;

/**
 * Requests to a witness (C2SP tlog-witness): the notes, checkpoints and consistency proofs in them
 * through the product, around it the few rules of a witness. State carries over from case to case.
 */
final class WitnessVectors {
  private static final TreeHasher HASHER = new TreeHasher();
  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;
  private static final int UNPROCESSABLE = 422;

  private final VerifierKey key;
  private TreeHead seen = new TreeHead(0, TreeHasher.EMPTY_ROOT);

  private WitnessVectors(VerifierKey key) {
    this.key = key;
  }

  static void replay(VectorCases cases) throws IOException {
    JsonNode json = cases.json();
    byte[] pub = VectorCases.hex(json.get("log_pubkey_hex"));
    String origin =
        "sigsum.org/v1/tree/" + HexFormat.of().formatHex(Sha256.newDigest().digest(pub));
    WitnessVectors witness = new WitnessVectors(VerifierKey.of(origin, AuthorKey.of(pub)));
    List<JsonNode> all = VectorCases.list(json.get("cases"));
    witness.catchUp(cases, all.isEmpty() ? 0 : all.get(0).path("i").asInt());
    for (JsonNode c : all) {
      cases.accept("case " + c.get("i"), () -> witness.check(c));
    }
  }

  /** A file may hold only later cases of the sequence: the earlier ones are then those shared. */
  private void catchUp(VectorCases cases, int first) throws IOException {
    Path shared =
        Path.of(
            System.getProperty("xf.shared", ""), "vectors/litewitness-add-checkpoint/cases.json");
    if (first == 0 || !Files.exists(shared) || Files.isSameFile(shared, cases.file)) {
      return;
    }
    for (JsonNode c : VectorCases.json(shared).get("cases")) {
      if (c.path("i").asInt() < first) {
        answer(c.get("request_body").asText());
      }
    }
  }

  private void check(JsonNode c) {
    long before = seen.size();
    int status = answer(c.get("request_body").asText());
    assertEquals(c.get("http_status").asInt(), status);
    if (status == CONFLICT && c.has("body_contains")) {
      assertTrue(c.get("body_contains").asText().contains(String.valueOf(before)));
    }
  }

  private int answer(String body) {
    int noteStart = body.indexOf("\n\n") + 2;
    String[] lines = body.substring(0, noteStart - 2).split("\n", -1);
    long old = Long.parseLong(lines[0].substring("old ".length()));
    List<Hash> path = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      path.add(Hash.of(Base64.getDecoder().decode(lines[i])));
    }
    CheckpointText next;
    try {
      SignedNote note = SignedNote.parse(NoteVectors.utf8(body.substring(noteStart)));
      note.verify(List.of(key));
      next = CheckpointText.parse(note.text());
    } catch (XfException e) {
      return FORBIDDEN;
    }
    if (!next.origin().equals(key.name())) {
      return FORBIDDEN;
    }
    if (old != seen.size()) {
      return CONFLICT;
    }
    return extend(old, path, next.head());
  }

  private int extend(long old, List<Hash> path, TreeHead head) {
    try {
      if (old > 0) {
        new ConsistencyProof(old, head.size(), path).verify(HASHER, seen, head);
      } else if (!path.isEmpty()) {
        return UNPROCESSABLE;
      }
    } catch (XfException e) {
      return UNPROCESSABLE;
    }
    seen = head;
    return OK;
  }
}
