package xf.store.lmdb;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.EventVisitor;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Receipt;
import xf.store.StoreException;

/**
 * A log as the store knows it. Two views of its end are kept apart: what is durable, which anybody
 * reads, and what the appender has put into the transaction under way, which nobody else sees.
 * {@link #publish} makes the second the first, {@link #rollBack} the first the second.
 */
final class StoredLog implements EventLog {
  /** Not on disk yet. */
  static final int NO_NUMBER = -1;

  private static final long[] NO_POSITIONS = {};
  private static final int FIRST_POSITIONS = 4;

  /**
   * Positions of the events after the last full {@link Run}. Entries at and beyond the published
   * size belong to the appender; the array is replaced, never shrunk, so a reader that holds an
   * older one still finds all it may look at.
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Tail(long start, long[] positions) {
    static Tail empty(long start) {
      return new Tail(start, NO_POSITIONS);
    }
  }

  private final LmdbEventStore store;
  private final LogName name;
  private final LogId id;

  private volatile int number;
  private volatile long size;
  private volatile long lastHlc = -1;
  private volatile @Nullable Tail tail;
  private volatile @Nullable String frozen;
  private volatile long lastPosition;

  // The appender's own from here on.
  private long nextIndex;
  private long nextHlc = -1;
  private long nextPrevious;
  private @Nullable Tail nextTail;
  private int placed;
  boolean touched;
  boolean headBehind;

  StoredLog(LmdbEventStore store, LogName name, LogId id, int number) {
    this.store = store;
    this.name = name;
    this.id = id;
    this.number = number;
  }

  /** Sets the durable end as it was found on disk; before anybody else sees this log. */
  void restore(long size, long lastPosition, long lastHlc, @Nullable String frozen) {
    this.lastPosition = lastPosition;
    this.lastHlc = lastHlc;
    this.frozen = frozen;
    this.size = size;
    this.tail = (size & (Run.EVENTS - 1)) == 0 ? Tail.empty(size) : null;
    touched = false;
    rollBack();
  }

  /** Adds an event that was found behind the heads when the store was opened. */
  void replay(long index, long position, long hlc) {
    if (index != size) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED,
          "log " + id + ": event " + index + " follows " + size + " events; run xf:check");
    }
    restore(size + 1, position, hlc, frozen);
    headBehind = true;
  }

  // What anybody may ask.

  @Override
  public LogId id() {
    return id;
  }

  @Override
  public LogName name() {
    return name;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long lastHlc() {
    return lastHlc;
  }

  @Override
  public Optional<String> frozen() {
    return Optional.ofNullable(frozen);
  }

  @Override
  public CompletableFuture<Receipt> append(EventDraft draft, Durability durability) {
    return store.append(EventBatch.of(this, draft), durability).thenApply(b -> b.receipt(0));
  }

  @Override
  public <T> T read(long index, Function<EventView, T> reader) {
    return store.read(this, index, reader);
  }

  @Override
  public long scan(long fromIndex, EventVisitor visitor) {
    return store.scanLog(this, fromIndex, visitor);
  }

  @Override
  public long indexAt(long hlc) {
    long low = 0;
    long high = size;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (read(middle, EventView::hlc) < hlc) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  void checkIndex(long index) {
    if (index < 0 || index >= size) {
      throw new StoreException(
          ErrorCode.OUT_OF_RANGE,
          "log "
              + id
              + ": index "
              + index
              + ", expected 0 to "
              + (size - 1)
              + " (size "
              + size
              + ")");
    }
  }

  /** Why it takes no more events, or null; asked for each event, so without an object for it. */
  @Nullable String frozenReason() {
    return frozen;
  }

  LmdbEventStore store() {
    return store;
  }

  int number() {
    return number;
  }

  long lastPosition() {
    return lastPosition;
  }

  @Nullable Tail tail() {
    return tail;
  }

  /** Sets the tail that was found again on disk, unless somebody was faster. */
  synchronized Tail restoreTail(Tail found) {
    Tail current = tail;
    if (current == null) {
      tail = found;
      return found;
    }
    return current;
  }

  /** Whether its durable end is the one its events show. */
  boolean isAt(LogEnds ends) {
    return size == ends.size(number)
        && (size == 0
            || (lastPosition == ends.lastPosition(number) && lastHlc == ends.lastHlc(number)));
  }

  void freeze(String reason) {
    frozen = reason;
  }

  @Override
  public String toString() {
    return name.topic() + "@" + name.author() + " (" + id + ")";
  }

  // What only the appender does.

  void number(int assigned) {
    number = assigned;
  }

  long nextIndex() {
    return nextIndex;
  }

  long nextHlc() {
    return nextHlc;
  }

  long nextPrevious() {
    return nextPrevious;
  }

  /** Starts to append; only with a tail that is known. */
  void startAppending() {
    nextTail = tail;
  }

  /** Gives the next event its index; its clock reading is the caller's. */
  long sequence(long hlc) {
    nextHlc = hlc;
    return nextIndex++;
  }

  /**
   * Notes where the next event of the transaction under way was put.
   *
   * @return the run it completed, or null
   */
  @Nullable Run place(long position) {
    Tail current =
        Objects.requireNonNull(nextTail, "the tail is restored before a log is appended to");
    if (placed == current.positions().length) {
      current = new Tail(current.start(), grow(current.positions()));
      nextTail = current;
    }
    current.positions()[placed++] = position;
    nextPrevious = position;
    if (placed < Run.EVENTS) {
      return null;
    }
    nextTail = Tail.empty(current.start() + Run.EVENTS);
    placed = 0;
    return Run.of(current.positions());
  }

  private static long[] grow(long[] positions) {
    return Arrays.copyOf(
        positions, Math.min(Run.EVENTS, Math.max(FIRST_POSITIONS, positions.length * 2)));
  }

  /** After the commit. The tail goes first: a reader looks at the size before it. */
  void publish() {
    tail = nextTail;
    lastPosition = nextPrevious;
    lastHlc = nextHlc;
    size = nextIndex;
    touched = false;
    headBehind = true;
  }

  /** After a failed commit. */
  void rollBack() {
    nextHlc = lastHlc;
    nextIndex = size;
    touched = false;
    rollBackPlaces();
  }

  /** Before the same group is written again. */
  void rollBackPlaces() {
    nextTail = tail;
    nextPrevious = lastPosition;
    placed = (int) (size & (Run.EVENTS - 1));
  }
}
