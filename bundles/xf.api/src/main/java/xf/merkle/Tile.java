package xf.merkle;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import xf.event.XfException;

/**
 * A run of consecutive nodes of one level, as logs publish their tree in files (C2SP tlog-tiles).
 *
 * <p>A tile of level L holds nodes of level {@code height * L} of the tree; the level {@link
 * #ENTRIES} stands for the bundle of the entries themselves. Our tier-t pages are the tiles of
 * height 8 and level t - 1.
 *
 * @param height levels of the tree that a tile spans: 8 in tlog-tiles
 * @param level the tile's level, or {@link #ENTRIES}
 * @param index 0-based number of the tile within its level
 * @param width hashes in it: 2^height in a full one
 */
public record Tile(int height, int level, long index, int width) {
  /** Height of the tiles of C2SP tlog-tiles. */
  public static final int HEIGHT = 8;

  /** Level of bundles of entries. */
  public static final int ENTRIES = -1;

  private static final int MAX_HEIGHT = 30;
  private static final int MAX_LEVEL = 63;
  private static final int GROUP = 1000;
  private static final String ENTRIES_NAME = "entries";
  private static final String PREFIX = "tile/";
  private static final String PARTIAL = ".p/";

  /** Refuses what no log has. */
  public Tile {
    if (height < 1 || height > MAX_HEIGHT || level < ENTRIES || level > MAX_LEVEL) {
      throw new IllegalArgumentException("tile of height " + height + " and level " + level);
    }
    if (index < 0 || width < 1 || width > 1 << height) {
      throw new IllegalArgumentException("tile " + index + " of width " + width);
    }
  }

  /** Whether it has all its hashes. */
  public boolean isFull() {
    return width == 1 << height;
  }

  /** The first node in it; for a bundle of entries their leaf hashes. */
  public NodeId firstNode() {
    return new NodeId(height * Math.max(0, level), index << height);
  }

  /**
   * The bytes of the tile's file: its hashes one after the other.
   *
   * @param reader has the nodes of the tree
   */
  public byte[] hashes(NodeReader reader) {
    NodeId first = firstNode();
    byte[] hashes = new byte[width * TreeHasher.HASH_BYTES];
    for (int i = 0; i < width; i++) {
      reader.read(first.level(), first.index() + i, hashes, i * TreeHasher.HASH_BYTES);
    }
    return hashes;
  }

  /** {@code tile/L/N} or {@code tile/L/N.p/W} of C2SP tlog-tiles, whose tiles have height 8. */
  public String path() {
    requireStandardHeight();
    return PREFIX + levelName(ENTRIES_NAME) + "/" + place();
  }

  /** {@code tile/H/L/N}: the form of the Go checksum database, for tiles of any height. */
  public String pathWithHeight() {
    return PREFIX + height + "/" + levelName("data") + "/" + place();
  }

  private void requireStandardHeight() {
    if (height != HEIGHT) {
      throw new IllegalStateException("height " + height + ": tlog-tiles has only 8");
    }
  }

  private String levelName(String entries) {
    return level == ENTRIES ? entries : String.valueOf(level);
  }

  private String place() {
    return indexPath(index) + (isFull() ? "" : PARTIAL + width);
  }

  /** An index in groups of three digits, all but the last marked x: {@code x001/x234/067}. */
  public static String indexPath(long index) {
    StringBuilder path = new StringBuilder(String.format(Locale.ROOT, "%03d", index % GROUP));
    for (long rest = index / GROUP; rest > 0; rest /= GROUP) {
      path.insert(0, String.format(Locale.ROOT, "x%03d/", rest % GROUP));
    }
    return path.toString();
  }

  /**
   * Reads a path of C2SP tlog-tiles.
   *
   * @throws XfException {@code BAD_FORMAT} when it is none, or not in its one spelling
   */
  public static Tile parse(String path) {
    if (!path.startsWith(PREFIX)) {
      throw bad(path);
    }
    Tile tile = parse(path, HEIGHT, ENTRIES_NAME, path.substring(PREFIX.length()));
    if (!tile.path().equals(path)) {
      throw bad(path);
    }
    return tile;
  }

  /** Reads a path that names its height: see {@link #pathWithHeight}. */
  public static Tile parseWithHeight(String path) {
    int slash = path.indexOf('/', PREFIX.length());
    if (!path.startsWith(PREFIX) || slash < 0) {
      throw bad(path);
    }
    int height = (int) number(path, path.substring(PREFIX.length(), slash));
    Tile tile = parse(path, height, "data", path.substring(slash + 1));
    if (!tile.pathWithHeight().equals(path)) {
      throw bad(path);
    }
    return tile;
  }

  private static Tile parse(String path, int height, String entries, String levelAndPlace) {
    int slash = levelAndPlace.indexOf('/');
    if (slash < 0 || height < 1 || height > MAX_HEIGHT) {
      throw bad(path);
    }
    String levelName = levelAndPlace.substring(0, slash);
    String place = levelAndPlace.substring(slash + 1);
    long level = levelName.equals(entries) ? ENTRIES : number(path, levelName);
    int dot = place.indexOf(PARTIAL);
    String digits = dot < 0 ? place : place.substring(0, dot);
    long width = dot < 0 ? 1L << height : number(path, place.substring(dot + PARTIAL.length()));
    // Groups and marks are checked by comparing with the one spelling afterwards.
    long index = number(path, digits.replace("x", "").replace("/", ""));
    if (level > MAX_LEVEL || width < 1 || width > 1L << height) {
      throw bad(path);
    }
    return new Tile(height, (int) level, index, (int) width);
  }

  private static long number(String path, String digits) {
    boolean plain = !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!plain || digits.length() > 18) {
      throw bad(path);
    }
    return Long.parseLong(digits);
  }

  private static XfException bad(String path) {
    return TextFormat.bad(
        "tile path \""
            + path
            + "\": expected the form tile/LEVEL/x001/067 or tile/LEVEL/x001/067.p/WIDTH");
  }

  /** The tiles that a tree has and a smaller one, a prefix of it, has not; height 8. */
  public static List<Tile> added(long oldSize, long newSize) {
    return added(HEIGHT, oldSize, newSize);
  }

  /**
   * The tiles that a tree of {@code newSize} leaves has and one of {@code oldSize} has not, the
   * partial ones among them too, from the lowest level up.
   */
  public static List<Tile> added(int height, long oldSize, long newSize) {
    if (oldSize < 0 || oldSize > newSize || newSize > CompactRange.MAX_SIZE) {
      throw new IllegalArgumentException("tiles from size " + oldSize + " to " + newSize);
    }
    List<Tile> tiles = new ArrayList<>();
    for (int level = 0; level * height < Long.SIZE && newSize >>> (level * height) > 0; level++) {
      long from = oldSize >>> (level * height);
      long to = newSize >>> (level * height);
      if (from == to) {
        continue;
      }
      long next = from >>> height;
      for (; (next + 1) << height <= to; next++) {
        tiles.add(new Tile(height, level, next, 1 << height));
      }
      int rest = (int) (to - (next << height));
      if (rest > 0) {
        tiles.add(new Tile(height, level, next, rest));
      }
    }
    return tiles;
  }
}
