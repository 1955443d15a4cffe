package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.XfException;

/** Tiles: arithmetic, paths, and the bytes of real ones. */
final class TileVectors {
  private static final TreeHasher HASHER = new TreeHasher();
  private static final Pattern COUNT = Pattern.compile("(full|partial)_level(\\d+)");
  private static final Pattern NEW_TILES = Pattern.compile("tile_height_(\\d+)_new_tiles");
  private static final Pattern INDEX_PATH = Pattern.compile("index_(\\d+)_path");

  private TileVectors() {}

  static void tileMath(VectorCases cases) throws IOException {
    for (JsonNode c : VectorCases.list(cases.json())) {
      List<Tile> tiles = Tile.added(0, c.path("tree_size").asLong());
      for (Map.Entry<String, JsonNode> field : c.properties()) {
        if (!field.getKey().equals("tree_size")) {
          cases.accept(field.getKey(), () -> tileMath(tiles, field.getKey(), field.getValue()));
        }
      }
    }
  }

  private static void tileMath(List<Tile> tiles, String field, JsonNode want) {
    Matcher count = COUNT.matcher(field);
    Matcher path = INDEX_PATH.matcher(field);
    if (count.matches()) {
      int level = Integer.parseInt(count.group(2));
      boolean full = count.group(1).equals("full");
      List<Tile> found =
          tiles.stream().filter(t -> t.level() == level && t.isFull() == full).toList();
      int value = full ? found.size() : found.stream().mapToInt(Tile::width).sum();
      assertEquals(want.asInt(), value);
      found.forEach(t -> assertEquals(t, Tile.parse(t.path())));
    } else if (path.matches()) {
      assertEquals(want.asText(), Tile.indexPath(Long.parseLong(path.group(1))));
    } else {
      throw new AssertionError("unknown field " + field);
    }
  }

  static void goTlog(VectorCases cases) throws IOException {
    for (Map.Entry<String, JsonNode> field : cases.json().properties()) {
      String name = field.getKey();
      Matcher newTiles = NEW_TILES.matcher(name);
      for (JsonNode c : VectorCases.list(field.getValue())) {
        if (newTiles.matches()) {
          int height = Integer.parseInt(newTiles.group(1));
          cases.accept(name + " " + c, () -> newTiles(height, c));
        } else if (name.startsWith("tile_paths")) {
          cases.accept(name + " " + c, () -> tilePath(c));
        } else if (name.startsWith("bad_trees")) {
          cases.refuse(name + " " + c, () -> goTree(c.asText()));
        } else if (name.startsWith("tree_text")) {
          cases.accept(name, () -> treeText(c));
        } else if (name.contains("checkpoint")) {
          cases.accept(name, () -> NoteVectors.anyCheckpoint(c));
        } else {
          cases.accept(
              name,
              () -> {
                throw new AssertionError("unknown field " + name);
              });
        }
      }
    }
  }

  private static void newTiles(int height, JsonNode c) {
    List<Tile> tiles = Tile.added(height, c.get("old").asLong(), c.get("new").asLong());
    assertEquals(c.get("want").asInt(), tiles.size());
  }

  /** A tile of height 0 stands for a path that is none. */
  private static void tilePath(JsonNode c) {
    String path = c.get("path").asText();
    if (c.path("h").asInt() == 0) {
      try {
        throw new AssertionError(path + " was read as " + Tile.parseWithHeight(path));
      } catch (XfException expected) {
        assertEquals(ErrorCode.BAD_FORMAT, expected.code());
      }
      return;
    }
    Tile tile =
        new Tile(c.get("h").asInt(), c.get("l").asInt(), c.get("n").asLong(), c.get("w").asInt());
    assertEquals(path, tile.pathWithHeight());
    assertEquals(tile, Tile.parseWithHeight(path));
  }

  private static CheckpointText goTree(String text) {
    CheckpointText tree = CheckpointText.parse(text);
    if (!tree.origin().equals("go.sum database tree")) {
      throw new XfException(ErrorCode.BAD_FORMAT, "origin " + tree.origin());
    }
    return tree;
  }

  private static void treeText(JsonNode c) {
    Hash root = HASHER.leaf(NoteVectors.utf8(c.get("leaf_data").asText()));
    TreeHead head = new TreeHead(c.get("n").asLong(), root);
    CheckpointText text = new CheckpointText("go.sum database tree", head, List.of());
    assertEquals(c.get("want").asText(), text.toText());
    assertEquals(text, goTree(c.get("want").asText()));
  }

  /** 256 leaf hashes of a real log: a page is built of them, and gives the tile back. */
  static void realTile(VectorCases cases) throws IOException {
    byte[] tile = Files.readAllBytes(cases.file);
    cases.accept(
        cases.file.toString(),
        () -> {
          assertEquals(PageDescriptor.LEAVES * TreeHasher.HASH_BYTES, tile.length);
          NaiveTree naive = new NaiveTree();
          OpenPage open = new OpenPage(1);
          for (int i = 0; i < PageDescriptor.LEAVES; i++) {
            naive.add(Hash.at(ByteBuffer.wrap(tile), 32 * i));
            open.addEvent(HASHER, tile, 32 * i, i + 1, 0);
          }
          ByteBuffer page = Pages.blank();
          new PageBuilder().seal(open, 0, page, 0);
          PageView view = new PageView().wrap(page, 0).check(1, 0, 0).verifyNodes(HASHER);
          assertEquals(naive.root(256), view.root());
          byte[] again = new byte[tile.length];
          for (int i = 0; i < PageDescriptor.LEAVES; i++) {
            view.hash(i, again, 32 * i);
          }
          assertArrayEquals(tile, again);
        });
  }

  /** A log that Tessera made: its signed roots, its tiles and its bundles from its entries. */
  static void testLog(VectorCases cases) throws IOException {
    JsonNode log = cases.json();
    VerifierKey key = VerifierKey.parse(log.get("vkey").asText());
    for (JsonNode c : log.get("sizes")) {
      cases.accept("size " + c.get("size"), () -> testLogSize(log.get("entries"), c, key));
    }
  }

  private static void testLogSize(JsonNode entries, JsonNode c, VerifierKey key)
      throws IOException {
    int size = c.get("size").asInt();
    CompactRange range = new CompactRange();
    ByteArrayOutputStream tile = new ByteArrayOutputStream();
    ByteArrayOutputStream bundle = new ByteArrayOutputStream();
    NaiveTree naive = new NaiveTree();
    for (int i = 0; i < size; i++) {
      byte[] entry = NoteVectors.utf8(entries.get(i).asText());
      Hash leaf = HASHER.leaf(entry);
      range.append(HASHER, leaf.toByteArray(), 0);
      naive.add(leaf);
      tile.write(leaf.toByteArray());
      new DataOutputStream(bundle).writeShort(entry.length);
      bundle.write(entry);
    }
    SignedNote note = SignedNote.parse(NoteVectors.utf8(c.get("checkpoint").asText()));
    note.verify(List.of(key));
    CheckpointText text = CheckpointText.parse(note.text());
    assertEquals(new TreeHead(size, range.root(HASHER)), text.head());
    if (c.has("tile0_hex")) {
      assertArrayEquals(VectorCases.hex(c.get("tile0_hex")), tile.toByteArray());
    }
    if (c.has("entry_bundle_hex")) {
      assertArrayEquals(VectorCases.hex(c.get("entry_bundle_hex")), bundle.toByteArray());
    }
    for (int i = 0; i < size; i++) {
      // A proof file of somebody else's log, through the product's own reader.
      TlogProof proof = new TlogProof(new byte[0], i, naive.path(i, 0, size), note);
      TlogProof.parse(proof.toBytes()).verify(HASHER, key, naive.leaf(i));
    }
  }
}
