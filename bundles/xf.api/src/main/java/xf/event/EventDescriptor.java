package xf.event;

/**
 * Where the fields of an event's canonical bytes are ({@code docs/format.md}, Event).
 * Little-endian.
 *
 * <pre>
 *   0        1        2        4              8                     16
 *   +--------+--------+--------+--------------+---------------------+
 *   |version |class   |type u16|payload length|index u64            |
 *   +--------+--------+--------+--------------+---------------------+
 *   16                         24       26    28                    32
 *   +--------------------------+--------+-----+---------------------+
 *   |HLC u64                   |flags   |deps |zero u32             |
 *   +--------------------------+--------+-----+---------------------+
 *   32                                        32 + 40 * deps
 *   +-----------------------------------------+---------------------+
 *   |deps of (log id 32, index u64)           |payload ...          |
 *   +-----------------------------------------+---------------------+
 * </pre>
 */
public final class EventDescriptor {
  /** The only version there is. */
  public static final int VERSION = 1;

  /** Longest event, header and payload together; a tlog entry has a 16-bit length. */
  public static final int MAX_EVENT_BYTES = 65_535;

  /** Bytes before the first dependency. */
  public static final int HEADER_BYTES = 32;

  /** Bytes of one dependency. */
  public static final int DEPENDENCY_BYTES = 40;

  /** Most dependencies one event may name. */
  public static final int MAX_DEPENDENCIES = 32;

  /** Longest payload of an event without dependencies. */
  public static final int MAX_PAYLOAD_BYTES = MAX_EVENT_BYTES - HEADER_BYTES;

  /** Flag: the payload is encrypted. */
  public static final int FLAG_ENCRYPTED = 1;

  /** Flag: the payload is a blob reference. */
  public static final int FLAG_BLOB = 1 << 1;

  /** Offset of the version, u8. */
  public static final int VERSION_OFFSET = 0;

  /** Offset of the stream class, u8. */
  public static final int CLASS_OFFSET = 1;

  /** Offset of the application's type, u16. */
  public static final int TYPE_OFFSET = 2;

  /** Offset of the payload length, u32. */
  public static final int PAYLOAD_LENGTH_OFFSET = 4;

  /** Offset of the index, u64. */
  public static final int INDEX_OFFSET = 8;

  /** Offset of the HLC, u64. */
  public static final int HLC_OFFSET = 16;

  /** Offset of the flags, u16. */
  public static final int FLAGS_OFFSET = 24;

  /** Offset of the number of dependencies, u16. */
  public static final int DEPENDENCY_COUNT_OFFSET = 26;

  /** Offset of four zero bytes. */
  public static final int ZERO_OFFSET = 28;

  private EventDescriptor() {}

  /** Length of an event with so many dependencies and payload bytes. */
  public static int lengthBytes(int dependencyCount, int payloadBytes) {
    return HEADER_BYTES + DEPENDENCY_BYTES * dependencyCount + payloadBytes;
  }
}
