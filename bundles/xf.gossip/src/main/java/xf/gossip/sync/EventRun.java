package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  /**
   * Bytes that are kept together: a frame of an answer. What is longer than half a region of the
   * smallest kind of the collector G1 is an object of its own kind, and a few of those begin a
   * collection each.
   */
  private static final int CHUNK_BYTES = 384 << 10;

  private final StreamClass streamClass;
  private final long from;
  private final List<Chunk> chunks = new ArrayList<>(1);
  private int count;
  private int lengthBytes;

  EventRun(StreamClass streamClass, long from) {
    this.streamClass = streamClass;
    this.from = from;
  }

  /** Some of the events, one after the other. */
  private static final class Chunk {
    final int first;
    final byte[] bytes;
    final ByteBuffer buffer;
    final int[] ends;
    int count;

    /**
     * A chunk.
     *
     * @param first the place of its first event in the run
     */
    Chunk(int first, int lengthBytes, int events) {
      this.first = first;
      this.bytes = new byte[lengthBytes];
      this.buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      this.ends = new int[events];
    }

    int start(int i) {
      return i == 0 ? 0 : ends[i - 1];
    }

    int lengthBytes(int i) {
      return ends[i] - start(i);
    }

    boolean hasRoom(int lengthBytes) {
      return count < ends.length && start(count) + lengthBytes <= bytes.length;
    }
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
    return lengthBytes;
  }

  /**
   * Adds events.
   *
   * @throws XfException when they are not packed events in full
   */
  void unpack(ByteBuffer packed, int events) {
    ByteBuffer in = packed.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    requireBytesFor(events, in.remaining());
    long hlc = 0;
    for (int left = events; left > 0; left--) {
      hlc = unpackOne(in, left, hlc);
    }
    if (in.hasRemaining()) {
      throw bad(in.remaining() + " bytes are left over");
    }
  }

  /** Room is made for no more events than the bytes can be. */
  private static void requireBytesFor(int events, int packedBytes) {
    if (events > packedBytes / EventPacker.SMALLEST_BYTES) {
      throw bad(packedBytes + " bytes cannot be " + events + " events");
    }
  }

  /**
   * Where the next event has room: in the last chunk or in a new one, which is no longer than what
   * is still to come, as thousands of runs of a single event may wait to become durable at the same
   * time.
   *
   * @param restBytes packed bytes after this event
   * @param events that are still to be unpacked, with this one
   */
  private Chunk chunkFor(int lengthBytes, int restBytes, int events) {
    Chunk last = chunks.isEmpty() ? null : chunks.get(chunks.size() - 1);
    if (last != null && last.hasRoom(lengthBytes)) {
      return last;
    }
    long wanted = lengthBytes + restBytes + (events - 1L) * UNPACKED_BYTES;
    int bytes = (int) Math.max(lengthBytes, Math.min(CHUNK_BYTES, wanted));
    Chunk next = new Chunk(count, bytes, Math.min(events, bytes / EventDescriptor.HEADER_BYTES));
    chunks.add(next);
    return next;
  }

  private long unpackOne(ByteBuffer in, int events, long lastHlc) {
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
    Chunk chunk = chunkFor(length, in.remaining() - payload, events);
    ByteBuffer out = chunk.buffer;
    int at = chunk.start(chunk.count);
    out.put(at + EventDescriptor.VERSION_OFFSET, (byte) EventDescriptor.VERSION);
    out.put(at + EventDescriptor.CLASS_OFFSET, (byte) streamClass.code());
    out.putShort(at + EventDescriptor.TYPE_OFFSET, (short) type);
    out.putInt(at + EventDescriptor.PAYLOAD_LENGTH_OFFSET, payload);
    out.putLong(at + EventDescriptor.INDEX_OFFSET, end());
    out.putLong(at + EventDescriptor.HLC_OFFSET, hlc);
    out.putShort(at + EventDescriptor.FLAGS_OFFSET, (short) flags);
    out.putShort(at + EventDescriptor.DEPENDENCY_COUNT_OFFSET, (short) dependencies);
    int body = at + EventDescriptor.HEADER_BYTES;
    in.get(dependenciesAt, chunk.bytes, body, dependencyBytes);
    in.get(chunk.bytes, body + dependencyBytes, payload);
    chunk.ends[chunk.count++] = at + length;
    count++;
    lengthBytes += length;
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
    for (Chunk chunk : chunks) {
      int end = Math.min(chunk.count, last - chunk.first);
      for (int i = Math.max(0, first - chunk.first); i < end; i++) {
        hasher.leaf(chunk.bytes, chunk.start(i), chunk.lengthBytes(i), leaf, 0);
        frontier.append(hasher, leaf, 0);
      }
    }
  }

  /** Fills a batch with the events from index {@code firstIndex} on; it borrows the bytes. */
  EventBatch toBatch(EventLog log, long firstIndex) {
    int first = (int) (firstIndex - from);
    EventBatch batch = new EventBatch(count - first);
    for (Chunk chunk : chunks) {
      for (int i = Math.max(0, first - chunk.first); i < chunk.count; i++) {
        batch.addCanonical(log, chunk.buffer, chunk.start(i), chunk.lengthBytes(i));
      }
    }
    return batch;
  }

  /** A copy of one event's canonical bytes. */
  byte[] copy(int i) {
    for (Chunk chunk : chunks) {
      int at = i - chunk.first;
      if (at < chunk.count) {
        return Arrays.copyOfRange(chunk.bytes, chunk.start(at), chunk.ends[at]);
      }
    }
    throw new IndexOutOfBoundsException("event " + i + " of a run of " + count);
  }
}
