package xf.event.dispatch;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import xf.event.BusStats;
import xf.event.Event;
import xf.event.EventBus;
import xf.event.EventListener;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.GroupBus;
import xf.event.GroupId;
import xf.event.Keyring;
import xf.event.ListenerOptions;
import xf.event.Observable;
import xf.event.Observer;
import xf.event.Subscription;
import xf.event.XfException;

/** The event bus over whatever store there is; works without OSGi. */
public final class LogEventBus implements EventBus, AutoCloseable {
  private static final long DRAIN_MS = 2_000;

  private final Keyring keyring;
  private final long timeoutMs;
  private final int maxWorkers;
  private final Dispatcher dispatcher = new Dispatcher();
  private final StoreAccess stores = dispatcher.stores();
  private final Publisher publisher;
  private final GroupBus home;

  /**
   * A bus without a store; see {@link #storeArrived}.
   *
   * @param publishTimeoutMs how long a publisher waits for a store
   * @param maxWorkers most threads that one listener gets
   */
  public LogEventBus(Keyring keyring, long publishTimeoutMs, int maxWorkers) {
    this.keyring = keyring;
    this.timeoutMs = publishTimeoutMs;
    this.maxWorkers = maxWorkers;
    this.publisher = new Publisher(stores, publishTimeoutMs);
    this.home = new LogGroupBus(this, keyring.homeGroup());
    dispatcher.start();
  }

  /** From now on this is the store. */
  public void storeArrived(EventLogs logs) {
    stores.arrived(logs);
  }

  /** This store is about to close. */
  public void storeDeparted(EventLogs logs) {
    stores.departed(logs);
  }

  Keyring keyring() {
    return keyring;
  }

  Publisher publisher() {
    return publisher;
  }

  @Override
  public GroupBus home() {
    return home;
  }

  @Override
  public GroupBus in(GroupId group) {
    LogGroupBus part = new LogGroupBus(this, group);
    part.requireMembership();
    return part;
  }

  EventLog log(OwnTopic topic) {
    return stores.require(null, timeoutMs).own(topic);
  }

  @Override
  public Subscription subscribeAll(ListenerOptions options, EventListener listener) {
    return start(new Audience(null, null), options, listener, reason -> {});
  }

  Observable<Event> observe(Audience audience, ListenerOptions options) {
    return observer ->
        start(audience, options, observer::onNext, reason -> finish(observer, reason));
  }

  private static void finish(Observer<?> observer, @Nullable Throwable reason) {
    if (reason == null) {
      observer.onComplete();
    } else {
      observer.onError(reason);
    }
  }

  Subscription start(
      Audience audience,
      ListenerOptions options,
      EventListener target,
      Consumer<@Nullable Throwable> onEnd) {
    int threads = Math.min(options.workers(), maxWorkers);
    Listener listener =
        new Listener(audience, options, threads, target, onEnd, dispatcher::remove, stores);
    // First in the list, then the position: what comes between is before "now" and not missed.
    dispatcher.add(listener);
    listener.start(end());
    return listener;
  }

  private long end() {
    StoreAccess.Session session = stores.current();
    try {
      return session == null ? 0 : session.logs().endPosition();
    } catch (XfException e) {
      return Math.max(0, dispatcher.position()); // it stops just now; its successor goes on there
    }
  }

  @Override
  public BusStats stats() {
    return new BusStats(
        publisher.published(),
        publisher.refused(),
        publisher.retried(),
        dispatcher.position(),
        dispatcher.listeners().stream().map(Listener::stats).toList());
  }

  /** Delivers what is durable, for at most two seconds, then ends every subscription. */
  @Override
  public void close() {
    publisher.close();
    dispatcher.stop(DRAIN_MS);
  }
}
