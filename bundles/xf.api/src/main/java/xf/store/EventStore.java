package xf.store;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;
import xf.event.EventLogs;
import xf.event.Hash;
import xf.event.LogId;

/**
 * The durable event log: {@link EventLogs} and what the product's own stages need besides. Safe for
 * use by any thread.
 */
@ProviderType
public interface EventStore extends EventLogs {
  /** The stage of that name, with its durable cursor and table; made when it is new. */
  Stage stage(String name);

  /**
   * Freezes a log durably, also one that has no event yet: appends fail from now on with this
   * reason. A second call changes nothing.
   */
  void freeze(LogId log, String reason);

  /**
   * Where the event with this id is. The first call ever builds the index of ids, later ones bring
   * it up to date.
   */
  Optional<EventPlace> findById(Hash eventId);

  /** Re-reads every record and reports each thing that is wrong; true when nothing was. */
  boolean check(Consumer<String> problem, Consumer<Progress> progress);

  /**
   * Like {@link #check}, and where the events are sound writes anew whatever follows from them and
   * was wrong. The events themselves are only read; nothing is appended meanwhile. A stage's row
   * that cannot be read is removed: the stage builds it again, or begins anew.
   *
   * @return true when nothing is wrong any more
   */
  boolean repair(Consumer<String> problem, Consumer<Progress> progress);

  /** Counters and sizes. */
  StoreStats stats();

  /** The folder it is in. */
  Path folder();
}
