package xf.merkle;

/**
 * The place of a complete node: it covers leaves {@code [index << level, (index + 1) << level)}.
 *
 * @param level 0 for a leaf
 * @param index 0-based number of the node within its level
 */
public record NodeId(int level, long index) {
  /** Refuses what no tree has. */
  public NodeId {
    if (level < 0 || level > 62 || index < 0 || index >= Long.MAX_VALUE >> level) {
      throw new IllegalArgumentException("node (" + level + ", " + index + "): no tree has it");
    }
  }

  /** First leaf covered. */
  public long start() {
    return index << level;
  }

  /** Leaf after the last covered. */
  public long end() {
    return (index + 1) << level;
  }

  /** The node it is hashed together with. */
  public NodeId sibling() {
    return new NodeId(level, index ^ 1);
  }

  /** The node above it. */
  public NodeId parent() {
    return new NodeId(level + 1, index >> 1);
  }

  /**
   * Its 0-based position among all nodes of the mountain range, in post-order: the order in which
   * appending completes them. It never changes once the node exists.
   */
  public long position() {
    return position(level, index);
  }

  /** A node comes {@code level} places after the last leaf it covers. */
  static long position(int level, long index) {
    return leafPosition(((index + 1) << level) - 1) + level;
  }

  /** The node at a position. */
  public static NodeId at(long position) {
    if (position < 0 || position > Long.MAX_VALUE / 4) {
      throw new IllegalArgumentException("position " + position + ": expected 0 to 2^61");
    }
    // Largest leaf whose position, 2 leaf - popcount(leaf), is not past this one.
    long leaf = position / 2;
    while (leafPosition(leaf + 1) <= position) {
      leaf++;
    }
    int level = (int) (position - leafPosition(leaf));
    return new NodeId(level, leaf >> level);
  }

  private static long leafPosition(long leaf) {
    return 2 * leaf - Long.bitCount(leaf);
  }

  @Override
  public String toString() {
    return "(" + level + ", " + index + ")";
  }
}
