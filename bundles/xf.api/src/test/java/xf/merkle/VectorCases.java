package xf.merkle;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import xf.event.Hash;
import xf.event.XfException;

/** The cases of one vector file: runs them all, counts them, and reports all that went wrong. */
final class VectorCases {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  final Path file;
  private final List<String> wrong = new ArrayList<>();
  private int count;
  private int notOurs;

  VectorCases(Path file) {
    this.file = file;
  }

  JsonNode json() throws IOException {
    return json(file);
  }

  static JsonNode json(Path file) throws IOException {
    return JSON.readTree(Files.readAllBytes(file));
  }

  /** The elements of an array, or the one case that a file consists of. */
  static List<JsonNode> list(JsonNode node) {
    List<JsonNode> all = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(all::add);
    } else {
      all.add(node);
    }
    return all;
  }

  /** A check that may throw whatever it likes. */
  interface Check {
    void run() throws IOException;
  }

  /** Must succeed. */
  void accept(String name, Check check) {
    count++;
    try {
      check.run();
    } catch (IOException | RuntimeException | AssertionError e) {
      wrong.add(name + ": " + e);
    }
  }

  /** Must be refused with a typed error; a hash of the wrong length is refused when it is made. */
  void refuse(String name, Check check) {
    count++;
    try {
      check.run();
      wrong.add(name + ": was accepted");
    } catch (XfException | IllegalArgumentException expected) {
      if (String.valueOf(expected.getMessage()).isEmpty()) {
        wrong.add(name + ": refused without a reason");
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      wrong.add(name + ": " + e);
    }
  }

  void expect(boolean good, String name, Check check) {
    if (good) {
      accept(name, check);
    } else {
      refuse(name, check);
    }
  }

  /** A case of a kind that the product has no use for. */
  void notOurs() {
    notOurs++;
  }

  String summary() {
    return count + " cases" + (notOurs == 0 ? "" : ", " + notOurs + " of another kind");
  }

  void finish() {
    if (count + notOurs == 0) {
      wrong.add("no case was found");
    }
    if (!wrong.isEmpty()) {
      fail(file + ": " + wrong.size() + " wrong\n" + String.join("\n", wrong));
    }
  }

  /** A 64-bit number; what is beyond 2^63 becomes negative, and so is out of every range. */
  static long u64(JsonNode node) {
    return node.isTextual()
        ? Long.parseUnsignedLong(node.asText())
        : node.bigIntegerValue().longValue();
  }

  static byte[] base64(JsonNode node) {
    return Base64.getDecoder().decode(node.asText());
  }

  static Hash hash(JsonNode base64) {
    return Hash.of(base64(base64));
  }

  static List<Hash> hashes(JsonNode array) {
    List<Hash> hashes = new ArrayList<>();
    for (JsonNode node : array) {
      hashes.add(hash(node));
    }
    return hashes;
  }

  static byte[] hex(JsonNode node) {
    return HexFormat.of().parseHex(node.asText());
  }
}
