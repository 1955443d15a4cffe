package xf.gossip;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;
import xf.event.GroupId;
import xf.event.LogName;
import xf.event.Subscription;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;

/** What moves between this device and the members of its groups. Safe for use by any thread. */
@ProviderType
public interface Sync {
  /** How far a group's logs have come; an unknown group has none. */
  SyncStatus status(GroupId group);

  /** The signed heads of a group's logs that this device holds. */
  List<Checkpoint> heads(GroupId group);

  /** Logs that are proved to have forked. */
  List<ForkInfo> forks();

  /** Calls {@code listener} for every fork from now on, once, on a thread of the sync's. */
  Subscription onFork(Consumer<ForkInfo> listener);

  /**
   * One sentence, for each group that a peer has to do with, on what moves between it and us, or
   * why nothing does; when there is no such group, one that says so. Never empty.
   */
  List<String> why(PeerId peer);

  /**
   * Reads single events of a log from members, without the rest of it: the log need not be here,
   * nor its topic be subscribed to. Each event is proved before it is given: compared with the hash
   * that is here, or proved to be in a head that the log's author signed. Nothing is stored.
   *
   * @param log the log, of a group that this device is in
   * @param indexes at most 256
   * @return the events in the order of their indexes, each once; or an {@link
   *     xf.event.XfException}: {@code NOT_FOUND} for a group that this device is not in, {@code
   *     UNAVAILABLE} when no member that is connected has all of them, {@code TOO_LARGE} for too
   *     many indexes, {@code OVERLOADED} when too many reads wait
   */
  CompletableFuture<List<ProvedEvent>> read(LogName log, Collection<Long> indexes);

  /** Takes the topic's logs from members from now on; all topics are taken by default. */
  void subscribe(GroupId group, String topic);

  /**
   * Takes only topics that were {@linkplain #subscribe subscribed to} from now on, and this one no
   * longer; events that are here stay.
   */
  void unsubscribe(GroupId group, String topic);
}
