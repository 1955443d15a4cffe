package xf.event.dispatch;

import java.util.concurrent.CompletableFuture;
import xf.event.ErrorCode;
import xf.event.Event;
import xf.event.EventDraft;
import xf.event.EventListener;
import xf.event.EventLog;
import xf.event.GroupBus;
import xf.event.GroupId;
import xf.event.ListenerOptions;
import xf.event.Observable;
import xf.event.Receipt;
import xf.event.Subscription;
import xf.event.XfException;

/** One group's part of the bus. */
final class LogGroupBus implements GroupBus {
  private final LogEventBus bus;
  private final GroupId group;

  LogGroupBus(LogEventBus bus, GroupId group) {
    this.bus = bus;
    this.group = group;
  }

  private OwnTopic own(String topic) {
    return new OwnTopic(group, topic, bus.keyring().device().author());
  }

  /** Throws when the device is not in the group, or not any more. */
  void requireMembership() {
    if (!bus.keyring().isIn(group)) {
      throw new XfException(ErrorCode.NOT_FOUND, "group " + group + ": this device is not in it");
    }
  }

  @Override
  public GroupId group() {
    return group;
  }

  @Override
  public CompletableFuture<Receipt> publish(String topic, EventDraft draft) {
    try {
      requireMembership();
    } catch (XfException e) {
      return CompletableFuture.failedFuture(e);
    }
    return bus.publisher().publish(own(topic), draft);
  }

  @Override
  public EventLog log(String topic) {
    requireMembership();
    return bus.log(own(topic));
  }

  @Override
  public CompletableFuture<Receipt> newEpoch(String topic, EventDraft first) {
    try {
      requireMembership();
    } catch (XfException e) {
      return CompletableFuture.failedFuture(e);
    }
    return bus.publisher().newEpoch(own(topic), first);
  }

  @Override
  public Subscription subscribe(String topic, ListenerOptions options, EventListener listener) {
    return bus.start(new Audience(group, topic), options, listener, reason -> {});
  }

  @Override
  public Subscription subscribeAll(ListenerOptions options, EventListener listener) {
    return bus.start(new Audience(group, null), options, listener, reason -> {});
  }

  @Override
  public Observable<Event> observe(String topic, ListenerOptions options) {
    return bus.observe(new Audience(group, topic), options);
  }
}
