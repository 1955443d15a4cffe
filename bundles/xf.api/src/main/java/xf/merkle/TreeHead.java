package xf.merkle;

import xf.event.Hash;

/**
 * How large a tree is and what its root is.
 *
 * @param size number of leaves
 * @param root RFC 6962 root of that many leaves
 */
public record TreeHead(long size, Hash root) {
  /** Refuses a negative size. */
  public TreeHead {
    if (size < 0) {
      throw new IllegalArgumentException("tree size " + size + ": expected 0 or more");
    }
  }
}
