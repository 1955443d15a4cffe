package xf.merkle;

import static xf.merkle.PageDescriptor.LEAVES;
import static xf.merkle.PageDescriptor.MAX_VALUE;
import static xf.merkle.PageDescriptor.ROOT_LEVEL;
import static xf.merkle.TreeHasher.HASH_BYTES;

import java.util.Arrays;
import java.util.Objects;
import xf.event.Hash;

/**
 * The page of a tier that is being filled: up to 256 leaves, every inner node that is complete, and
 * the peaks of everything before it.
 *
 * <p>Of tier 1 it is all of a log that has to be in memory: head, proofs and the next page come
 * from it. Its nodes are kept as a mountain range in post-order, so each hash is computed once and
 * {@link PageBuilder} only copies.
 *
 * <p>Mutable, one thread at a time; grows with what is added, so a log of a few events is small.
 */
public final class OpenPage {
  private static final int FIRST_LEAVES = 4;

  private final int tier;
  private final CompactRange before;
  private byte[] nodes = new byte[2 * FIRST_LEAVES * HASH_BYTES];
  private long[] endOffsets = new long[FIRST_LEAVES];
  private long[] squeezedHlcs = new long[FIRST_LEAVES];
  private int count;
  private long baseOffset;
  private long minSqueezedHlc;

  /** The first page of a tier of an empty log. */
  public OpenPage(int tier) {
    this(tier, new CompactRange(), 0);
  }

  /**
   * A page of a tier after what is there.
   *
   * @param tier 1 for events, 2 for roots of tier-1 pages, and so on
   * @param before all that lies before the page, a whole number of pages; copied
   * @param baseOffset where the page's first event starts in the log's run of canonical bytes
   */
  public OpenPage(int tier, CompactRange before, long baseOffset) {
    this.tier = PageDescriptor.checkTier(tier);
    if (before.size() % PageDescriptor.eventsPerPage(tier) != 0) {
      throw new IllegalArgumentException(
          "no page of tier " + tier + " starts at event " + before.size());
    }
    this.before = new CompactRange(before);
    this.baseOffset = checkValue("offset", baseOffset);
  }

  /**
   * The page that follows a sealed one, which has been checked; recovery needs nothing else. The
   * frontier of a page is only as good as the disk: a root that comes of it is to be compared with
   * a checkpoint.
   *
   * @throws IllegalArgumentException from page 2^25 of a tier on, whose frontier is not in the page
   */
  public static OpenPage after(PageView sealed, TreeHasher hasher) {
    CompactRange before = sealed.frontier();
    byte[] root = new byte[HASH_BYTES];
    sealed.hash(PageDescriptor.ROOT_SLOT, root, 0);
    before.append(hasher, ROOT_LEVEL * sealed.tier(), root, 0);
    return new OpenPage(sealed.tier(), before, sealed.endOffset(LEAVES - 1));
  }

  private static long checkValue(String what, long value) {
    if (value < 0 || value > MAX_VALUE) {
      throw new IllegalArgumentException(what + " " + value + ": expected 0 to 2^56 - 1");
    }
    return value;
  }

  /**
   * Adds the next event.
   *
   * @param leafHash has its leaf hash at {@code offset}
   * @param endOffset where it ends in the log's run of canonical bytes
   * @param hlc its clock reading
   */
  public void addEvent(TreeHasher hasher, byte[] leafHash, int offset, long endOffset, long hlc) {
    requireTier(1);
    long squeezed = PageDescriptor.squeezeHlc(hlc);
    add(hasher, leafHash, offset, endOffset, squeezed, squeezed);
  }

  /** Adds the next sealed page of the tier below. */
  public void addPage(TreeHasher hasher, PageView page) {
    requireTier(page.tier() + 1);
    if (page.leafStart() != size()) {
      throw new IllegalArgumentException(
          "page starts at event " + page.leafStart() + ", expected " + size());
    }
    byte[] root = new byte[HASH_BYTES];
    page.hash(PageDescriptor.ROOT_SLOT, root, 0);
    long end = page.endOffset(LEAVES - 1);
    add(hasher, root, 0, end, page.minSqueezedHlc(), page.maxSqueezedHlc(ROOT_LEVEL, 0));
  }

  /** Adds the full page of the tier below, before it is {@link #advance advanced}. */
  public void addPage(TreeHasher hasher, OpenPage page) {
    requireTier(page.tier + 1);
    if (!page.isFull() || page.leafStart() != size()) {
      throw new IllegalArgumentException(
          "page of "
              + page.count
              + " leaves at "
              + page.leafStart()
              + ", expected 256 at "
              + size());
    }
    int last = LEAVES - 1;
    int root = at(ROOT_LEVEL, 0);
    long max = page.squeezedHlcs[last];
    add(hasher, page.nodes, root, page.endOffsets[last], page.minSqueezedHlc, max);
  }

  private void requireTier(int expected) {
    if (tier != expected) {
      throw new IllegalArgumentException("page of tier " + tier + ", expected tier " + expected);
    }
  }

  private void add(
      TreeHasher hasher, byte[] hash, int offset, long endOffset, long minHlc, long maxHlc) {
    if (isFull()) {
      throw new IllegalStateException("page is full: seal it and advance first");
    }
    if (endOffset <= endOffset(count - 1)) {
      throw new IllegalArgumentException(
          "end offset " + endOffset + ": expected more than " + endOffset(count - 1));
    }
    grow();
    endOffsets[count] = checkValue("offset", endOffset);
    squeezedHlcs[count] = checkValue("clock reading", maxHlc);
    if (count == 0) {
      minSqueezedHlc = minHlc;
    }
    System.arraycopy(hash, offset, nodes, at(0, count), HASH_BYTES);
    count++;
    completeNodes(hasher);
  }

  /** A leaf completes one node for each level that its count divides by. */
  private void completeNodes(TreeHasher hasher) {
    for (int level = 1; (count & ((1 << level) - 1)) == 0; level++) {
      int index = (count >> level) - 1;
      int left = at(level - 1, 2 * index);
      int right = at(level - 1, 2 * index + 1);
      hasher.node(nodes, left, nodes, right, nodes, at(level, index));
    }
  }

  private void grow() {
    if (count == endOffsets.length) {
      endOffsets = Arrays.copyOf(endOffsets, 2 * count);
      squeezedHlcs = Arrays.copyOf(squeezedHlcs, 2 * count);
      nodes = Arrays.copyOf(nodes, 4 * count * HASH_BYTES);
    }
  }

  private static int at(int level, int index) {
    return (int) NodeId.position(level, index) * HASH_BYTES;
  }

  /** Goes on with the page after this one, which is full. */
  public void advance(TreeHasher hasher) {
    if (!isFull()) {
      throw new IllegalStateException("page has " + count + " leaves, expected 256");
    }
    before.append(hasher, ROOT_LEVEL * tier, nodes, at(ROOT_LEVEL, 0));
    baseOffset = endOffsets[LEAVES - 1];
    count = 0;
  }

  /** The page's tier. */
  public int tier() {
    return tier;
  }

  /** The page's number in its tier. */
  public long index() {
    return before.size() / PageDescriptor.eventsPerPage(tier);
  }

  /** First event covered. */
  public long leafStart() {
    return before.size();
  }

  /** Events from the log's first to the last covered so far. */
  public long size() {
    return before.size() + count * (PageDescriptor.eventsPerPage(tier) / LEAVES);
  }

  /** Leaves so far. */
  public int count() {
    return count;
  }

  /** Whether it has 256 leaves. */
  public boolean isFull() {
    return count == LEAVES;
  }

  /** A copy of the peaks of everything before the page. */
  public CompactRange before() {
    return new CompactRange(before);
  }

  /** Writes the peaks before the page, the largest first, and returns how many. */
  int peaksBefore(byte[] out, int offset) {
    return before.peaks(out, offset);
  }

  /**
   * Copies a complete node.
   *
   * @param level 0 to 8 above the page's leaves
   * @param index number of the node within that level of the page
   */
  public void node(int level, int index, byte[] out, int offset) {
    if (level < 0 || level > ROOT_LEVEL || index < 0 || (index + 1L) << level > count) {
      throw new IllegalArgumentException(
          "no complete node (" + level + ", " + index + ") in a page of " + count + " leaves");
    }
    System.arraycopy(nodes, at(level, index), out, offset, HASH_BYTES);
  }

  /** Where leaf {@code i} ends in the log's run of bytes; the page's start for -1. */
  public long endOffset(int i) {
    return i == -1 ? baseOffset : endOffsets[Objects.checkIndex(i, count)];
  }

  /** The last clock reading below leaf {@code i}, squeezed. */
  public long maxSqueezedHlc(int i) {
    return squeezedHlcs[Objects.checkIndex(i, count)];
  }

  /** The first clock reading of the page, squeezed; of a page with leaves. */
  public long minSqueezedHlc() {
    Objects.checkIndex(0, count);
    return minSqueezedHlc;
  }

  /** Writes the root of the whole log up to the last leaf. */
  public void root(TreeHasher hasher, byte[] out, int offset) {
    if (count == 0) {
      before.root(hasher, out, offset);
      return;
    }
    int lowest = Integer.numberOfTrailingZeros(count);
    node(lowest, (count >> lowest) - 1, out, offset);
    for (int rest = count & (count - 1); rest != 0; rest &= rest - 1) {
      int level = Integer.numberOfTrailingZeros(rest);
      hasher.node(nodes, at(level, (rest >> level) - 1), out, offset, out, offset);
    }
    before.bag(hasher, out, offset);
  }

  /** The root of the whole log up to the last leaf. */
  public Hash root(TreeHasher hasher) {
    byte[] out = new byte[HASH_BYTES];
    root(hasher, out, 0);
    return Hash.of(out);
  }
}
