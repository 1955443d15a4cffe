package xf.store.service;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;
import xf.event.EventLogs;
import xf.store.EventStore;
import xf.store.lmdb.LmdbEventStore;

/** The event store as a service; closed when the bundle stops. */
@Component(
    service = {EventStore.class, EventLogs.class},
    configurationPid = StoreSettings.PID,
    immediate = true)
@Designate(ocd = StoreSettings.class)
public final class EventStoreComponent extends LmdbEventStore {
  /** Opens the store. */
  @Activate
  public EventStoreComponent(BundleContext context, StoreSettings settings) {
    super(
        Folders.of(context, "dbPath", settings.dbPath(), "events"),
        settings.mapBytes(),
        System::currentTimeMillis);
  }

  @Override
  @Deactivate
  public void close() {
    super.close();
  }
}
