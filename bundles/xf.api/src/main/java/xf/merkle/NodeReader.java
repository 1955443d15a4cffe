package xf.merkle;

/** Where the hashes of complete nodes come from: a page, a tile, memory. */
@FunctionalInterface
public interface NodeReader {
  /**
   * Writes the 32 bytes of node {@code (level, index)} at {@code offset} of {@code out}.
   *
   * @throws xf.event.XfException {@code NOT_FOUND} when the node is not there
   */
  void read(int level, long index, byte[] out, int offset);
}
