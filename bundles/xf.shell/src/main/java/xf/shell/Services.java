package xf.shell;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;
import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * The node's services, looked up when a command needs them and then held, so that a component which
 * lives as long as it is used stays open between two commands. When one is not there, this asks the
 * component runtime why, and waits only while it may still come.
 */
@Component(service = Services.class)
public final class Services {
  private static final long WAIT_MS = 15_000;
  private static final long STEP_MS = 200;
  private static final int MAX_DEPTH = 8;

  private record Held(ServiceReference<?> reference, Object service) {}

  private final BundleContext context;
  private final ServiceComponentRuntime components;
  private final Map<Class<?>, Held> held = new ConcurrentHashMap<>();
  private final Semaphore changes = new Semaphore(0);
  private final ServiceListener listener = this::serviceChanged;

  /** Listens for services of this product. */
  @Activate
  public Services(BundleContext context, @Reference ServiceComponentRuntime components)
      throws InvalidSyntaxException {
    this.context = context;
    this.components = components;
    context.addServiceListener(listener, "(objectClass=xf.*)");
  }

  @Deactivate
  void deactivate() {
    context.removeServiceListener(listener);
    held.values().forEach(h -> context.ungetService(h.reference));
    held.clear();
  }

  private void serviceChanged(ServiceEvent event) {
    changes.release();
  }

  /** The service, if it is there or can be made now. */
  <T> Optional<T> find(Class<T> type) {
    Held known = held.get(type);
    if (known != null && known.reference.getBundle() != null) {
      return Optional.of(type.cast(known.service));
    }
    ServiceReference<T> reference = context.getServiceReference(type);
    T service = reference == null ? null : context.getService(reference);
    if (service == null) {
      held.remove(type);
      return Optional.empty();
    }
    held.put(type, new Held(reference, service));
    return Optional.of(service);
  }

  /**
   * The service.
   *
   * @throws XfException {@link ErrorCode#UNAVAILABLE} with the reason, at once when its component
   *     failed, after a while when it only does not come
   */
  <T> T require(Class<T> type) {
    Optional<T> first = find(type);
    if (first.isPresent()) {
      return first.get();
    }
    startRest();
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT_MS);
    while (true) {
      Optional<T> service = find(type);
      if (service.isPresent()) {
        return service.get();
      }
      Optional<String> failure = failure(type.getName(), new HashSet<>());
      if (failure.isPresent()) {
        throw new XfException(ErrorCode.UNAVAILABLE, failure.get());
      }
      if (System.nanoTime() > deadlineNs || !awaitChange()) {
        throw new XfException(
            ErrorCode.UNAVAILABLE,
            type.getSimpleName() + " is not there: no running bundle provides it");
      }
    }
  }

  /** Our own launcher may have left the network out until somebody asks for it. */
  private void startRest() {
    try {
      for (ServiceReference<Runnable> start :
          context.getServiceReferences(Runnable.class, "(xf.launch=network)")) {
        context.getService(start).run();
        context.ungetService(start);
      }
    } catch (InvalidSyntaxException e) {
      throw new AssertionError("a constant filter", e);
    }
  }

  /** Waits for any service to come or go, for a short time; false when interrupted. */
  private boolean awaitChange() {
    try {
      if (changes.tryAcquire(STEP_MS, TimeUnit.MILLISECONDS)) {
        changes.drainPermits();
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Why the components that would provide {@code type} do not; nothing while they may yet. */
  private Optional<String> failure(String type, Set<String> seen) {
    if (seen.size() > MAX_DEPTH || !seen.add(type)) {
      return Optional.empty();
    }
    for (ComponentDescriptionDTO description : components.getComponentDescriptionDTOs()) {
      if (!Set.of(description.serviceInterfaces).contains(type)) {
        continue;
      }
      for (ComponentConfigurationDTO component :
          components.getComponentConfigurationDTOs(description)) {
        Optional<String> reason = failure(description, component, seen);
        if (reason.isPresent()) {
          return reason;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<String> failure(
      ComponentDescriptionDTO description, ComponentConfigurationDTO component, Set<String> seen) {
    if (component.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
      // It may have failed only because something it needs did: that one has the reason.
      Optional<String> own = ownSentence(component.failure);
      return own.isPresent()
          ? own
          : missing(description, reference -> true, seen)
              .or(() -> Optional.of(firstLine(component.failure)));
    }
    if (component.state == ComponentConfigurationDTO.UNSATISFIED_REFERENCE) {
      Set<String> names =
          Arrays.stream(component.unsatisfiedReferences)
              .map(reference -> reference.name)
              .collect(Collectors.toSet());
      return missing(description, reference -> names.contains(reference.name), seen);
    }
    return Optional.empty();
  }

  private Optional<String> missing(
      ComponentDescriptionDTO description, Predicate<ReferenceDTO> which, Set<String> seen) {
    return Arrays.stream(description.references)
        .filter(which)
        .map(reference -> failure(reference.interfaceName, seen))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** The innermost of our own exceptions in a stack trace. */
  static Optional<String> ownSentence(@Nullable String stackTrace) {
    return stackTrace == null
        ? Optional.empty()
        : stackTrace
            .lines()
            .map(line -> line.startsWith("Caused by: ") ? line.substring(11) : line)
            .filter(line -> line.startsWith("xf.") && line.contains("Exception: "))
            .map(line -> line.substring(line.indexOf(": ") + 2))
            .reduce((outer, inner) -> inner);
  }

  private static String firstLine(@Nullable String stackTrace) {
    return stackTrace == null
        ? "a component failed to start and did not say why: see the log"
        : stackTrace.lines().findFirst().orElse("");
  }
}
