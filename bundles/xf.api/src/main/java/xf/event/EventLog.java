package xf.event;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One author's append-only sequence, as this device holds it. Obtained from {@link EventLogs}; safe
 * for use by any thread; after its store was stopped every call fails with {@link
 * ErrorCode#UNAVAILABLE} and the log is to be obtained again.
 */
@ProviderType
public interface EventLog {
  /** Its id. */
  LogId id();

  /** All that names it. */
  LogName name();

  /** Number of events that are durable here. */
  long size();

  /** The clock reading of the last durable event, or -1 in an empty log. */
  long lastHlc();

  /** Why it takes no more events, if it was frozen. */
  Optional<String> frozen();

  /** Appends one event, durably. */
  default CompletableFuture<Receipt> append(EventDraft draft) {
    return append(draft, Durability.DURABLE);
  }

  /** Appends one event. See {@link EventLogs#append}. */
  CompletableFuture<Receipt> append(EventDraft draft, Durability durability);

  /**
   * Reads one event: {@code reader} gets a borrowed view inside a read transaction.
   *
   * @throws XfException {@link ErrorCode#OUT_OF_RANGE} when there is no such index
   */
  <T> T read(long index, Function<EventView, T> reader);

  /**
   * Visits the events from {@code fromIndex} on, in order, until the visitor stops or the durable
   * end is reached.
   *
   * @return the index after the last event visited
   */
  long scan(long fromIndex, EventVisitor visitor);

  /**
   * The first index whose clock reading is at least {@code hlc}; the size when there is none. A
   * time range from inclusive to exclusive is {@code [indexAt(from), indexAt(to))}.
   */
  long indexAt(long hlc);
}
