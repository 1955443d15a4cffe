package xf.event;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/**
 * All logs of this device, and their common order of arrival, which stages follow. Safe for use by
 * any thread.
 */
@ProviderType
public interface EventLogs {
  /** The log of that name; made when it is new, on disk with its first event. */
  EventLog open(LogName name);

  /** The log with that id, if this device has it. */
  Optional<EventLog> find(LogId id);

  /** Every log with at least one event, in order of first arrival. */
  List<EventLog> all();

  /**
   * Appends a batch as one commit. The batch and its payloads belong to the store until the future
   * is done. When the writer's queue is full the call waits: that is the back-pressure.
   *
   * @return done with the same batch, its results filled in, when the durability asked for holds;
   *     or failed with an {@link XfException}, and then none of the batch is in the store
   */
  CompletableFuture<EventBatch> append(EventBatch batch, Durability durability);

  /**
   * Visits the durable events of all logs in order of arrival, those at or after {@code
   * fromPosition}, until the visitor stops, the end is reached, or about {@code limit} events were
   * seen. Positions grow with arrival and are otherwise opaque: they have gaps.
   *
   * @return the position after the last event visited, to go on from; at the end {@link
   *     #endPosition}
   */
  long scan(long fromPosition, int limit, EventVisitor visitor);

  /** The position after the last durable event; where a follower that has seen all stands. */
  long endPosition();

  /**
   * Calls {@code listener} with {@link #endPosition()} after every durable commit, on the writer's
   * thread: to wake a follower, nothing else.
   */
  Subscription onCommit(CommitListener listener);
}
