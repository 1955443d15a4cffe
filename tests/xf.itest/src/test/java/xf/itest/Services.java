package xf.itest;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.util.tracker.ServiceTracker;

/** Finds bundles by name and services that come and go. */
final class Services implements AutoCloseable {
  /** Our bundles that provide services; the contracts in {@code xf.api} stay. */
  static final List<String> PROVIDERS =
      List.of("xf.event", "xf.store", "xf.merkle", "xf.gossip", "xf.libp2p", "xf.shell");

  private static final long TIMEOUT_MS = 30_000;

  private final BundleContext context;
  private final Map<Class<?>, ServiceTracker<?, ?>> trackers = new HashMap<>();

  Services(BundleContext context) {
    this.context = context;
  }

  Bundle bundle(String name) {
    return Arrays.stream(context.getBundles())
        .filter(bundle -> name.equals(bundle.getSymbolicName()))
        .findAny()
        .orElseThrow(() -> new AssertionError("no bundle " + name));
  }

  /** Whether a bundle gets a package from another. */
  boolean isWired(String name, String packageName) {
    return bundle(name)
        .adapt(BundleWiring.class)
        .getRequiredWires(BundleRevision.PACKAGE_NAMESPACE)
        .stream()
        .map(wire -> wire.getCapability().getAttributes().get(BundleRevision.PACKAGE_NAMESPACE))
        .anyMatch(packageName::equals);
  }

  <S> S await(Class<S> type) throws InterruptedException {
    Object service = trackers.computeIfAbsent(type, this::open).waitForService(TIMEOUT_MS);
    if (service == null) {
      throw new AssertionError("no " + type.getSimpleName() + " after " + TIMEOUT_MS + " ms");
    }
    return type.cast(service);
  }

  private ServiceTracker<?, ?> open(Class<?> type) {
    ServiceTracker<?, ?> tracker = new ServiceTracker<>(context, type, null);
    tracker.open();
    return tracker;
  }

  @Override
  public void close() {
    trackers.values().forEach(ServiceTracker::close);
  }
}
