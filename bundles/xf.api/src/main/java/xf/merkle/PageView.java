package xf.merkle;

import static xf.merkle.PageDescriptor.LEAVES;
import static xf.merkle.PageDescriptor.PAGE_BYTES;
import static xf.merkle.PageDescriptor.ROOT_LEVEL;
import static xf.merkle.TreeHasher.HASH_BYTES;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.Hash;

/**
 * Reads a sealed page where it lies ({@link PageDescriptor}). {@link #wrap} does not look at the
 * bytes; {@link #check} compares header, log and CRC with what they have to be; {@link
 * #verifyNodes} recomputes every inner node. Hashes of a page that was only checked are as good as
 * the disk; what a peer says goes through a proof instead.
 *
 * <p>A flyweight: reusable, one thread at a time; a wrapped page must not change meanwhile.
 */
public final class PageView {
  private static final int FIRST_ZERO_VALUE_SLOT = 387;

  private final CRC32C crc = new CRC32C();
  private final byte[] left = new byte[HASH_BYTES];
  private final byte[] right = new byte[HASH_BYTES];
  private final byte[] pair = new byte[2 * HASH_BYTES];
  private @Nullable ByteBuffer buffer;
  private int offset;

  /** A view of nothing yet. */
  public PageView() {}

  /**
   * Shows the 16,384 bytes from {@code offset} on.
   *
   * @param page little-endian
   */
  public PageView wrap(ByteBuffer page, int pageOffset) {
    PageBuilder.requireLittleEndian(page);
    if (pageOffset < 0 || page.limit() - pageOffset < PAGE_BYTES) {
      throw new PageFormatException(
          ErrorCode.BAD_FORMAT,
          "page",
          "length",
          String.valueOf(PAGE_BYTES),
          String.valueOf(page.limit() - pageOffset));
    }
    buffer = page;
    offset = pageOffset;
    return this;
  }

  private ByteBuffer page() {
    if (buffer == null) {
      throw new IllegalStateException("no page is wrapped");
    }
    return buffer;
  }

  /**
   * Checks that this is page {@code index} of {@code tier} of the log, undamaged: every fixed byte,
   * the CRC, and the order of the metadata.
   *
   * @param logTag {@link PageDescriptor#logTag} of the log
   * @throws PageFormatException naming the first field that is wrong
   */
  public PageView check(int tier, long index, long logTag) {
    long start = PageDescriptor.leafStart(tier, index);
    String place = "page " + index + " of tier " + tier;
    hex(place, "marker", 0xFFFF_FFFFL & PageDescriptor.MARKER, 0xFFFF_FFFFL & marker());
    hex(place, "type", PageDescriptor.type(tier), type());
    number(place, "version", PageDescriptor.VERSION, u64(PageDescriptor.VERSION_OFFSET));
    number(place, "leaf_start", start, leafStart());
    long nodes = PageDescriptor.totalNodes(start + PageDescriptor.eventsPerPage(tier));
    number(place, "total_nodes", nodes, totalNodes());
    hex(place, "log tag", logTag, value(PageDescriptor.LOG_TAG_SLOT));
    int computed = PageBuilder.crc(crc, page(), offset);
    hex(place, "CRC32C", 0xFFFF_FFFFL & computed, value(PageDescriptor.CRC_SLOT));
    checkZeros(place, index);
    checkMetadata(place);
    return this;
  }

  private static void number(String place, String field, long expected, long found) {
    if (expected != found) {
      fail(ErrorCode.BAD_FORMAT, place, field, Long.toString(expected), Long.toString(found));
    }
  }

  private static void hex(String place, String field, long expected, long found) {
    if (expected != found) {
      String hex = "0x" + Long.toHexString(expected);
      fail(ErrorCode.BAD_FORMAT, place, field, hex, "0x" + Long.toHexString(found));
    }
  }

  private static void fail(
      ErrorCode code, String place, String field, String expected, String found) {
    throw new PageFormatException(code, place, field, expected, found);
  }

  private void checkZeros(String place, long index) {
    zeros(place, "header padding", PageDescriptor.HEADER_ZERO_OFFSET, 3);
    for (int i = PageDescriptor.frontierCount(index); i < PageDescriptor.FRONTIER_SLOTS; i++) {
      int slot = PageDescriptor.FRONTIER_SLOT + i;
      zeros(place, "unused frontier slot", PageDescriptor.hashOffset(slot), HASH_BYTES);
    }
    for (int slot = PageDescriptor.FRONTIER_SLOT; slot < PageDescriptor.SLOTS; slot++) {
      requireFlags(place, slot, 0);
    }
    for (int slot = FIRST_ZERO_VALUE_SLOT; slot < PageDescriptor.SLOTS; slot++) {
      zeros(place, "unused metadata", PageDescriptor.metadataOffset(slot), Long.BYTES);
    }
    zeros(place, "trailer", PageDescriptor.TRAILER_OFFSET, 32);
  }

  private void zeros(String place, String what, int from, int length) {
    for (int i = from; i < from + length; i++) {
      byte found = page().get(offset + i);
      if (found != 0) {
        number(place, what + " at byte " + i, 0, found);
      }
    }
  }

  private void requireFlags(String place, int slot, int expected) {
    if (flags(slot) != expected) {
      hex(place, "flags of slot " + slot, expected, flags(slot));
    }
  }

  private void checkMetadata(String place) {
    for (int i = 0; i < LEAVES; i++) {
      requireFlags(place, i, PageDescriptor.flags(0));
      if (endOffset(i) <= startOffset(i)) {
        String expected = "more than " + startOffset(i);
        String found = String.valueOf(endOffset(i));
        fail(ErrorCode.BAD_FORMAT, place, "end offset " + i, expected, found);
      }
    }
    long last = minSqueezedHlc();
    for (int i = 0; i < LEAVES >> 2; i++) {
      if (maxSqueezedHlc(2, i) < last) {
        String found = String.valueOf(maxSqueezedHlc(2, i));
        fail(ErrorCode.BAD_FORMAT, place, clockOf(2, i), last + " or more", found);
      }
      last = maxSqueezedHlc(2, i);
    }
    checkInnerMetadata(place);
  }

  private static String clockOf(int level, int index) {
    return "clock of node (" + level + ", " + index + ")";
  }

  private void checkInnerMetadata(String place) {
    for (int level = 2; level <= ROOT_LEVEL; level++) {
      for (int i = 0; i < LEAVES >> level; i++) {
        requireFlags(place, PageDescriptor.slot(level, i), PageDescriptor.flags(level));
        long expected = maxSqueezedHlc(2, ((i + 1) << (level - 2)) - 1);
        if (maxSqueezedHlc(level, i) != expected) {
          number(place, clockOf(level, i), expected, maxSqueezedHlc(level, i));
        }
      }
    }
  }

  /**
   * Recomputes the 127 inner nodes from the 256 leaves and compares.
   *
   * @throws PageFormatException naming the first node that differs
   */
  public PageView verifyNodes(TreeHasher hasher) {
    String place = "page at event " + leafStart() + " of tier " + tier();
    for (int level = 2; level <= ROOT_LEVEL; level++) {
      for (int i = 0; i < LEAVES >> level; i++) {
        child(hasher, level, 2 * i, left);
        child(hasher, level, 2 * i + 1, right);
        hasher.node(left, 0, right, 0, left, 0);
        hash(PageDescriptor.slot(level, i), right, 0);
        if (!Arrays.equals(left, right)) {
          failNode(place, new NodeId(level, i));
        }
      }
    }
    return this;
  }

  private void child(TreeHasher hasher, int parentLevel, int index, byte[] out) {
    node(hasher, parentLevel - 1, index, out, 0);
  }

  private void failNode(String place, NodeId node) {
    HexFormat hex = HexFormat.of();
    String expected = hex.formatHex(left);
    fail(ErrorCode.NOT_VERIFIED, place, "node " + node, expected, hex.formatHex(right));
  }

  /** The marker as read. */
  public int marker() {
    return page().getInt(offset + PageDescriptor.MARKER_OFFSET);
  }

  /** The type byte. */
  public int type() {
    return page().get(offset + PageDescriptor.TYPE_OFFSET) & 0xFF;
  }

  /** The tier, from the type byte. */
  public int tier() {
    return type() - PageDescriptor.type(1) + 1;
  }

  /** First event covered. */
  public long leafStart() {
    return u64(PageDescriptor.LEAF_START_OFFSET);
  }

  /** Nodes of the mountain range at the page's end. */
  public long totalNodes() {
    return u64(PageDescriptor.TOTAL_NODES_OFFSET);
  }

  /** Number of the page in its tier. */
  public long index() {
    return leafStart() / PageDescriptor.eventsPerPage(tier());
  }

  private long u64(int field) {
    return page().getLong(offset + field);
  }

  /** Copies the hash of a slot. */
  public void hash(int slot, byte[] out, int outOffset) {
    page().get(offset + PageDescriptor.hashOffset(slot), out, outOffset, HASH_BYTES);
  }

  /** The hash of a slot. */
  public Hash hash(int slot) {
    return Hash.at(page(), offset + PageDescriptor.hashOffset(slot));
  }

  /** Flags in a slot's metadata. */
  public int flags(int slot) {
    return page().get(offset + PageDescriptor.metadataOffset(slot)) & 0xFF;
  }

  /** Value in a slot's metadata. */
  public long value(int slot) {
    return PageDescriptor.value(u64(PageDescriptor.metadataOffset(slot)));
  }

  /**
   * Copies a node.
   *
   * @param level 0 to 8 above the page's leaves; level 1 costs one hash
   * @param index number of the node within that level of the page
   */
  public void node(TreeHasher hasher, int level, int index, byte[] out, int outOffset) {
    if (level != 1) {
      hash(PageDescriptor.slot(level, index), out, outOffset);
      return;
    }
    hash(PageDescriptor.slot(0, 2 * index), pair, 0);
    hash(PageDescriptor.slot(0, 2 * index + 1), pair, HASH_BYTES);
    hasher.node(pair, 0, pair, HASH_BYTES, out, outOffset);
  }

  /** Root of the page: a node of the log's tree, level 8 in tier 1. */
  public Hash root() {
    return hash(PageDescriptor.ROOT_SLOT);
  }

  /** Where the page's first event starts in the log's run of canonical bytes. */
  public long baseOffset() {
    return value(PageDescriptor.BASE_OFFSET_SLOT);
  }

  /** Where leaf {@code i} starts in the log's run of canonical bytes. */
  public long startOffset(int i) {
    return i == 0 ? baseOffset() : endOffset(i - 1);
  }

  /** Where leaf {@code i} ends in the log's run of canonical bytes. */
  public long endOffset(int i) {
    return value(PageDescriptor.slot(0, i));
  }

  /** Clock reading of the page's first event, squeezed. */
  public long minSqueezedHlc() {
    return value(PageDescriptor.MIN_HLC_SLOT);
  }

  /** Largest clock reading below a node of level 2 to 8, squeezed. */
  public long maxSqueezedHlc(int level, int index) {
    if (level == 0) {
      throw new IllegalArgumentException("level 0: expected 2 to 8; leaves have no clock reading");
    }
    return value(PageDescriptor.slot(level, index));
  }

  /**
   * First leaf of the group of four in which the first event at or after {@code hlc} is; 256 when
   * all of the page is before it. Events before it may be in the group: look at them.
   */
  public int seek(long hlc) {
    long wanted = PageDescriptor.squeezeHlc(hlc);
    int low = 0;
    int high = LEAVES >> 2;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (maxSqueezedHlc(2, middle) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low << 2;
  }

  /**
   * The peaks of everything before the page.
   *
   * @throws IllegalArgumentException from page 2^25 of a tier on: they are not in the page
   */
  public CompactRange frontier() {
    long index = index();
    if (index >= 1L << PageDescriptor.FRONTIER_SLOTS) {
      throw new IllegalArgumentException("page " + index + " has no frontier: 2^25 pages or more");
    }
    byte[] peaks = new byte[PageDescriptor.FRONTIER_SLOTS * HASH_BYTES];
    for (int i = 0; i < PageDescriptor.frontierCount(index); i++) {
      hash(PageDescriptor.FRONTIER_SLOT + i, peaks, i * HASH_BYTES);
    }
    return CompactRange.of(leafStart(), peaks, 0);
  }
}
