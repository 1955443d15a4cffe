package xf.event;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where an application publishes and listens.
 *
 * <p>A published event goes into this device's own log of the topic; a listener hears every durable
 * event of the topic whoever wrote it, in order of arrival, after its commit. What names a topic
 * alone means the {@linkplain #home home group}; {@link #in} is the same in any other. Safe for use
 * by any thread. While the store is being replaced, {@code publish} waits for it (configurable, 10
 * s unless set) and then fails with {@link ErrorCode#UNAVAILABLE}; listeners go on where they were.
 * An own log that was frozen refuses what is published with {@link ErrorCode#FROZEN} until {@link
 * GroupBus#newEpoch} goes on.
 */
@ProviderType
public interface EventBus {
  /** The bus within the group that a fresh device has of its own. */
  GroupBus home();

  /**
   * The bus within a group that this device made or joined.
   *
   * @throws XfException {@link ErrorCode#NOT_FOUND} when this device is not in it
   */
  GroupBus in(GroupId group);

  /** Publishes on a topic of the home group, durably. */
  default CompletableFuture<Receipt> publish(String topic, EventDraft draft) {
    return home().publish(topic, draft);
  }

  /** Publishes a payload on a topic of the home group, durably. */
  default CompletableFuture<Receipt> publish(String topic, ByteBuffer payload) {
    return home().publish(topic, payload);
  }

  /** This device's own log of a topic of the home group. */
  default EventLog log(String topic) {
    return home().log(topic);
  }

  /** Listens to a topic of the home group from now on, or from the beginning. */
  default Subscription subscribe(String topic, ListenerOptions options, EventListener listener) {
    return home().subscribe(topic, options, listener);
  }

  /**
   * Listens to every stream of every log of every group: the product's own before identities before
   * topics, none of them starved; in order of arrival within each.
   */
  Subscription subscribeAll(ListenerOptions options, EventListener listener);

  /** A topic of the home group as a stream that can be mapped and filtered. */
  default Observable<Event> observe(String topic, ListenerOptions options) {
    return home().observe(topic, options);
  }

  /** Counters. */
  BusStats stats();
}
