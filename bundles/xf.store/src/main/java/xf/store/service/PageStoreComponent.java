package xf.store.service;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import xf.store.PageStore;
import xf.store.segment.SegmentPageStore;

/** The page store as a service; forced when the bundle stops. */
@Component(service = PageStore.class, configurationPid = StoreSettings.PID)
public final class PageStoreComponent extends SegmentPageStore {
  /** Opens the store. */
  @Activate
  public PageStoreComponent(BundleContext context, StoreSettings settings) {
    super(Folders.of(context, "pagePath", settings.pagePath(), "pages"), settings.lockPages());
  }

  @Override
  @Deactivate
  public void close() {
    super.close();
  }
}
