package xf.gossip;

import java.util.List;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;
import xf.event.GroupId;
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

  /** One sentence for each group on what moves between a peer and us, or why nothing does. */
  List<String> why(PeerId peer);

  /** Takes the topic's logs from members from now on; all topics are taken by default. */
  void subscribe(GroupId group, String topic);

  /**
   * Takes only topics that were {@linkplain #subscribe subscribed to} from now on, and this one no
   * longer; events that are here stay.
   */
  void unsubscribe(GroupId group, String topic);
}
