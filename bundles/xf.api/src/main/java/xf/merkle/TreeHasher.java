package xf.merkle;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import xf.event.Bytes32;
import xf.event.Hash;
import xf.event.Sha256;

/**
 * The two hashes of RFC 6962 section 2.1: of a leaf, prefixed 0x00, and of a node, prefixed 0x01.
 *
 * <p>Reusable and free of allocation per hash; one thread at a time.
 */
public final class TreeHasher {
  /** Length of every hash, in bytes. */
  public static final int HASH_BYTES = Bytes32.LENGTH_BYTES;

  /** Root of the tree without leaves: SHA-256 of nothing. */
  public static final Hash EMPTY_ROOT = Hash.of(Sha256.newDigest().digest());

  private static final byte LEAF_PREFIX = 0;
  private static final byte NODE_PREFIX = 1;
  private static final int CHUNK_BYTES = 4096;

  private final MessageDigest sha256 = Sha256.newDigest();
  private final byte[] nodeInput = new byte[1 + 2 * HASH_BYTES];

  /** Made when it is needed first: every tree in memory has a hasher, and few read buffers. */
  private byte @Nullable [] chunk;

  /** A hasher of its own. */
  public TreeHasher() {
    nodeInput[0] = NODE_PREFIX;
  }

  /** Leaf hash of {@code length} bytes of {@code data}, written to {@code out}. */
  public void leaf(byte[] data, int offset, int length, byte[] out, int outOffset) {
    sha256.update(LEAF_PREFIX);
    sha256.update(data, offset, length);
    finish(out, outOffset);
  }

  /**
   * Leaf hash of {@code length} bytes at the absolute {@code offset} of {@code data}, heap or
   * direct; the buffer's position stays.
   */
  public void leaf(ByteBuffer data, int offset, int length, byte[] out, int outOffset) {
    byte[] chunk = chunk();
    chunk[0] = LEAF_PREFIX;
    int filled = 1;
    int next = offset;
    int left = length;
    do {
      int count = Math.min(left, CHUNK_BYTES - filled);
      data.get(next, chunk, filled, count);
      sha256.update(chunk, 0, filled + count);
      next += count;
      left -= count;
      filled = 0;
    } while (left > 0);
    finish(out, outOffset);
  }

  private byte[] chunk() {
    byte[] made = chunk;
    if (made == null) {
      made = new byte[CHUNK_BYTES];
      chunk = made;
    }
    return made;
  }

  /** Leaf hash of all of {@code data}. */
  public Hash leaf(byte[] data) {
    byte[] out = new byte[HASH_BYTES];
    leaf(data, 0, data.length, out, 0);
    return Hash.of(out);
  }

  /** Node hash of two hashes; {@code out} may be where either of them is. */
  public void node(
      byte[] left, int leftOffset, byte[] right, int rightOffset, byte[] out, int outOffset) {
    System.arraycopy(left, leftOffset, nodeInput, 1, HASH_BYTES);
    System.arraycopy(right, rightOffset, nodeInput, 1 + HASH_BYTES, HASH_BYTES);
    finishNode(out, outOffset);
  }

  /** Node hash with a value on the left; {@code out} may be where the right one is. */
  public void node(Hash left, byte[] right, int rightOffset, byte[] out, int outOffset) {
    left.copyTo(nodeInput, 1);
    System.arraycopy(right, rightOffset, nodeInput, 1 + HASH_BYTES, HASH_BYTES);
    finishNode(out, outOffset);
  }

  /** Node hash with a value on the right; {@code out} may be where the left one is. */
  public void node(byte[] left, int leftOffset, Hash right, byte[] out, int outOffset) {
    System.arraycopy(left, leftOffset, nodeInput, 1, HASH_BYTES);
    right.copyTo(nodeInput, 1 + HASH_BYTES);
    finishNode(out, outOffset);
  }

  /** Node hash of two values. */
  public Hash node(Hash left, Hash right) {
    byte[] out = new byte[HASH_BYTES];
    left.copyTo(nodeInput, 1);
    right.copyTo(nodeInput, 1 + HASH_BYTES);
    finishNode(out, 0);
    return Hash.of(out);
  }

  private void finishNode(byte[] out, int outOffset) {
    sha256.update(nodeInput, 0, nodeInput.length);
    finish(out, outOffset);
  }

  private void finish(byte[] out, int outOffset) {
    try {
      sha256.digest(out, outOffset, HASH_BYTES);
    } catch (DigestException e) {
      throw new IllegalArgumentException("no room for a hash at " + outOffset, e);
    }
  }
}
