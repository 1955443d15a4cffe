package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import xf.event.ErrorCode;
import xf.store.StoreException;

/** Small values with a CRC32C at their end. */
@SuppressWarnings("ByteBufferBackingArray") // the buffers are allocate()d or wrap()ped right here
final class SealedRecord {
  private static final int CRC_BYTES = 4;

  private SealedRecord() {}

  /** A little-endian buffer with room for so many bytes and the checksum. */
  static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes + CRC_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Adds the checksum and gives the whole. */
  static byte[] seal(ByteBuffer filled) {
    filled.putInt(crc(filled.array(), filled.position()));
    assert !filled.hasRemaining();
    return filled.array();
  }

  /** The value of a {@link #seal}ed record, checked; {@code what} names it in the error. */
  static ByteBuffer open(byte[] record, String what) {
    int length = record.length - CRC_BYTES;
    if (length < 0) {
      throw new StoreException(
          ErrorCode.BAD_FORMAT, what + ": " + record.length + " bytes, expected at least 4");
    }
    ByteBuffer buffer = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    int found = buffer.getInt(length);
    int expected = crc(record, length);
    if (found != expected) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED,
          String.format("%s: checksum %08x, expected %08x; run xf:check", what, found, expected));
    }
    return buffer.limit(length);
  }

  /** The same of a record whose value has a fixed length. */
  static ByteBuffer open(byte[] record, String what, int bytes) {
    ByteBuffer value = open(record, what);
    if (value.remaining() != bytes) {
      throw new StoreException(
          ErrorCode.BAD_FORMAT, what + ": " + value.remaining() + " bytes, expected " + bytes);
    }
    return value;
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
