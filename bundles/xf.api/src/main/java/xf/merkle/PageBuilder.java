package xf.merkle;

import static xf.merkle.PageDescriptor.LEAVES;
import static xf.merkle.PageDescriptor.PAGE_BYTES;
import static xf.merkle.PageDescriptor.ROOT_LEVEL;
import static xf.merkle.TreeHasher.HASH_BYTES;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Writes a full {@link OpenPage} as the bytes of a sealed page ({@link PageDescriptor}). Reusable,
 * one thread at a time.
 */
public final class PageBuilder {
  private static final byte[] ZEROS = new byte[PAGE_BYTES];

  private final byte[] hashes =
      new byte[Math.max(Long.SIZE, PageDescriptor.FRONTIER_SLOTS) * HASH_BYTES];
  private final CRC32C crc = new CRC32C();

  /** A builder of its own. */
  public PageBuilder() {}

  /**
   * Writes the 16,384 bytes from {@code offset} of {@code out} on; its position stays.
   *
   * @param page a full page
   * @param logTag {@link PageDescriptor#logTag} of the log
   * @param out little-endian
   */
  public void seal(OpenPage page, long logTag, ByteBuffer out, int offset) {
    if (!page.isFull()) {
      throw new IllegalStateException("page has " + page.count() + " leaves, expected 256");
    }
    requireLittleEndian(out);
    out.put(offset, ZEROS, 0, PAGE_BYTES);
    putHeader(page, out, offset);
    putNodes(page, out, offset);
    putFrontier(page, out, offset);
    putValue(out, offset, PageDescriptor.BASE_OFFSET_SLOT, page.endOffset(-1));
    putValue(out, offset, PageDescriptor.MIN_HLC_SLOT, page.minSqueezedHlc());
    putValue(out, offset, PageDescriptor.LOG_TAG_SLOT, logTag);
    out.putInt(offset + PageDescriptor.CRC_OFFSET, crc(crc, out, offset));
  }

  static void requireLittleEndian(ByteBuffer buffer) {
    if (buffer.order() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalArgumentException("buffer is big-endian, expected little-endian");
    }
  }

  private static void putHeader(OpenPage page, ByteBuffer out, int offset) {
    long events = page.leafStart() + PageDescriptor.eventsPerPage(page.tier());
    out.putInt(offset + PageDescriptor.MARKER_OFFSET, PageDescriptor.MARKER);
    out.put(offset + PageDescriptor.TYPE_OFFSET, (byte) PageDescriptor.type(page.tier()));
    out.putLong(offset + PageDescriptor.VERSION_OFFSET, PageDescriptor.VERSION);
    out.putLong(offset + PageDescriptor.LEAF_START_OFFSET, page.leafStart());
    out.putLong(offset + PageDescriptor.TOTAL_NODES_OFFSET, PageDescriptor.totalNodes(events));
  }

  private void putNodes(OpenPage page, ByteBuffer out, int offset) {
    for (int i = 0; i < LEAVES; i++) {
      putNode(page, 0, i, page.endOffset(i), out, offset);
    }
    for (int level = 2; level <= ROOT_LEVEL; level++) {
      for (int i = 0; i < LEAVES >> level; i++) {
        int lastLeaf = ((i + 1) << level) - 1;
        putNode(page, level, i, page.maxSqueezedHlc(lastLeaf), out, offset);
      }
    }
  }

  private void putNode(
      OpenPage page, int level, int index, long value, ByteBuffer out, int offset) {
    int slot = PageDescriptor.slot(level, index);
    page.node(level, index, hashes, 0);
    out.put(offset + PageDescriptor.hashOffset(slot), hashes, 0, HASH_BYTES);
    out.putLong(
        offset + PageDescriptor.metadataOffset(slot),
        PageDescriptor.metadata(PageDescriptor.flags(level), value));
  }

  private void putFrontier(OpenPage page, ByteBuffer out, int offset) {
    page.peaksBefore(hashes, 0);
    for (int i = 0; i < PageDescriptor.frontierCount(page.index()); i++) {
      int slot = PageDescriptor.FRONTIER_SLOT + i;
      out.put(offset + PageDescriptor.hashOffset(slot), hashes, i * HASH_BYTES, HASH_BYTES);
    }
  }

  private static void putValue(ByteBuffer out, int offset, int slot, long value) {
    out.putLong(offset + PageDescriptor.metadataOffset(slot), PageDescriptor.metadata(0, value));
  }

  /** CRC32C of a page with its own field as zero. */
  static int crc(CRC32C crc, ByteBuffer page, int offset) {
    ByteBuffer bytes = page.duplicate();
    int field = offset + PageDescriptor.CRC_OFFSET;
    crc.reset();
    crc.update(bytes.limit(field).position(offset));
    crc.update(ZEROS, 0, Integer.BYTES);
    crc.update(bytes.limit(offset + PAGE_BYTES).position(field + Integer.BYTES));
    return (int) crc.getValue();
  }
}
