package xf.event;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where an application publishes and listens within one group; obtained from {@link EventBus#in}.
 *
 * <p>Topics of one name in two groups have nothing to do with one another. What is published here
 * reaches the group's other devices, and what they publish is heard here, in order of arrival.
 * Threads, waiting and failures are those of {@link EventBus}. Once the device has left the group,
 * publishing fails with {@link ErrorCode#NOT_FOUND}; listeners go on, with nothing more to hear.
 */
@ProviderType
public interface GroupBus {
  /** The group. */
  GroupId group();

  /** Publishes on a topic, durably: into the newest epoch of this device's own log of it. */
  CompletableFuture<Receipt> publish(String topic, EventDraft draft);

  /** Publishes a payload on a topic, durably. */
  default CompletableFuture<Receipt> publish(String topic, ByteBuffer payload) {
    return publish(topic, EventDraft.of(payload));
  }

  /** This device's own log of a topic, in its newest epoch. */
  EventLog log(String topic);

  /**
   * Goes on after this device's own log of a topic was frozen, by a fork or because its data came
   * from an old backup: begins a log of the next epoch, into which is published from then on. Its
   * first event is {@code first} with one dependency more, on the last event of the old epoch that
   * is here. Listeners of the topic hear all epochs.
   *
   * @return done when that event is durable; failed with {@link ErrorCode#BAD_CONFIGURATION} while
   *     the log takes events, for then there is no reason to leave it
   */
  CompletableFuture<Receipt> newEpoch(String topic, EventDraft first);

  /** Listens to a topic from now on, or from the beginning when the options say so. */
  Subscription subscribe(String topic, ListenerOptions options, EventListener listener);

  /** Listens to every stream of every log of the group. See {@link EventBus#subscribeAll}. */
  Subscription subscribeAll(ListenerOptions options, EventListener listener);

  /** The topic as a stream that can be mapped and filtered. */
  Observable<Event> observe(String topic, ListenerOptions options);
}
