package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import xf.event.ErrorCode;
import xf.event.XfException;

/** Notes and checkpoints of Go's checksum database, C2SP, and witnesses. */
final class NoteVectors {
  private static final String SECRET_PREFIX = "PRIVATE+KEY+";

  private NoteVectors() {}

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** An example of the specification, whose key is not published. */
  static void checkpointExample(VectorCases cases) throws IOException {
    byte[] bytes = Files.readAllBytes(cases.file);
    cases.accept(cases.file.toString(), () -> readCheckpoint(bytes));
  }

  private static void readCheckpoint(byte[] bytes) {
    SignedNote note = SignedNote.parse(bytes);
    assertArrayEquals(bytes, note.toBytes());
    assertEquals(note.text(), CheckpointText.parse(note.text()).toText());
  }

  /** A checkpoint that may come without signatures, or in JSON with what is known about it. */
  static void checkpointFile(VectorCases cases) throws IOException {
    if (cases.file.toString().endsWith(".json")) {
      for (JsonNode c : VectorCases.list(cases.json())) {
        cases.accept(cases.file.toString(), () -> anyCheckpoint(c));
      }
    } else {
      String text = Files.readString(cases.file);
      cases.accept(cases.file.toString(), () -> checkpointOrText(text));
    }
  }

  /** A checkpoint as a string, or an object that holds one. */
  static void anyCheckpoint(JsonNode node) {
    if (node.isTextual()) {
      checkpointOrText(node.asText());
      return;
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getValue().isTextual() && field.getValue().asText().contains("\n")) {
        checkpointOrText(field.getValue().asText());
      }
    }
  }

  private static void checkpointOrText(String text) {
    if (text.contains("\n\n")) {
      readCheckpoint(utf8(text));
    } else {
      assertEquals(text, CheckpointText.parse(text).toText());
    }
  }

  static void notes(VectorCases cases) throws IOException {
    for (JsonNode c : VectorCases.list(cases.json())) {
      String name = c.path("desc").asText(String.valueOf(cases.file.getFileName()));
      String want = c.path("want").asText("ok");
      cases.expect(want.equals("ok"), name, () -> note(c));
    }
  }

  private static void note(JsonNode c) {
    if (c.has("skey")) {
      sign(c);
    }
    List<VerifierKey> keys = new ArrayList<>();
    for (String field : List.of("vkey", "witness_vkey", "vkeys")) {
      if (c.has(field)) {
        VectorCases.list(c.get(field)).forEach(k -> keys.add(VerifierKey.parse(k.asText())));
      }
    }
    // Beside a checkpoint, the field "note" is a remark.
    JsonNode bytes = c.has("checkpoint") ? c.get("checkpoint") : c.path("note");
    if (bytes.isTextual()) {
      SignedNote note = SignedNote.parse(utf8(bytes.asText()));
      assertEquals(bytes.asText(), new String(note.toBytes(), StandardCharsets.UTF_8));
      verify(c, note.verify(keys));
    }
  }

  private static void verify(JsonNode c, SignedNote.Opened opened) {
    assertNames(c.path("verified"), opened.verified());
    assertNames(c.path("unverified"), opened.unknown());
  }

  private static void assertNames(JsonNode expected, List<NoteSignature> found) {
    if (expected.isArray()) {
      List<String> names = new ArrayList<>();
      expected.forEach(name -> names.add(name.asText()));
      assertEquals(names, found.stream().map(NoteSignature::name).toList());
    }
  }

  private static void sign(JsonNode c) {
    String secret = c.get("skey").asText();
    String rest = secret.startsWith(SECRET_PREFIX) ? secret.substring(SECRET_PREFIX.length()) : "";
    String[] parts = rest.split("\\+", 3);
    byte[] typeAndSeed = parts.length == 3 ? TextFormat.strictBase64(parts[2]) : null;
    if (typeAndSeed == null || typeAndSeed.length != 33 || typeAndSeed[0] != 1) {
      throw new XfException(ErrorCode.BAD_FORMAT, "secret key: not one of Ed25519");
    }
    TestSigner signer = TestSigner.of(Arrays.copyOfRange(typeAndSeed, 1, 33));
    VerifierKey key = VerifierKey.of(parts[0], signer.author());
    if (!key.toText().startsWith(parts[0] + "+" + parts[1] + "+")) {
      throw new XfException(ErrorCode.BAD_FORMAT, "secret key: wrong id");
    }
    if (c.has("text")) {
      SignedNote note = SignedNote.sign(c.get("text").asText(), parts[0], signer);
      note.verify(List.of(key));
      if (c.has("want_note")) {
        assertEquals(
            c.get("want_note").asText(), new String(note.toBytes(), StandardCharsets.UTF_8));
      }
    }
  }
}
