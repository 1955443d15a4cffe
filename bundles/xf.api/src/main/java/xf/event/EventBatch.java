package xf.event;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A reusable group of appends that is committed as one: all of it or nothing.
 *
 * <p>Payloads are borrowed, not copied, from {@code add} until the append is acknowledged; then the
 * batch holds each event's index, clock reading and position and may be cleared and filled again.
 * Filled by one thread; while an append is under way it belongs to the store.
 */
public final class EventBatch {
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private final EventLog[] logs;
  private final ByteBuffer[] payloads;
  private final int[] offsets;
  private final int[] lengths;
  private final int[] typesAndFlags;
  private final long[] millis;
  private final @Nullable List<Dependency>[] dependencies;
  private final boolean[] canonical;
  private final long[] indexes;
  private final long[] hlcs;
  private final long[] positions;
  private int size;
  private long bytes;

  /** A batch of at most {@code capacity} events. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of generic type
  public EventBatch(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity " + capacity + ": expected 1 or more");
    }
    logs = new EventLog[capacity];
    payloads = new ByteBuffer[capacity];
    Arrays.fill(payloads, NONE);
    offsets = new int[capacity];
    lengths = new int[capacity];
    typesAndFlags = new int[capacity];
    millis = new long[capacity];
    dependencies = new List[capacity];
    canonical = new boolean[capacity];
    indexes = new long[capacity];
    hlcs = new long[capacity];
    positions = new long[capacity];
  }

  /** A batch of one draft. */
  public static EventBatch of(EventLog log, EventDraft draft) {
    EventBatch batch = new EventBatch(1);
    batch.add(log, draft);
    return batch;
  }

  /** Adds a draft and returns its place in the batch. */
  public int add(EventLog log, EventDraft draft) {
    int place =
        add(
            log,
            draft.type(),
            draft.payload(),
            draft.payload().position(),
            draft.payload().remaining());
    typesAndFlags[place] |= draft.flags() << 16;
    millis[place] = draft.millis();
    setDependencies(place, draft.dependencies());
    return place;
  }

  /** Adds an event of {@code length} payload bytes at {@code offset}; allocates nothing. */
  public int add(EventLog log, int type, ByteBuffer payload, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, payload.limit());
    if (length > EventDescriptor.MAX_PAYLOAD_BYTES) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          "payload of " + length + " bytes: at most " + EventDescriptor.MAX_PAYLOAD_BYTES);
    }
    if (type < 0 || type > 0xFFFF) {
      throw new IllegalArgumentException("type " + type + ": expected 0 to 65535");
    }
    int place = place(log, payload, offset, length);
    typesAndFlags[place] = type;
    bytes += EventDescriptor.HEADER_BYTES + length;
    return place;
  }

  /**
   * Adds an event with a clock reading and dependencies of its own; allocates nothing.
   *
   * @param millis wall-clock milliseconds to stamp it with, or {@link EventDraft#NOW}
   * @param dependencies at most 32, not to be changed until the append is acknowledged
   */
  public int add(
      EventLog log,
      int type,
      long millis,
      List<Dependency> dependencies,
      ByteBuffer payload,
      int offset,
      int length) {
    if (millis != EventDraft.NOW && (millis < 0 || millis > Hlc.MAX_MILLIS)) {
      throw new IllegalArgumentException("milliseconds " + millis + ": expected 0 to 2^47 - 1");
    }
    int eventBytes = EventDescriptor.lengthBytes(dependencies.size(), length);
    if (dependencies.size() > EventDescriptor.MAX_DEPENDENCIES
        || eventBytes > EventDescriptor.MAX_EVENT_BYTES) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          "event of %d bytes with %d dependencies: at most %d and %d"
              .formatted(
                  eventBytes,
                  dependencies.size(),
                  EventDescriptor.MAX_EVENT_BYTES,
                  EventDescriptor.MAX_DEPENDENCIES));
    }
    int place = add(log, type, payload, offset, length);
    this.millis[place] = millis;
    setDependencies(place, dependencies);
    return place;
  }

  /**
   * Adds an event that already has its canonical bytes, made and verified elsewhere. The store
   * takes it only when its index is the log's next and its clock does not go back.
   */
  public int addCanonical(EventLog log, ByteBuffer event, int offset, int length) {
    new EventView().wrapChecked(event, offset, length);
    int place = place(log, event, offset, length);
    canonical[place] = true;
    bytes += length;
    return place;
  }

  private int place(EventLog log, ByteBuffer payload, int offset, int length) {
    if (size == logs.length) {
      throw new IllegalStateException("batch is full: " + size + " events");
    }
    int place = size++;
    logs[place] = log;
    payloads[place] = payload;
    offsets[place] = offset;
    lengths[place] = length;
    typesAndFlags[place] = 0;
    millis[place] = EventDraft.NOW;
    dependencies[place] = null;
    canonical[place] = false;
    return place;
  }

  private void setDependencies(int place, List<Dependency> list) {
    if (!list.isEmpty()) {
      dependencies[place] = list;
      bytes += (long) EventDescriptor.DEPENDENCY_BYTES * list.size();
    }
  }

  /** The same events and results with payload bytes of their own. */
  public EventBatch copy() {
    EventBatch copy = new EventBatch(Math.max(1, size));
    for (int place = 0; place < size; place++) {
      byte[] payload = new byte[lengths[place]];
      payloads[place].get(offsets[place], payload);
      ByteBuffer own = ByteBuffer.wrap(payload).order(payloads[place].order());
      copy.place(logs[place], own, 0, payload.length);
    }
    copy.bytes = bytes;
    System.arraycopy(typesAndFlags, 0, copy.typesAndFlags, 0, size);
    System.arraycopy(millis, 0, copy.millis, 0, size);
    System.arraycopy(canonical, 0, copy.canonical, 0, size);
    System.arraycopy(indexes, 0, copy.indexes, 0, size);
    System.arraycopy(hlcs, 0, copy.hlcs, 0, size);
    System.arraycopy(dependencies, 0, copy.dependencies, 0, size);
    return copy;
  }

  /** Forgets all events, keeps the arrays. */
  public void clear() {
    Arrays.fill(payloads, 0, size, NONE);
    Arrays.fill(dependencies, 0, size, null);
    size = 0;
    bytes = 0;
  }

  /** Events in the batch. */
  public int size() {
    return size;
  }

  /** Most events it can hold. */
  public int capacity() {
    return logs.length;
  }

  /** Length of all its events' canonical bytes. */
  public long lengthBytes() {
    return bytes;
  }

  /** The log of an event. */
  public EventLog log(int place) {
    return logs[Objects.checkIndex(place, size)];
  }

  /** The buffer with an event's payload, or with all of it when {@link #isCanonical}. */
  public ByteBuffer payload(int place) {
    return payloads[Objects.checkIndex(place, size)];
  }

  /** Where it starts in its buffer. */
  public int payloadOffset(int place) {
    return offsets[Objects.checkIndex(place, size)];
  }

  /** Its length. */
  public int payloadLengthBytes(int place) {
    return lengths[Objects.checkIndex(place, size)];
  }

  /** The application's type. */
  public int type(int place) {
    return typesAndFlags[Objects.checkIndex(place, size)] & 0xFFFF;
  }

  /** The event's flags. */
  public int flags(int place) {
    return typesAndFlags[Objects.checkIndex(place, size)] >>> 16;
  }

  /** Milliseconds asked for, or {@link EventDraft#NOW}. */
  public long millis(int place) {
    return millis[Objects.checkIndex(place, size)];
  }

  /** The events it depends on. */
  public List<Dependency> dependencies(int place) {
    List<Dependency> list = dependencies[Objects.checkIndex(place, size)];
    return list == null ? List.of() : list;
  }

  /** Whether it came with its canonical bytes. */
  public boolean isCanonical(int place) {
    return canonical[Objects.checkIndex(place, size)];
  }

  /** Called by the store: the index and clock reading the event was given. */
  public void setSequenced(int place, long index, long hlc) {
    indexes[place] = index;
    hlcs[place] = hlc;
  }

  /** Called by the store: where the event was put. */
  public void setPosition(int place, long position) {
    positions[place] = position;
  }

  /** After the acknowledgement: what the event was given. */
  public Receipt receipt(int place) {
    return new Receipt(log(place).id(), indexes[place], hlcs[place], positions[place]);
  }

  /** After the acknowledgement: the event's index in its log. */
  public long index(int place) {
    return indexes[Objects.checkIndex(place, size)];
  }

  /** After the acknowledgement: the event's clock reading. */
  public long hlc(int place) {
    return hlcs[Objects.checkIndex(place, size)];
  }
}
