package xf.store.lmdb;

/**
 * How events lie in a record of the {@code events} table: many to a record, in order of arrival.
 *
 * <p>A record per event costs a native call and a tree insert per event. A chunk of up to 64 KiB
 * (sixteen LMDB pages less their header) costs them once for some two hundred events, is written
 * with one {@code pwrite}, and is scanned without leaving Java. A commit of a single event is a
 * chunk of one, and costs what a plain put does.
 *
 * <pre>
 *   0           4           8           12          16
 *   +-----------+-----------+-----------+-----------+
 *   |"XFC1"     |events u32 |length u32 |CRC32C u32 |   CRC over all that follows, and over
 *   +-----------+-----------+-----------+-----------+   bytes 0 to 12
 *   16          20          24                      32
 *   +-----------+-----------+-----------------------+-----------------------+
 *   |log u32    |length u32 |previous position u64  |canonical event bytes  | padded to 8 bytes
 *   +-----------+-----------+-----------------------+-----------------------+
 *   ... next event
 * </pre>
 *
 * <p>Before the first event of a log stands a record with the log's name, so that the table alone
 * says all there is to say of its events: {@code log u32 | length u32, top bit set | "XFC-NAME" |
 * name}, padded to 8 bytes.
 *
 * <p>A <b>position</b> is {@code chunk number << 20 | offset of the event's record in the chunk}:
 * it grows with arrival, finds its event with one exact get, and is what stages keep as their
 * cursor. {@code previous position} leads to the event before in the same log (0 for its first:
 * offset 0 is never an event), so that the open end of a log is found again from its last position
 * alone.
 */
final class ChunkDescriptor {
  static final int MAGIC = 0x31434658;

  static final int MAGIC_OFFSET = 0;
  static final int COUNT_OFFSET = 4;
  static final int LENGTH_OFFSET = 8;
  static final int CRC_OFFSET = 12;
  static final int HEADER_BYTES = 16;

  static final int LOG_OFFSET = 0;
  static final int EVENT_LENGTH_OFFSET = 4;
  static final int PREVIOUS_OFFSET = 8;
  static final int RECORD_HEADER_BYTES = 16;

  /** In the length of a record that holds a name. */
  static final int NAME_FLAG = 1 << 31;

  /** In place of a previous position: one flipped bit makes no name of an event. */
  static final long NAME_MAGIC = 0x454D414E2D434658L;

  /** Fills sixteen LMDB overflow pages exactly; a longer single event gets a chunk of its own. */
  static final int TARGET_BYTES = 16 * 4096 - 16;

  static final int POSITION_SHIFT = 20;
  private static final long OFFSET_MASK = (1L << POSITION_SHIFT) - 1;

  private ChunkDescriptor() {}

  /** Bytes of a record with a content of so many. */
  static int recordBytes(int contentBytes) {
    return RECORD_HEADER_BYTES + ((contentBytes + 7) & ~7);
  }

  static long position(long chunk, int offset) {
    return chunk << POSITION_SHIFT | offset;
  }

  static long chunk(long position) {
    return position >>> POSITION_SHIFT;
  }

  static int offset(long position) {
    return (int) (position & OFFSET_MASK);
  }
}
