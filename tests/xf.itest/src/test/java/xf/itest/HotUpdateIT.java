package xf.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.wiring.FrameworkWiring;
import xf.event.EventBus;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.Receipt;
import xf.event.XfException;
import xf.merkle.MerkleIndex;

/** Every bundle of ours is exchanged while an application publishes. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class HotUpdateIT {
  private static final int ROUNDS = 3;
  private static final int EVENTS_BETWEEN = 50;

  @Inject private BundleContext context;

  @Configuration
  public static Option[] configuration() {
    return Node.bundlesOfTheHome();
  }

  /** Publishes as an application does: takes the bus that is there, notes what was acknowledged. */
  private static final class Publisher implements Runnable {
    final Services services;
    final ConcurrentSkipListMap<Long, String> acknowledged = new ConcurrentSkipListMap<>();
    final Map<String, Integer> refused = new ConcurrentHashMap<>();
    volatile boolean stop;

    Publisher(Services services) {
      this.services = services;
    }

    @Override
    public void run() {
      for (int i = 0; !stop; i++) {
        String text = "event " + i;
        try {
          ByteBuffer payload = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
          Receipt receipt = services.await(EventBus.class).publish("hot", payload).join();
          acknowledged.put(receipt.index(), text);
        } catch (CompletionException | XfException e) {
          refused.merge(String.valueOf(e.getMessage()), 1, Integer::sum);
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    void awaitMore(int events) {
      int target = acknowledged.size() + events;
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (acknowledged.size() < target) {
        assertTrue("publisher stuck; refused: " + refused, System.nanoTime() < deadline);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }
  }

  @Test
  public void shouldLoseNothingAndBounceNobodyWhenBundlesAreExchanged() throws Exception {
    try (Services services = new Services(context)) {
      services.await(MerkleIndex.class);
      Publisher publisher = new Publisher(services);
      Thread thread = new Thread(publisher, "itest-publisher");
      thread.start();
      for (int round = 0; round < ROUNDS; round++) {
        for (String name : Services.PROVIDERS) {
          publisher.awaitMore(EVENTS_BETWEEN);
          assertEquals(Set.of(name), bounced(() -> restart(services.bundle(name))));
          publisher.awaitMore(EVENTS_BETWEEN);
          assertEquals(Set.of(name), bounced(() -> update(services.bundle(name))));
        }
      }
      publisher.awaitMore(EVENTS_BETWEEN);
      publisher.stop = true;
      thread.join(30_000);
      assertFalse("publisher still runs", thread.isAlive());

      EventLog log = services.await(EventBus.class).log("hot");
      for (Map.Entry<Long, String> each : publisher.acknowledged.entrySet()) {
        byte[] payload = log.read(each.getKey(), EventView::copyPayload);
        assertEquals(each.getValue(), new String(payload, StandardCharsets.UTF_8));
      }
      List<String> problems = new ArrayList<>();
      services.await(MerkleIndex.class).check(false, problems::add, progress -> {});
      assertEquals(List.of(), problems);
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  private static void restart(Bundle bundle) throws Exception {
    bundle.stop();
    bundle.start();
  }

  /**
   * What FileInstall does with a changed jar: update, then refresh whoever is wired to the old one.
   */
  private void update(Bundle bundle) throws Exception {
    bundle.stop();
    bundle.update();
    FrameworkWiring wiring = context.getBundle(0).adapt(FrameworkWiring.class);
    CountDownLatch refreshed = new CountDownLatch(1);
    wiring.refreshBundles(
        List.of(bundle),
        event -> {
          if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
            refreshed.countDown();
          }
        });
    assertTrue("not refreshed", refreshed.await(30, TimeUnit.SECONDS));
    bundle.start();
  }

  /** The names of the bundles that were stopped meanwhile. */
  private Set<String> bounced(Step step) throws Exception {
    Set<String> names = new TreeSet<>();
    SynchronousBundleListener listener =
        event -> {
          if (event.getType() == BundleEvent.STOPPED) {
            synchronized (names) {
              names.add(event.getBundle().getSymbolicName());
            }
          }
        };
    context.addBundleListener(listener);
    try {
      step.run();
    } finally {
      context.removeBundleListener(listener);
    }
    return names;
  }
}
