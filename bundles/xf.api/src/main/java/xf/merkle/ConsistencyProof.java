package xf.merkle;

import java.util.List;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.XfException;

/**
 * That one tree is a prefix of another (RFC 9162 section 2.1.4).
 *
 * <p>There is no proof from the empty tree, which is a prefix of every tree: that case is for the
 * caller to handle, and refused here.
 *
 * @param oldSize leaves of the smaller tree
 * @param newSize leaves of the larger tree
 * @param path hashes in the order of the RFC
 */
public record ConsistencyProof(long oldSize, long newSize, List<Hash> path) {
  /** Copies the path. */
  public ConsistencyProof {
    path = List.copyOf(path);
  }

  /**
   * Verifies that the tree of the old head is a prefix of that of the new one. At least the new
   * head must be trusted to say anything about the old one, or the old about the new.
   *
   * @throws XfException {@code NOT_VERIFIED} saying what does not fit
   */
  public void verify(TreeHasher hasher, TreeHead oldHead, TreeHead newHead) {
    if (oldSize != oldHead.size() || newSize != newHead.size()) {
      throw notVerified(
          "is not for sizes " + oldHead.size() + " and " + newHead.size() + " of the tree heads");
    }
    if (oldSize < 1 || oldSize > newSize) {
      throw notVerified("needs sizes 1 <= old <= new");
    }
    // A prefix is the subtree that starts at 0, and the RFC's algorithm that of the draft.
    new SubtreeProof(0, oldSize, newSize, path)
        .verify(hasher, oldHead.root(), newHead.root(), this::notVerified);
  }

  private XfException notVerified(String what) {
    return new XfException(
        ErrorCode.NOT_VERIFIED, "consistency proof (" + oldSize + " to " + newSize + ") " + what);
  }
}
