package xf.event.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import xf.event.ErrorCode;
import xf.event.Event;
import xf.event.GroupBus;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.event.ListenerOptions;
import xf.event.ListenerStats;
import xf.event.Observer;
import xf.event.Overflow;
import xf.event.Receipt;
import xf.event.Subscription;
import xf.event.XfException;
import xf.event.identity.FileKeyring;

@Timeout(30)
class LogEventBusTest {
  private static final String TOPIC = "news";

  @TempDir Path folder;
  private final MemoryLogs.Disk disk = new MemoryLogs.Disk();
  private MemoryLogs logs = new MemoryLogs(disk);
  private FileKeyring keyring;
  private LogEventBus bus;

  @BeforeEach
  void openBus() {
    bus = newBus(5_000);
    bus.storeArrived(logs);
  }

  @AfterEach
  void closeBus() {
    bus.close();
  }

  private LogEventBus newBus(long timeoutMs) {
    keyring = FileKeyring.open(folder, new SecureRandom());
    return new LogEventBus(keyring, timeoutMs, 8);
  }

  private CompletableFuture<Receipt> publish(String text) {
    return bus.publish(TOPIC, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void publishNumbers(int from, int to) {
    IntStream.range(from, to).forEach(i -> publish(Integer.toString(i)).join());
  }

  private void exchangeStore() {
    bus.storeDeparted(logs);
    logs.stop();
    logs = new MemoryLogs(disk);
    bus.storeArrived(logs);
  }

  private static String text(Event event) {
    return new String(event.payload(), StandardCharsets.UTF_8);
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).toList();
  }

  /** Remembers what it heard. */
  private static final class Ear {
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    void hear(Event event) {
      heard.add(text(event));
    }

    List<String> next(int count) throws InterruptedException {
      List<String> result = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String text = heard.poll(10, TimeUnit.SECONDS);
        assertTrue(text != null, "only " + result);
        result.add(text);
      }
      return result;
    }

    boolean isSilent() throws InterruptedException {
      return heard.poll(100, TimeUnit.MILLISECONDS) == null;
    }
  }

  private ListenerStats onlyListener() {
    return bus.stats().listeners().get(0);
  }

  @Test
  void shouldGiveReceiptsInOrder() {
    for (int i = 0; i < 5; i++) {
      assertEquals(i, publish("x").join().index());
    }
    assertEquals(5, bus.log(TOPIC).size());
    assertEquals(5, bus.stats().published());
  }

  @Test
  void shouldAcceptEventsWithoutAnyListener() {
    publishNumbers(0, 10);
    assertEquals(10, bus.log(TOPIC).size());
  }

  @Test
  void shouldHandleNineOfNineWithAnInboxOfFiveAndThreeWorkersAfterShutdown() {
    AtomicInteger handled = new AtomicInteger();
    ListenerOptions options = ListenerOptions.named("nine").inbox(5, Overflow.BLOCK).parallel(3);
    bus.subscribe(TOPIC, options, event -> handled.incrementAndGet());
    publishNumbers(0, 9);
    bus.close();
    assertEquals(9, handled.get());
  }

  @Test
  void shouldHandleTenOfTenInOrderWithAnInboxOfTwo() throws Exception {
    Ear ear = new Ear();
    CountDownLatch open = new CountDownLatch(1);
    bus.subscribe(
        TOPIC,
        ListenerOptions.named("slow").inbox(2, Overflow.BLOCK),
        event -> {
          open.await();
          ear.hear(event);
        });
    publishNumbers(0, 10);
    open.countDown();
    assertEquals(numbers(0, 10), ear.next(10));
    assertTrue(ear.isSilent());
  }

  @Test
  void shouldLetASlowListenerSlowOnlyItself() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Ear ear = new Ear();
    bus.subscribe(
        TOPIC, ListenerOptions.named("stuck").inbox(1, Overflow.BLOCK), e -> never.await());
    bus.subscribe(TOPIC, ListenerOptions.named("quick"), ear::hear);
    publishNumbers(0, 500);
    assertEquals(numbers(0, 500), ear.next(500));
    assertTrue(onlyListener().fellBehind() > 0);
    never.countDown();
  }

  @Test
  void shouldCountAndSurviveAListenerThatThrows() throws Exception {
    Ear ear = new Ear();
    bus.subscribe(
        TOPIC,
        ListenerOptions.named("fragile"),
        event -> {
          ear.hear(event);
          if (text(event).equals("1")) {
            throw new IllegalStateException("on purpose");
          }
        });
    publishNumbers(0, 3);
    assertEquals(numbers(0, 3), ear.next(3));
    bus.close();
  }

  @Test
  void shouldDropTheOldestAndCountIt() throws Exception {
    Ear ear = new Ear();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch open = new CountDownLatch(1);
    bus.subscribe(
        TOPIC,
        ListenerOptions.named("latest").inbox(2, Overflow.DROP_OLDEST),
        event -> {
          started.countDown();
          open.await();
          ear.hear(event);
        });
    publish("0").join();
    started.await();
    publishNumbers(1, 10);
    awaitPosition(10);
    open.countDown();
    assertEquals(List.of("0", "8", "9"), ear.next(3));
    assertEquals(7, onlyListener().dropped());
  }

  private void awaitPosition(long position) {
    while (bus.stats().position() < position) {
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldEndAListenerThatAskedToFailWhenItsInboxIsFull() throws Exception {
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    CountDownLatch open = new CountDownLatch(1);
    bus.observe(TOPIC, ListenerOptions.named("strict").inbox(1, Overflow.FAIL))
        .subscribe(
            new Observer<>() {
              @Override
              public void onNext(Event event) {
                try {
                  open.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }

              @Override
              public void onError(Throwable error) {
                end.complete(error);
              }
            });
    publishNumbers(0, 5);
    awaitPosition(5);
    open.countDown();
    XfException error = assertInstanceOf(XfException.class, end.get(10, TimeUnit.SECONDS));
    assertEquals(ErrorCode.OVERLOADED, error.code());
    assertTrue(bus.stats().listeners().isEmpty());
  }

  @Test
  void shouldGiveALateListenerOnlyWhatComesThenUnlessItAsksForAll() throws Exception {
    publishNumbers(0, 3);
    Ear late = new Ear();
    Ear all = new Ear();
    bus.subscribe(TOPIC, ListenerOptions.named("late"), late::hear);
    bus.subscribe(TOPIC, ListenerOptions.named("all").fromTheStart(), all::hear);
    publishNumbers(3, 6);
    assertEquals(numbers(3, 6), late.next(3));
    assertEquals(numbers(0, 6), all.next(6));
    assertTrue(late.isSilent() && all.isSilent());
  }

  @Test
  void shouldHearOnlyItsTopicAndEveryStreamWhenAskedTo() throws Exception {
    Ear news = new Ear();
    Ear everything = new Ear();
    bus.subscribe(TOPIC, ListenerOptions.named("news"), news::hear);
    bus.subscribeAll(ListenerOptions.named("all"), everything::hear);
    bus.publish("sport", ByteBuffer.wrap(new byte[] {'s'})).join();
    publish("n").join();
    assertEquals(List.of("n"), news.next(1));
    assertEquals(List.of("s", "n"), everything.next(2));
  }

  @Test
  void shouldHearNothingAfterItIsClosed() throws Exception {
    Ear ear = new Ear();
    Subscription subscription = bus.subscribe(TOPIC, ListenerOptions.named("gone"), ear::hear);
    publish("0").join();
    assertEquals(List.of("0"), ear.next(1));
    subscription.close();
    subscription.close();
    publish("1").join();
    assertTrue(ear.isSilent());
    assertTrue(bus.stats().listeners().isEmpty());
  }

  @Test
  void shouldMapAndFilterAndComplete() throws Exception {
    BlockingQueue<Integer> seen = new LinkedBlockingQueue<>();
    CountDownLatch completed = new CountDownLatch(1);
    bus.observe(TOPIC, ListenerOptions.named("even"))
        .map(event -> Integer.valueOf(text(event)))
        .filter(number -> number % 2 == 0)
        .subscribe(
            new Observer<>() {
              @Override
              public void onNext(Integer value) {
                seen.add(value);
              }

              @Override
              public void onComplete() {
                completed.countDown();
              }
            });
    publishNumbers(0, 6);
    for (int expected = 0; expected < 6; expected += 2) {
      assertEquals(expected, seen.poll(10, TimeUnit.SECONDS));
    }
    bus.close();
    assertTrue(completed.await(10, TimeUnit.SECONDS));
  }

  @Test
  void shouldLoseNothingWhileTheStoreIsExchanged() throws Exception {
    Ear ear = new Ear();
    bus.subscribe(TOPIC, ListenerOptions.named("steady").inbox(4, Overflow.BLOCK), ear::hear);
    Thread publisher = new Thread(() -> publishNumbers(0, 2_000));
    publisher.start();
    Random random = new Random(42);
    for (int i = 0; i < 20; i++) {
      awaitPosition(random.nextInt(80) + 90L * i);
      exchangeStore();
    }
    publisher.join();
    assertEquals(numbers(0, 2_000), ear.next(2_000));
    assertEquals(2_000, bus.log(TOPIC).size());
    assertTrue(ear.isSilent());
  }

  @Test
  void shouldWaitForTheStoreAndThenSucceed() throws Exception {
    bus.storeDeparted(logs);
    CompletableFuture<Receipt> receipt = CompletableFuture.supplyAsync(() -> publish("x").join());
    assertThrows(TimeoutException.class, () -> receipt.get(50, TimeUnit.MILLISECONDS));
    bus.storeArrived(logs);
    assertEquals(0, receipt.get(10, TimeUnit.SECONDS).index());
  }

  @Test
  void shouldAppendAgainToTheNextStoreWhenOneStopsUnderIt() throws Exception {
    logs.stop();
    CompletableFuture<Receipt> first = publish("a");
    CompletableFuture<Receipt> second = publish("b");
    assertFalse(first.isDone());
    MemoryLogs next = new MemoryLogs(disk);
    bus.storeArrived(next);
    assertEquals(0, first.get(10, TimeUnit.SECONDS).index());
    assertEquals(1, second.get(10, TimeUnit.SECONDS).index());
    assertEquals(2, bus.stats().published());
    assertTrue(bus.stats().retried() >= 1);
  }

  @Test
  void shouldSayUnavailableAfterTheTimeout() {
    try (LogEventBus impatient = newBus(20)) {
      CompletableFuture<Receipt> receipt =
          impatient.publish(TOPIC, ByteBuffer.wrap(new byte[] {1}));
      ExecutionException e = assertThrows(ExecutionException.class, receipt::get);
      assertEquals(ErrorCode.UNAVAILABLE, assertInstanceOf(XfException.class, e.getCause()).code());
      assertEquals(1, impatient.stats().refused());
    }
  }

  @Test
  void shouldRefuseABadTopicThroughTheFuture() {
    ExecutionException e =
        assertThrows(
            ExecutionException.class, () -> bus.publish("a@b", ByteBuffer.wrap(new byte[0])).get());
    assertEquals(
        ErrorCode.BAD_CONFIGURATION, assertInstanceOf(XfException.class, e.getCause()).code());
  }

  @Test
  void shouldGoOnFromTheEndOfAnotherStore() throws Exception {
    publishNumbers(0, 5);
    awaitPosition(5);
    Ear ear = new Ear();
    bus.subscribe(TOPIC, ListenerOptions.named("moved"), ear::hear);
    bus.storeDeparted(logs);
    logs = new MemoryLogs(new MemoryLogs.Disk());
    bus.storeArrived(logs);
    awaitEnd(0);
    publish("fresh").join();
    assertEquals(List.of("fresh"), ear.next(1));
  }

  private void awaitEnd(long position) {
    while (bus.stats().position() != position) {
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldNeverGiveAnEventTwice() throws Exception {
    Random random = new Random(7);
    Ear ear = new Ear();
    bus.subscribe(
        TOPIC,
        ListenerOptions.named("jittery").inbox(1, Overflow.BLOCK),
        event -> {
          if (random.nextInt(50) == 0) {
            TimeUnit.MICROSECONDS.sleep(200);
          }
          ear.hear(event);
        });
    publishNumbers(0, 3_000);
    assertEquals(numbers(0, 3_000), ear.next(3_000));
    assertTrue(ear.isSilent());
  }

  private GroupBus join() {
    GroupSecret secret = GroupSecret.random(new SecureRandom());
    keyring.keep(secret);
    return bus.in(secret.id());
  }

  private static void publish(GroupBus group, String text) {
    group.publish(TOPIC, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))).join();
  }

  @Test
  void shouldKeepTheTopicsOfGroupsApart() throws Exception {
    GroupBus family = join();
    GroupBus work = join();
    Ear atHome = new Ear();
    Ear inFamily = new Ear();
    Ear everywhere = new Ear();
    bus.subscribe(TOPIC, ListenerOptions.named("home"), atHome::hear);
    family.subscribe(TOPIC, ListenerOptions.named("family"), inFamily::hear);
    bus.subscribeAll(ListenerOptions.named("all"), everywhere::hear);
    publish("1").join();
    publish(family, "2");
    publish(work, "3");
    publish(family, "4");
    assertEquals(List.of("1"), atHome.next(1));
    assertEquals(List.of("2", "4"), inFamily.next(2));
    assertEquals(List.of("1", "2", "3", "4"), everywhere.next(4));
    assertTrue(atHome.isSilent());
    assertTrue(inFamily.isSilent());
    assertEquals(2, family.log(TOPIC).size());
    assertEquals(family.group(), family.log(TOPIC).name().group());
    assertEquals(keyring.homeGroup(), bus.home().group());
    Ear late = new Ear();
    family.subscribeAll(ListenerOptions.named("late").fromTheStart(), late::hear);
    assertEquals(List.of("2", "4"), late.next(2));
  }

  @Test
  void shouldRefuseAGroupThatTheDeviceIsNotOrNoLongerIn() {
    GroupId stranger = GroupSecret.random(new SecureRandom()).id();
    assertEquals(
        ErrorCode.NOT_FOUND, assertThrows(XfException.class, () -> bus.in(stranger)).code());
    GroupBus left = join();
    publish(left, "1");
    keyring.forget(left.group());
    CompletableFuture<Receipt> refused = left.publish(TOPIC, ByteBuffer.allocate(1));
    ExecutionException e = assertThrows(ExecutionException.class, refused::get);
    assertEquals(ErrorCode.NOT_FOUND, assertInstanceOf(XfException.class, e.getCause()).code());
    assertThrows(XfException.class, () -> left.log(TOPIC));
  }
}
