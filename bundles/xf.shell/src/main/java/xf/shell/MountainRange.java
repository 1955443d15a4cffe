package xf.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import xf.event.Hash;

/**
 * The shape of a log's tree: the perfect subtrees that its size has as a binary number, largest
 * first, and the root they are bagged into.
 *
 * @param title what it is a picture of
 * @param size number of events
 * @param root the tree's root
 * @param peaks the subtrees, from the first event on
 */
record MountainRange(String title, long size, Hash root, List<Peak> peaks) {
  /**
   * A perfect subtree.
   *
   * @param level it covers {@code 1 << level} events
   * @param start the first of them
   * @param hash its root
   */
  record Peak(int level, long start, Hash hash) {
    long end() {
      return start + (1L << level);
    }
  }

  /** The range of a tree; {@code node} gives the hash at (level, index). */
  static MountainRange of(
      String title, long size, Hash root, BiFunction<Integer, Long, Hash> node) {
    List<Peak> peaks = new ArrayList<>();
    long start = 0;
    for (int level = Long.SIZE - 1; level >= 0; level--) {
      if ((size >>> level & 1) == 1) {
        peaks.add(new Peak(level, start, node.apply(level, start >>> level)));
        start += 1L << level;
      }
    }
    return new MountainRange(title, size, root, List.copyOf(peaks));
  }
}
