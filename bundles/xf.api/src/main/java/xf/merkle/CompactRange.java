package xf.merkle;

import static xf.merkle.TreeHasher.HASH_BYTES;

import java.util.Arrays;
import xf.event.Hash;

/**
 * The peaks of a tree over leaves {@code [0, size)}: one perfect subtree for each bit set in the
 * size. They are all that is needed to go on appending and to know the root.
 *
 * <p>The root is the RFC 6962 root: with n = 2^a1 + 2^a2 + ... (a1 largest), the largest power of
 * two smaller than n is 2^a1, so the RFC's recursion joins the peaks from the right to the left,
 * one node hash each, and adds no size or position.
 *
 * <p>Mutable, one thread at a time; appending allocates only when the number of levels doubles.
 */
public final class CompactRange {
  /** Largest number of leaves. */
  public static final long MAX_SIZE = 1L << 56;

  private static final int MAX_LEVELS = 57;
  private static final int FIRST_LEVELS = 8;

  private byte[] peaks = new byte[FIRST_LEVELS * HASH_BYTES];
  private final byte[] carry = new byte[HASH_BYTES];
  private long size;

  /** The range of no leaves. */
  public CompactRange() {}

  /** A copy that changes on its own. */
  public CompactRange(CompactRange other) {
    peaks = other.peaks.clone();
    size = other.size;
  }

  /**
   * A range of known peaks.
   *
   * @param size number of leaves
   * @param hashes the peaks, the largest (leftmost) first, one for each bit set in {@code size}
   * @param offset where the first one starts
   */
  public static CompactRange of(long size, byte[] hashes, int offset) {
    CompactRange range = new CompactRange();
    range.reset(size, hashes, offset);
    return range;
  }

  /** Takes other peaks: see {@link #of}. */
  public void reset(long newSize, byte[] hashes, int offset) {
    checkSize(newSize);
    size = newSize;
    int from = offset;
    for (long rest = newSize; rest != 0; rest ^= Long.highestOneBit(rest)) {
      int level = 63 - Long.numberOfLeadingZeros(rest);
      grow(level);
      System.arraycopy(hashes, from, peaks, level * HASH_BYTES, HASH_BYTES);
      from += HASH_BYTES;
    }
  }

  private static void checkSize(long size) {
    if (size < 0 || size > MAX_SIZE) {
      throw new IllegalArgumentException("size " + size + ": expected 0 to 2^56");
    }
  }

  /** Forgets all leaves. */
  public void clear() {
    size = 0;
  }

  /** Number of leaves covered. */
  public long size() {
    return size;
  }

  /** Number of peaks: bits set in the size. */
  public int peakCount() {
    return Long.bitCount(size);
  }

  /** Whether there is a peak of {@code level}. */
  public boolean hasPeak(int level) {
    return level >= 0 && level < MAX_LEVELS && (size >>> level & 1) != 0;
  }

  /** Copies the peak of a level. */
  public void peak(int level, byte[] out, int offset) {
    if (!hasPeak(level)) {
      throw new IllegalArgumentException("size " + size + " has no peak of level " + level);
    }
    System.arraycopy(peaks, level * HASH_BYTES, out, offset, HASH_BYTES);
  }

  /** Writes all peaks, the largest first, and returns how many. */
  public int peaks(byte[] out, int offset) {
    int to = offset;
    for (long rest = size; rest != 0; rest ^= Long.highestOneBit(rest)) {
      peak(63 - Long.numberOfLeadingZeros(rest), out, to);
      to += HASH_BYTES;
    }
    return peakCount();
  }

  /** Appends one leaf hash. */
  public void append(TreeHasher hasher, byte[] leafHash, int offset) {
    append(hasher, 0, leafHash, offset);
  }

  /**
   * Appends the root of a perfect subtree of {@code 2^level} leaves, such as a page root (level 8),
   * as the node it is: without a leaf prefix.
   *
   * @throws IllegalArgumentException when the size is not a multiple of the subtree's
   */
  public void append(TreeHasher hasher, int level, byte[] root, int offset) {
    long width = 1L << level;
    if (level < 0 || level >= MAX_LEVELS || (size & (width - 1)) != 0) {
      throw new IllegalArgumentException(
          "a subtree of level " + level + " cannot start at leaf " + size);
    }
    checkSize(size + width);
    System.arraycopy(root, offset, carry, 0, HASH_BYTES);
    int top = level;
    while ((size >>> top & 1) != 0) {
      hasher.node(peaks, top * HASH_BYTES, carry, 0, carry, 0);
      top++;
    }
    grow(top);
    System.arraycopy(carry, 0, peaks, top * HASH_BYTES, HASH_BYTES);
    size += width;
  }

  private void grow(int level) {
    if ((level + 1) * HASH_BYTES > peaks.length) {
      int levels = Math.min(MAX_LEVELS, Math.max(level + 1, 2 * peaks.length / HASH_BYTES));
      peaks = Arrays.copyOf(peaks, levels * HASH_BYTES);
    }
  }

  /** Writes the root of all leaves. */
  public void root(TreeHasher hasher, byte[] out, int offset) {
    if (size == 0) {
      TreeHasher.EMPTY_ROOT.copyTo(out, offset);
      return;
    }
    int lowest = Long.numberOfTrailingZeros(size);
    System.arraycopy(peaks, lowest * HASH_BYTES, out, offset, HASH_BYTES);
    joinAbove(hasher, lowest, out, offset);
  }

  /** The root of all leaves. */
  public Hash root(TreeHasher hasher) {
    byte[] out = new byte[HASH_BYTES];
    root(hasher, out, 0);
    return Hash.of(out);
  }

  /** Joins the root of what is right of all peaks, in {@code acc}, with every peak. */
  void bag(TreeHasher hasher, byte[] acc, int offset) {
    joinAbove(hasher, -1, acc, offset);
  }

  private void joinAbove(TreeHasher hasher, int level, byte[] acc, int offset) {
    for (long rest = size >>> (level + 1) << (level + 1); rest != 0; rest &= rest - 1) {
      int next = Long.numberOfTrailingZeros(rest);
      hasher.node(peaks, next * HASH_BYTES, acc, offset, acc, offset);
    }
  }
}
