package xf.merkle.index;

import java.nio.file.Path;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import xf.event.Keyring;
import xf.merkle.MerkleIndex;
import xf.store.EventStore;
import xf.store.PageStore;

/** The index as a service; stops following when one of the stores or the keys go. */
@Component(service = MerkleIndex.class, configurationPid = IndexSettings.PID, immediate = true)
@Designate(ocd = IndexSettings.class)
public final class MerkleIndexComponent extends LiveMerkleIndex {
  private static final String DATA_PROPERTY = "xf.data";

  /** Opens the index. */
  @Activate
  public MerkleIndexComponent(
      BundleContext context,
      IndexSettings settings,
      @Reference EventStore store,
      @Reference PageStore pages,
      @Reference Keyring keyring) {
    super(store, pages, keyring, ratchetFile(context, settings));
  }

  private static Path ratchetFile(BundleContext context, IndexSettings settings) {
    if (!settings.ratchetPath().isEmpty()) {
      return Path.of(settings.ratchetPath());
    }
    String data = context.getProperty(DATA_PROPERTY);
    return Path.of(data == null ? "data" : data, "identity", "ratchet");
  }

  @Override
  @Deactivate
  public void close() {
    super.close();
  }
}
