package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.util.Arrays;
import xf.event.ErrorCode;
import xf.store.StoreException;

/**
 * The positions of 256 events of a log, from an index that is a multiple of 256: one tree insert
 * for 256 events. Stored as a base and differences of 4 bytes, or of 8 where the run is spread
 * widely. Immutable.
 */
final class Run {
  static final int EVENTS = 256;
  static final int SHIFT = 8;

  private static final int NARROW_BYTES = 4;
  private static final int WIDE_BYTES = 8;

  private final long base;
  private final int[] narrow;
  private final long[] wide;

  private Run(long base, int[] narrow, long[] wide) {
    this.base = base;
    this.narrow = narrow;
    this.wide = wide;
  }

  static Run of(long[] positions) {
    assert positions.length == EVENTS;
    long base = positions[0];
    if (positions[EVENTS - 1] - base > Integer.MAX_VALUE) {
      return new Run(base, new int[0], positions.clone());
    }
    int[] narrow = new int[EVENTS];
    for (int i = 0; i < EVENTS; i++) {
      narrow[i] = (int) (positions[i] - base);
    }
    return new Run(base, narrow, new long[0]);
  }

  long position(int place) {
    return narrow.length == 0 ? wide[place] : base + narrow[place];
  }

  byte[] encode() {
    boolean isNarrow = narrow.length != 0;
    ByteBuffer buffer = SealedRecord.allocate(8 + EVENTS * (isNarrow ? NARROW_BYTES : WIDE_BYTES));
    buffer.putLong(base);
    Arrays.stream(narrow).forEach(buffer::putInt);
    Arrays.stream(wide).forEach(buffer::putLong);
    return SealedRecord.seal(buffer);
  }

  static Run decode(byte[] record, String what) {
    ByteBuffer buffer = SealedRecord.open(record, what);
    if (buffer.remaining() < Long.BYTES) {
      throw new StoreException(
          ErrorCode.BAD_FORMAT, what + ": " + record.length + " bytes, expected 1036 or 2060");
    }
    long base = buffer.getLong();
    int[] narrow = {};
    long[] wide = {};
    if (buffer.remaining() == EVENTS * NARROW_BYTES) {
      narrow = new int[EVENTS];
      buffer.asIntBuffer().get(narrow);
    } else if (buffer.remaining() == EVENTS * WIDE_BYTES) {
      wide = new long[EVENTS];
      buffer.asLongBuffer().get(wide);
    } else {
      throw new StoreException(
          ErrorCode.BAD_FORMAT, what + ": " + record.length + " bytes, expected 1036 or 2060");
    }
    return new Run(base, narrow, wide);
  }
}
