package xf.gossip.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.Dependency;
import xf.event.ErrorCode;
import xf.event.Event;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.GroupBus;
import xf.event.GroupId;
import xf.event.ListenerOptions;
import xf.event.Receipt;
import xf.event.XfException;

/** A device whose events are brought back from an old backup goes on in a new epoch. */
class EpochTest {
  private static final String TOPIC = "notes";

  @TempDir Path folder;
  private Devices devices;

  @BeforeEach
  void open() {
    devices = new Devices(folder);
  }

  @AfterEach
  void close() {
    devices.close();
  }

  private void copyStore(Path from, Path to) throws IOException {
    delete(to);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static EventDraft text(String text) {
    return EventDraft.of(text.getBytes(UTF_8));
  }

  private static XfException failure(CompletableFuture<Receipt> future) {
    CompletionException e = assertThrows(CompletionException.class, future::join);
    return assertInstanceOf(XfException.class, e.getCause());
  }

  private static void assertSound(Device device) {
    List<String> problems = new ArrayList<>();
    device.index.check(false, problems::add, progress -> {});
    assertEquals(List.of(), problems);
  }

  /** Publishes, saves the events, publishes and signs more, brings the saved events back. */
  private Device restored(GroupId[] group, int saved, int lost) throws IOException {
    Device a = devices.start("a");
    group[0] = a.groups.create("family").id();
    a.publish(group[0], TOPIC, "kept ", saved);
    devices.stop("a");
    Path backup = folder.resolve("backup");
    copyStore(folder.resolve("a/events"), backup);
    a = devices.start("a");
    a.publish(group[0], TOPIC, "lost ", lost);
    a.index.checkpoint(a.bus.in(group[0]).log(TOPIC).id());
    devices.stop("a");
    copyStore(backup, folder.resolve("a/events"));
    return devices.start("a");
  }

  @Test
  void shouldRefuseToForkItselfAndGoOnInANewEpoch() throws Exception {
    GroupId[] group = new GroupId[1];
    Device a = restored(group, 300, 400);
    GroupBus bus = a.bus.in(group[0]);
    EventLog old = bus.log(TOPIC);
    XfException refused = failure(bus.publish(TOPIC, text("no")));
    assertEquals(ErrorCode.FROZEN, refused.code());
    assertTrue(refused.getMessage().contains("xf:epoch notes"), refused.getMessage());

    Receipt first = bus.newEpoch(TOPIC, text("a new beginning")).join();
    assertEquals(0, first.index());
    assertEquals(1, bus.log(TOPIC).name().epoch());
    List<Dependency> seen = bus.log(TOPIC).read(0, view -> List.of(view.dependency(0)));
    assertEquals(List.of(new Dependency(old.id(), 299)), seen);
    assertEquals(1, bus.publish(TOPIC, text("one more")).join().index());
    assertEquals(ErrorCode.BAD_CONFIGURATION, failure(bus.newEpoch(TOPIC, text("no need"))).code());
    a.index.rebuild(old.id(), progress -> {}); // pages were not brought back, and show more
    assertSound(a);

    Device again = devices.restart("a");
    assertEquals(2, again.bus.in(group[0]).publish(TOPIC, text("later")).join().index());
    assertSound(again);
    BlockingQueue<Event> heard = new LinkedBlockingQueue<>();
    again
        .bus
        .in(group[0])
        .subscribe(TOPIC, ListenerOptions.named("all").fromTheStart(), heard::add);
    for (int i = 0; i < 303; i++) {
      Event event = heard.poll(10, TimeUnit.SECONDS);
      assertEquals(i < 300 ? 0 : 1, event.log().epoch());
    }
    Device b = devices.start("b");
    b.groups.join(again.groups.invite(group[0]));
    devices.awaitEvents(group[0], 256 + 3, b); // the old log up to its last page, which is signed
  }

  @Test
  void shouldGoOnInAnEpochOfItsOwnEachTimeABackupIsBroughtBack() throws Exception {
    GroupId[] group = new GroupId[1];
    Device a = restored(group, 3, 4);
    a.bus.in(group[0]).newEpoch(TOPIC, text("epoch 1")).join();
    a.index.checkpoint(a.bus.in(group[0]).log(TOPIC).id());
    devices.stop("a");
    copyStore(folder.resolve("backup"), folder.resolve("a/events"));
    a = devices.start("a");
    GroupBus bus = a.bus.in(group[0]);
    assertEquals(ErrorCode.FROZEN, failure(bus.publish(TOPIC, text("no"))).code());
    bus.newEpoch(TOPIC, text("epoch 2")).join();
    assertEquals(2, bus.log(TOPIC).name().epoch());
    assertEquals(2, bus.log(TOPIC).read(0, view -> view.dependency(0)).index());
    assertSound(a);
    assertEquals(
        1, devices.restart("a").bus.in(group[0]).publish(TOPIC, text("on")).join().index());
  }
}
