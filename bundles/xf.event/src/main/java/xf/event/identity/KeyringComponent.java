package xf.event.identity;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.AuthorKey;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.event.Keyring;
import xf.event.Signer;

/** The {@link FileKeyring} of the configured folder as a service. */
@Component(service = Keyring.class, configurationPid = EventConfig.PID)
@Designate(ocd = EventConfig.class)
public final class KeyringComponent implements Keyring {
  private static final Logger LOG = LoggerFactory.getLogger(KeyringComponent.class);
  private static final String DATA_PROPERTY = "xf.data";

  private final Keyring keyring;

  /** Opens the keys; fails, and the service stays away, when they cannot be trusted. */
  @Activate
  public KeyringComponent(BundleContext context, EventConfig config) {
    Path folder = folder(context.getProperty(DATA_PROPERTY), config.identityPath());
    keyring = FileKeyring.open(folder, new SecureRandom());
    LOG.info("device {} from {}", keyring.device().author(), folder);
  }

  private static Path folder(@Nullable String data, String configured) {
    return configured.isBlank()
        ? Path.of(data == null ? "data" : data, "identity")
        : Path.of(configured);
  }

  @Override
  public Signer device() {
    return keyring.device();
  }

  @Override
  public GroupId homeGroup() {
    return keyring.homeGroup();
  }

  @Override
  public List<GroupSecret> groups() {
    return keyring.groups();
  }

  @Override
  public boolean isIn(GroupId group) {
    return keyring.isIn(group);
  }

  @Override
  public void keep(GroupSecret group) {
    keyring.keep(group);
  }

  @Override
  public void forget(GroupId group) {
    keyring.forget(group);
  }

  @Override
  public List<Signer> derive(List<String> labels) {
    return keyring.derive(labels);
  }

  @Override
  public Optional<Signer> find(AuthorKey author) {
    return keyring.find(author);
  }

  @Override
  public Optional<String> label(AuthorKey author) {
    return keyring.label(author);
  }
}
