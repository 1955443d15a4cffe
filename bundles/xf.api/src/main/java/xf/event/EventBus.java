package xf.event;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where an application publishes and listens.
 *
 * <p>A published event goes into this device's own log of the topic; a listener hears every durable
 * event of the topic whoever wrote it, in order of arrival, after its commit. Safe for use by any
 * thread. While the store is being replaced, {@code publish} waits for it (configurable, 10 s
 * unless set) and then fails with {@link ErrorCode#UNAVAILABLE}; listeners go on where they were.
 */
@ProviderType
public interface EventBus {
  /** Publishes on a topic of the home group, durably. */
  CompletableFuture<Receipt> publish(String topic, EventDraft draft);

  /** Publishes a payload on a topic of the home group, durably. */
  default CompletableFuture<Receipt> publish(String topic, ByteBuffer payload) {
    return publish(topic, EventDraft.of(payload));
  }

  /** This device's own log of a topic. */
  EventLog log(String topic);

  /** Listens to a topic from now on, or from the beginning when the options say so. */
  Subscription subscribe(String topic, ListenerOptions options, EventListener listener);

  /**
   * Listens to every stream of every log: the product's own before identities before topics, none
   * of them starved; in order of arrival within each.
   */
  Subscription subscribeAll(ListenerOptions options, EventListener listener);

  /** The topic as a stream that can be mapped and filtered. */
  Observable<Event> observe(String topic, ListenerOptions options);

  /** Counters. */
  BusStats stats();
}
