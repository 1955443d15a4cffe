package xf.itest;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;
import xf.event.Event;
import xf.event.EventBus;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.Hash;
import xf.event.ListenerOptions;
import xf.event.Receipt;
import xf.event.Subscription;
import xf.merkle.CheckReport;
import xf.merkle.Checkpoint;
import xf.merkle.MerkleIndex;
import xf.merkle.TreeHasher;

/** What one node does with what is published, in a real framework. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class PublishAndProveIT {
  @Inject private EventBus bus;
  @Inject private MerkleIndex index;
  @Inject private BundleContext context;

  @Configuration
  public static Option[] configuration() {
    return Node.bundlesOfTheHome();
  }

  private Receipt publish(String topic, String text) {
    ByteBuffer payload = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    return bus.publish(topic, payload).join();
  }

  @Test
  public void shouldHaveTheOptionalCipher() {
    try (Services services = new Services(context)) {
      assertTrue(services.isWired("xf.libp2p", "org.conscrypt"));
    }
  }

  @Test
  public void shouldProveWhatWasPublished() {
    for (int i = 0; i < 300; i++) {
      assertEquals(i, publish("proved", "event " + i).index());
    }
    EventLog log = bus.log("proved");
    Checkpoint checkpoint = index.checkpoint(log.id());
    checkpoint.verify();
    assertEquals(300, checkpoint.head().size());
    TreeHasher hasher = new TreeHasher();
    for (long i : new long[] {0, 255, 256, 299}) {
      Hash id = log.read(i, EventView::copyId);
      index.proveInclusion(log.id(), i, 300).verify(hasher, id, checkpoint.head());
    }
  }

  @Test
  public void shouldDeliverToListenersInOrder() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    publish("heard", "0");
    Subscription subscription =
        bus.subscribe(
            "heard",
            ListenerOptions.named("itest").fromTheStart(),
            (Event event) -> heard.add(new String(event.payload(), StandardCharsets.UTF_8)));
    try {
      for (int i = 1; i < 20; i++) {
        publish("heard", Integer.toString(i));
      }
      for (int i = 0; i < 20; i++) {
        assertEquals(Integer.toString(i), heard.poll(10, TimeUnit.SECONDS));
      }
    } finally {
      subscription.close();
    }
  }

  @Test
  public void shouldHaveTheSameRootAfterEveryBundleRestarted() throws Exception {
    for (int i = 0; i < 700; i++) {
      publish("same", "event " + i);
    }
    Hash before = index.head(bus.log("same").id()).root();
    byte[] first = bus.log("same").read(0, EventView::copyBytes);
    try (Services services = new Services(context)) {
      for (String name : Services.PROVIDERS) {
        services.bundle(name).stop();
      }
      for (String name : Services.PROVIDERS) {
        services.bundle(name).start();
      }
      EventBus newBus = services.await(EventBus.class);
      MerkleIndex newIndex = services.await(MerkleIndex.class);
      EventLog log = newBus.log("same");
      assertEquals(before, newIndex.head(log.id()).root());
      assertArrayEquals(first, log.read(0, EventView::copyBytes));
      List<String> problems = new ArrayList<>();
      CheckReport report = newIndex.check(false, problems::add, progress -> {});
      assertEquals(List.of(), problems);
      assertTrue(report.toString(), report.events() >= 700);
    }
  }
}
