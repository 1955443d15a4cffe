package xf.event;

import static xf.event.EventDescriptor.CLASS_OFFSET;
import static xf.event.EventDescriptor.DEPENDENCY_BYTES;
import static xf.event.EventDescriptor.DEPENDENCY_COUNT_OFFSET;
import static xf.event.EventDescriptor.FLAGS_OFFSET;
import static xf.event.EventDescriptor.HEADER_BYTES;
import static xf.event.EventDescriptor.HLC_OFFSET;
import static xf.event.EventDescriptor.INDEX_OFFSET;
import static xf.event.EventDescriptor.MAX_DEPENDENCIES;
import static xf.event.EventDescriptor.MAX_EVENT_BYTES;
import static xf.event.EventDescriptor.PAYLOAD_LENGTH_OFFSET;
import static xf.event.EventDescriptor.TYPE_OFFSET;
import static xf.event.EventDescriptor.VERSION;
import static xf.event.EventDescriptor.VERSION_OFFSET;
import static xf.event.EventDescriptor.ZERO_OFFSET;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;

/**
 * A flyweight over one event's canonical bytes, wherever they lie: the store's memory map, a frame
 * from the network, an array.
 *
 * <p>The bytes are borrowed. A view handed to an {@link EventVisitor} is valid until the visitor
 * returns and must not be kept; what is needed longer is copied by the methods that say {@code
 * copy}. One view is used by one thread.
 */
public final class EventView {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
  private static final byte LEAF_PREFIX = 0;

  private ByteBuffer buffer = NOTHING;
  private int offset;
  private int length;

  /** Points this view at trusted bytes: no check is made. {@code buffer} must be little-endian. */
  public EventView wrap(ByteBuffer buffer, int offset, int length) {
    assert buffer.order() == ByteOrder.LITTLE_ENDIAN;
    this.buffer = buffer;
    this.offset = offset;
    this.length = length;
    return this;
  }

  /** Lets go of the bytes; every accessor fails from here on. */
  public void clear() {
    wrap(NOTHING, 0, 0);
  }

  /**
   * Points this view at bytes from outside and checks all that can be checked without the log.
   *
   * @throws XfException {@link ErrorCode#BAD_FORMAT} naming the field, what was found and expected
   */
  public EventView wrapChecked(ByteBuffer buffer, int offset, int length) {
    ByteBuffer ordered =
        buffer.order() == ByteOrder.LITTLE_ENDIAN
            ? buffer
            : buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    check(length >= HEADER_BYTES, "length", length, "at least " + HEADER_BYTES);
    check(length <= MAX_EVENT_BYTES, "length", length, "at most " + MAX_EVENT_BYTES);
    check(
        offset >= 0 && offset + length <= ordered.limit(), "bytes present", ordered.limit(), "all");
    wrap(ordered, offset, length);
    check(version() == VERSION, "version", version(), "1");
    StreamClass.ofCode(Byte.toUnsignedInt(ordered.get(offset + CLASS_OFFSET)));
    check(index() >= 0, "index", index(), "0 or more");
    check(hlc() >= 0, "HLC", hlc(), "0 or more");
    int zero = ordered.getInt(offset + ZERO_OFFSET);
    check(zero == 0, "reserved bytes", zero, "0");
    int deps = dependencyCount();
    check(deps <= MAX_DEPENDENCIES, "dependencies", deps, "at most " + MAX_DEPENDENCIES);
    long payload = Integer.toUnsignedLong(ordered.getInt(offset + PAYLOAD_LENGTH_OFFSET));
    long expected = length - HEADER_BYTES - (long) DEPENDENCY_BYTES * deps;
    check(payload == expected, "payload length", payload, Long.toString(expected));
    for (int i = 0; i < deps; i++) {
      long dependencyIndex = ordered.getLong(dependencyOffset(i) + 32);
      check(dependencyIndex >= 0, "dependency index", dependencyIndex, "0 or more");
    }
    return this;
  }

  private static void check(boolean holds, String field, long found, String expected) {
    if (!holds) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "event: " + field + " is " + found + ", expected " + expected);
    }
  }

  /** The buffer that holds the bytes; little-endian, borrowed. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** Where the event starts in {@link #buffer()}. */
  public int offset() {
    return offset;
  }

  /** Length of the canonical bytes. */
  public int lengthBytes() {
    return length;
  }

  /** Version of the format. */
  public int version() {
    return Byte.toUnsignedInt(buffer.get(offset + VERSION_OFFSET));
  }

  /** The stream the event is on. */
  public StreamClass streamClass() {
    return StreamClass.ofCode(Byte.toUnsignedInt(buffer.get(offset + CLASS_OFFSET)));
  }

  /** The application's own code, 0 when it set none. */
  public int type() {
    return Short.toUnsignedInt(buffer.getShort(offset + TYPE_OFFSET));
  }

  /** 0-based index in the log. */
  public long index() {
    return buffer.getLong(offset + INDEX_OFFSET);
  }

  /** When it was appended by its author's {@link Hlc}. */
  public long hlc() {
    return buffer.getLong(offset + HLC_OFFSET);
  }

  /** All flags, those we do not know included. */
  public int flags() {
    return Short.toUnsignedInt(buffer.getShort(offset + FLAGS_OFFSET));
  }

  /** How many events it names as seen. */
  public int dependencyCount() {
    return Short.toUnsignedInt(buffer.getShort(offset + DEPENDENCY_COUNT_OFFSET));
  }

  /** The {@code i}-th event it names as seen. */
  public Dependency dependency(int i) {
    if (i < 0 || i >= dependencyCount()) {
      throw new IndexOutOfBoundsException("dependency " + i + " of " + dependencyCount());
    }
    int at = dependencyOffset(i);
    return new Dependency(LogId.at(buffer, at), buffer.getLong(at + 32));
  }

  private int dependencyOffset(int i) {
    return offset + HEADER_BYTES + DEPENDENCY_BYTES * i;
  }

  /** Where the payload starts in {@link #buffer()}. */
  public int payloadOffset() {
    return dependencyOffset(dependencyCount());
  }

  /** Length of the payload. */
  public int payloadLengthBytes() {
    return buffer.getInt(offset + PAYLOAD_LENGTH_OFFSET);
  }

  /** A read-only window on the payload; borrowed like the view itself. */
  public ByteBuffer payload() {
    return buffer.slice(payloadOffset(), payloadLengthBytes()).asReadOnlyBuffer();
  }

  /** A copy of the payload. */
  public byte[] copyPayload() {
    byte[] copy = new byte[payloadLengthBytes()];
    buffer.get(payloadOffset(), copy);
    return copy;
  }

  /** A copy of the whole event. */
  public byte[] copyBytes() {
    byte[] copy = new byte[length];
    buffer.get(offset, copy);
    return copy;
  }

  /**
   * Copies the whole event into {@code scratch} (at least {@link #lengthBytes()} long) and feeds
   * 0x00 and the event to {@code digest}, which then gives the event's id. The copy keeps the hash
   * on the digest's fast path for arrays.
   */
  public void digestLeaf(MessageDigest digest, byte[] scratch) {
    buffer.get(offset, scratch, 0, length);
    digest.update(LEAF_PREFIX);
    digest.update(scratch, 0, length);
  }

  /** The event's id: SHA-256(0x00 || canonical bytes), RFC 6962 section 2.1. */
  public Hash copyId() {
    MessageDigest digest = Sha256.newDigest();
    digestLeaf(digest, new byte[length]);
    return Hash.of(digest.digest());
  }
}
