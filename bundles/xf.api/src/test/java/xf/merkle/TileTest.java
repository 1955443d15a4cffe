package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.XfException;

class TileTest {
  @Property(tries = 300)
  void shouldReadBackEveryPathItWrites(
      @ForAll @IntRange(min = -1, max = 63) int level,
      @ForAll @LongRange(min = 0, max = 1L << 48) long index,
      @ForAll @IntRange(min = 1, max = 256) int width) {
    Tile tile = new Tile(8, level, index, width);
    assertEquals(tile, Tile.parse(tile.path()));
    assertEquals(tile, Tile.parseWithHeight(tile.pathWithHeight()));
  }

  @Test
  void shouldNameTilesLikeTlogTilesDoes() {
    assertEquals("tile/0/x001/x234/067", new Tile(8, 0, 1_234_067, 256).path());
    assertEquals("tile/2/000.p/1", new Tile(8, 2, 0, 1).path());
    assertEquals("tile/entries/x001/000.p/255", new Tile(8, Tile.ENTRIES, 1000, 255).path());
    assertEquals(new NodeId(8, 512), new Tile(8, 1, 2, 7).firstNode());
  }

  @Test
  void shouldHoldTheHashesThatATreeIsMadeOf() {
    int size = 256 * 3 + 17;
    NaiveTree naive = NaiveTree.ofLeaves(size);
    NodeReader nodes =
        (level, index, out, offset) ->
            naive.range((int) index << level, (int) (index + 1) << level).copyTo(out, offset);
    TreeHasher hasher = new TreeHasher();
    CompactRange fromTiles = new CompactRange();
    for (Tile tile : Tile.added(0, size)) {
      byte[] hashes = tile.hashes(nodes);
      assertEquals(32 * tile.width(), hashes.length);
      // Level 1 has the full tiles of level 0 as single hashes, level 0 the rest as leaves.
      if (tile.level() == 0 && tile.isFull()) {
        CompactRange page = new CompactRange();
        for (int i = 0; i < tile.width(); i++) {
          page.append(hasher, hashes, 32 * i);
        }
        fromTiles.append(hasher, 8, page.root(hasher).toByteArray(), 0);
      } else if (tile.level() == 0) {
        for (int i = 0; i < tile.width(); i++) {
          fromTiles.append(hasher, hashes, 32 * i);
        }
      } else {
        assertEquals(3, tile.width());
      }
    }
    assertEquals(naive.root(size), fromTiles.root(hasher));
  }

  @Test
  void shouldRefusePathsThatAreNone() {
    for (String bad :
        List.of(
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/1234",
            "tile/0/x000/001",
            "tile/0/x001/x067",
            "tile/0/001/067",
            "tile/00/001",
            "tile/64/001",
            "tile/-1/001",
            "tile/data/001",
            "tile/0/001.p/0",
            "tile/0/001.p/256",
            "tile/0/001.p/01",
            "tile/0/001.p/",
            "tile/0/001/",
            "/tile/0/001",
            "tile/0/../001",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999")) {
      XfException e = assertThrows(XfException.class, () -> Tile.parse(bad), bad);
      assertEquals(ErrorCode.BAD_FORMAT, e.code());
    }
    assertThrows(XfException.class, () -> Tile.parseWithHeight("tile/31/0/001"));
    assertThrows(XfException.class, () -> Tile.parseWithHeight("tile/0/0/001"));
  }

  @Test
  void shouldListEveryHashOfATreeOnce() {
    for (long size : new long[] {0, 1, 255, 256, 257, 65_535, 65_536, 70_000, 1 << 20}) {
      for (int level = 0; level <= 2; level++) {
        int at = level;
        long hashes =
            Tile.added(0, size).stream()
                .filter(tile -> tile.level() == at)
                .mapToLong(Tile::width)
                .sum();
        assertEquals(size >> (8 * level), hashes);
      }
    }
  }
}
