package xf.event.dispatch;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import xf.event.BusStats;
import xf.event.ErrorCode;
import xf.event.EventBus;
import xf.event.EventListener;
import xf.event.EventLogs;
import xf.event.GroupBus;
import xf.event.GroupId;
import xf.event.Keyring;
import xf.event.ListenerOptions;
import xf.event.Subscription;
import xf.event.XfException;
import xf.event.identity.EventConfig;

/** The {@link LogEventBus} as a service; outlives the store that it publishes into. */
@Component(service = EventBus.class, configurationPid = EventConfig.PID)
public final class EventBusComponent implements EventBus {
  private static final String THREADS_PROPERTY = "xf.threads";
  private static final int MAX_THREADS = 64;

  private final LogEventBus bus;

  /** Starts the dispatcher. */
  @Activate
  public EventBusComponent(BundleContext context, EventConfig config, @Reference Keyring keyring) {
    int timeoutMs = config.publishTimeoutMs();
    check("publishTimeoutMs", timeoutMs, 0, 600_000);
    bus = new LogEventBus(keyring, timeoutMs, threads(context.getProperty(THREADS_PROPERTY)));
  }

  private static int threads(@Nullable String value) {
    if (value == null || value.isBlank()) {
      return MAX_THREADS;
    }
    try {
      int threads = Integer.parseInt(value.trim());
      check(THREADS_PROPERTY, threads, 1, MAX_THREADS);
      return threads;
    } catch (NumberFormatException e) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION, THREADS_PROPERTY + " = " + value + ": expected a number", e);
    }
  }

  private static void check(String key, int value, int min, int max) {
    if (value < min || value > max) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION,
          EventConfig.PID + "." + key + " = " + value + ": expected " + min + " to " + max);
    }
  }

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindLogs(EventLogs logs) {
    bus.storeArrived(logs);
  }

  void unbindLogs(EventLogs logs) {
    bus.storeDeparted(logs);
  }

  @Deactivate
  void deactivate() {
    bus.close();
  }

  @Override
  public GroupBus home() {
    return bus.home();
  }

  @Override
  public GroupBus in(GroupId group) {
    return bus.in(group);
  }

  @Override
  public Subscription subscribeAll(ListenerOptions options, EventListener listener) {
    return bus.subscribeAll(options, listener);
  }

  @Override
  public BusStats stats() {
    return bus.stats();
  }
}
