package xf.store.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.store.PageStore;
import xf.store.StoreException;

/**
 * The bytes of a segment file, {@code pages/<hex log id>/NNNNNNNN.seg}. Little-endian.
 *
 * <pre>
 *   block 0            header   "XSEG" | version u32 = 1 | log id 32 | first page u64 | capacity u32
 *                               | CRC32C of these 52 bytes | zeros
 *   block 1 .. 1024    pages    in the order of their numbers; zeros where none is written yet
 *   block 1025         footer   "GESX" | pages u32 | size u64 | root 32 | CRC32C of header and the
 *                               48 bytes before | zeros; all zeros until the last page is written
 * </pre>
 *
 * <p>The file has its full length from the start, as a sparse file: a page takes disk space when it
 * is written.
 */
final class SegmentDescriptor {
  static final int CAPACITY_PAGES = 1024;
  static final int VERSION = 1;
  static final int HEADER_MAGIC = 0x47455358;
  static final int FOOTER_MAGIC = 0x58534547;
  static final int BLOCK_BYTES = PageStore.PAGE_BYTES;
  static final long FILE_BYTES = (CAPACITY_PAGES + 2L) * BLOCK_BYTES;
  static final long FOOTER_AT = (CAPACITY_PAGES + 1L) * BLOCK_BYTES;

  private static final int LOG_OFFSET = 8;
  private static final int FIRST_PAGE_OFFSET = 40;
  private static final int CAPACITY_OFFSET = 48;
  private static final int HEADER_CRC_OFFSET = 52;
  static final int HEADER_BYTES = 56;
  private static final int ROOT_OFFSET = 16;
  private static final int FOOTER_CRC_OFFSET = 48;

  private SegmentDescriptor() {}

  /** Offset in its file of the page with this number. */
  static int pageAt(long number) {
    return (int) (1 + number % CAPACITY_PAGES) * BLOCK_BYTES;
  }

  static long segment(long number) {
    return number / CAPACITY_PAGES;
  }

  static String fileName(long segment) {
    return String.format("%08d.seg", segment);
  }

  /** The number in a segment's file name, or -1 for another name. */
  static long number(String fileName) {
    boolean fits =
        fileName.length() >= 12
            && fileName.length() <= 20
            && fileName.endsWith(".seg")
            && fileName.chars().limit(fileName.length() - 4).allMatch(c -> c >= '0' && c <= '9');
    return fits ? Long.parseLong(fileName, 0, fileName.length() - 4, 10) : -1;
  }

  static ByteBuffer header(LogId log, long segment) {
    ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    block.putInt(HEADER_MAGIC).putInt(VERSION);
    log.putTo(block);
    block.putLong(segment * CAPACITY_PAGES).putInt(CAPACITY_PAGES);
    return block.putInt(crc(block, HEADER_CRC_OFFSET)).rewind();
  }

  static void checkHeader(Path file, ByteBuffer block, LogId log, long segment) {
    check(file, "header magic", block.getInt(0), HEADER_MAGIC);
    check(file, "version", block.getInt(4), VERSION);
    LogId found = LogId.at(block, LOG_OFFSET);
    if (!found.equals(log)) {
      throw damaged(file, "log id", found.toHex(), log.toHex());
    }
    check(file, "first page", block.getLong(FIRST_PAGE_OFFSET), segment * CAPACITY_PAGES);
    check(file, "capacity", block.getInt(CAPACITY_OFFSET), CAPACITY_PAGES);
    check(file, "header CRC32C", block.getInt(HEADER_CRC_OFFSET), crc(block, HEADER_CRC_OFFSET));
  }

  static void checkZeros(Path file, ByteBuffer map, int from, int to) {
    for (int at = from; at < to; at += Long.BYTES) {
      if (map.getLong(at) != 0) {
        throw damaged(file, "unused bytes at " + at, Long.toHexString(map.getLong(at)), "0");
      }
    }
  }

  static ByteBuffer footer(ByteBuffer header, long size, Hash root) {
    ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    block.putInt(FOOTER_MAGIC).putInt(CAPACITY_PAGES).putLong(size);
    root.putTo(block);
    return block.putInt(footerCrc(header, block)).rewind();
  }

  static void checkFooter(Path file, ByteBuffer header, ByteBuffer block) {
    check(file, "footer magic", block.getInt(0), FOOTER_MAGIC);
    check(file, "footer pages", block.getInt(4), CAPACITY_PAGES);
    check(file, "footer CRC32C", block.getInt(FOOTER_CRC_OFFSET), footerCrc(header, block));
    check(file, "unused bytes of the footer", block.getInt(FOOTER_CRC_OFFSET + Integer.BYTES), 0);
    checkZeros(file, block, FOOTER_CRC_OFFSET + 2 * Integer.BYTES, BLOCK_BYTES);
  }

  /** Size and root that a footer gives for its segment's end. */
  static long footerSize(ByteBuffer block) {
    return block.getLong(8);
  }

  static Hash footerRoot(ByteBuffer block) {
    return Hash.at(block, ROOT_OFFSET);
  }

  private static int crc(ByteBuffer block, int length) {
    CRC32C crc = new CRC32C();
    crc.update(block.slice(0, length));
    return (int) crc.getValue();
  }

  private static int footerCrc(ByteBuffer header, ByteBuffer footer) {
    CRC32C crc = new CRC32C();
    crc.update(header.slice(0, HEADER_BYTES));
    crc.update(footer.slice(0, FOOTER_CRC_OFFSET));
    return (int) crc.getValue();
  }

  private static void check(Path file, String field, long found, long expected) {
    if (found != expected) {
      throw damaged(file, field, Long.toHexString(found), Long.toHexString(expected));
    }
  }

  private static StoreException damaged(Path file, String field, String found, String expected) {
    return new StoreException(
        ErrorCode.NOT_VERIFIED,
        file
            + ": "
            + field
            + " is "
            + found
            + ", expected "
            + expected
            + "; run xf:rebuild for this log");
  }
}
