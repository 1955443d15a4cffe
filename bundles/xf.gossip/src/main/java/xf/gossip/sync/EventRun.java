package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventDescriptor;
import xf.event.EventLog;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.merkle.CompactRange;
import xf.merkle.TreeHasher;
import xf.multiformats.Varint;

/**
 * Events in a row as canonical bytes, unpacked from what a peer sent. They are not verified: that
 * is done by hashing them into a frontier and comparing the root.
 */
final class EventRun {
  /** By how much an event may grow: its header is there in full again, its packed one is not. */
  private static final int UNPACKED_BYTES =
      EventDescriptor.HEADER_BYTES - EventPacker.SMALLEST_BYTES;

  private final StreamClass streamClass;
  private final long from;
  private byte[] bytes = new byte[0];
  private int[] ends = new int[0];
  private int count;

  EventRun(StreamClass streamClass, long from) {
    this.streamClass = streamClass;
    this.from = from;
  }

  /** Index of the first event. */
  long from() {
    return from;
  }

  /** Index after the last event. */
  long end() {
    return from + count;
  }

  int count() {
    return count;
  }

  int lengthBytes() {
    return start(count);
  }

  private int start(int i) {
    return i == 0 ? 0 : ends[i - 1];
  }

  /**
   * Adds events.
   *
   * @throws XfException when they are not packed events in full
   */
  void unpack(ByteBuffer packed, int events) {
    ByteBuffer in = packed.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    makeRoom(events, in.remaining());
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long hlc = 0;
    for (int i = 0; i < events; i++) {
      hlc = unpackOne(in, out, hlc);
    }
    if (in.hasRemaining()) {
      throw bad(in.remaining() + " bytes are left over");
    }
  }

  /**
   * Makes room for so many packed events, and for no more of them than their bytes can be:
   * thousands of runs of a single event may wait to become durable at the same time.
   */
  private void makeRoom(int events, int packedBytes) {
    if (events > packedBytes / EventPacker.SMALLEST_BYTES) {
      throw bad(packedBytes + " bytes cannot be " + events + " events");
    }
    int wanted = lengthBytes() + packedBytes + events * UNPACKED_BYTES;
    if (wanted > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(wanted, 2 * bytes.length));
    }
    if (count + events > ends.length) {
      ends = Arrays.copyOf(ends, Math.max(count + events, 2 * ends.length));
    }
  }

  private long unpackOne(ByteBuffer in, ByteBuffer out, long lastHlc) {
    int has = in.hasRemaining() ? in.get() : -1;
    if ((has & ~7) != 0) {
      throw bad("it begins with " + has + ", expected 0 to 7");
    }
    long hlc = lastHlc + Varint.get(in);
    int type = (has & EventPacker.HAS_TYPE) != 0 ? nonZero(in, 0xFFFF, "type") : 0;
    int flags = (has & EventPacker.HAS_FLAGS) != 0 ? nonZero(in, 0xFFFF, "flags") : 0;
    int dependencies =
        (has & EventPacker.HAS_DEPENDENCIES) != 0
            ? nonZero(in, EventDescriptor.MAX_DEPENDENCIES, "dependencies")
            : 0;
    int dependencyBytes = dependencies * EventDescriptor.DEPENDENCY_BYTES;
    require(in, dependencyBytes);
    int dependenciesAt = in.position();
    in.position(dependenciesAt + dependencyBytes);
    int payload = Varint.getBounded(in, EventDescriptor.MAX_PAYLOAD_BYTES, "payload");
    int length = EventDescriptor.lengthBytes(dependencies, payload);
    require(in, payload);
    if (hlc < 0 || length > EventDescriptor.MAX_EVENT_BYTES) {
      throw bad("clock or length is out of range");
    }
    int at = lengthBytes();
    ends[count++] = at + length;
    out.put(at + EventDescriptor.VERSION_OFFSET, (byte) EventDescriptor.VERSION);
    out.put(at + EventDescriptor.CLASS_OFFSET, (byte) streamClass.code());
    out.putShort(at + EventDescriptor.TYPE_OFFSET, (short) type);
    out.putInt(at + EventDescriptor.PAYLOAD_LENGTH_OFFSET, payload);
    out.putLong(at + EventDescriptor.INDEX_OFFSET, from + count - 1);
    out.putLong(at + EventDescriptor.HLC_OFFSET, hlc);
    out.putShort(at + EventDescriptor.FLAGS_OFFSET, (short) flags);
    out.putShort(at + EventDescriptor.DEPENDENCY_COUNT_OFFSET, (short) dependencies);
    in.get(dependenciesAt, bytes, at + EventDescriptor.HEADER_BYTES, dependencyBytes);
    in.get(bytes, at + EventDescriptor.HEADER_BYTES + dependencyBytes, payload);
    return hlc;
  }

  private static int nonZero(ByteBuffer in, int max, String what) {
    int value = Varint.getBounded(in, max, what);
    if (value == 0) {
      throw bad(what + " is said to be there and is 0");
    }
    return value;
  }

  private static void require(ByteBuffer in, int lengthBytes) {
    if (in.remaining() < lengthBytes) {
      throw bad("it is cut short: " + in.remaining() + " bytes left, expected " + lengthBytes);
    }
  }

  private static XfException bad(String what) {
    return new XfException(ErrorCode.BAD_FORMAT, "packed event: " + what);
  }

  /** Hashes events {@code [first, last)}, counted in the run, into a frontier. */
  void hashInto(CompactRange frontier, TreeHasher hasher, int first, int last) {
    byte[] leaf = new byte[TreeHasher.HASH_BYTES];
    for (int i = first; i < last; i++) {
      hasher.leaf(bytes, start(i), ends[i] - start(i), leaf, 0);
      frontier.append(hasher, leaf, 0);
    }
  }

  /** Fills a batch with the events from index {@code firstIndex} on; it borrows the bytes. */
  EventBatch toBatch(EventLog log, long firstIndex) {
    int first = (int) (firstIndex - from);
    EventBatch batch = new EventBatch(count - first);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = first; i < count; i++) {
      batch.addCanonical(log, buffer, start(i), ends[i] - start(i));
    }
    return batch;
  }

  /** A copy of one event's canonical bytes. */
  byte[] copy(int i) {
    return Arrays.copyOfRange(bytes, start(i), ends[i]);
  }
}
