package xf.gossip.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.ErrorCode;
import xf.event.EventDraft;
import xf.event.GroupId;
import xf.event.XfException;
import xf.gossip.ForkInfo;
import xf.gossip.Invitation;
import xf.merkle.TreeHasher;

/** What applications hear when a copied device key has signed two histories. */
class ForkHeardTest {
  private static final String TOPIC = "t";

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

  /** Events without the head that signs them prove nothing. */
  private void awaitHead(GroupId group, Device device) {
    devices.await(
        () -> device.sync.heads(group).stream().anyMatch(head -> head.head().size() == 5),
        () -> "" + device.sync.status(group));
  }

  @Test
  void shouldTellApplicationsOnceAndRefuseTheAuthorUntilItGoesOnInANewEpoch() throws IOException {
    Device a = devices.start("a");
    GroupId group = a.groups.create("family").id();
    Invitation invitation = a.groups.invite(group);

    Device one = devices.start("one");
    one.groups.join(invitation);
    one.publish(group, TOPIC, "left", 5);
    awaitHead(group, a);
    devices.stop("one");
    devices.stop("a");

    Path identity = Files.createDirectories(folder.resolve("twin/identity"));
    Files.copy(folder.resolve("one/identity/device.key"), identity.resolve("device.key"));
    Device b = devices.start("b");
    b.groups.join(invitation);
    Device twin = devices.start("twin");
    twin.groups.join(b.groups.invite(group));
    twin.publish(group, TOPIC, "right", 5);
    awaitHead(group, b);
    devices.stop("twin");

    a = devices.start("a");
    List<ForkInfo> heard = new ArrayList<>();
    a.sync.onFork(heard::add);
    devices.pass(Duration.ofMinutes(1)); // b calls it less often by now
    devices.await(
        () -> !heard.isEmpty(),
        () -> "" + b.sync.forks() + b.sync.status(group) + b.groups.members(group));
    Device back = devices.start("one");
    List<ForkInfo> byItself = new ArrayList<>();
    back.sync.onFork(byItself::add);
    devices.await(() -> !byItself.isEmpty(), () -> "its author did not hear of the fork");
    for (List<ForkInfo> each : List.of(heard, byItself)) {
      assertEquals(1, each.size());
      assertEquals(TOPIC, each.get(0).name().orElseThrow().topic());
      each.get(0).evidence().verify(new TreeHasher());
    }
    assertEquals(heard.get(0).evidence().id(), a.sync.forks().get(0).evidence().id());

    EventDraft draft = EventDraft.of("on".getBytes(UTF_8));
    CompletionException refused =
        assertThrows(
            CompletionException.class, () -> back.bus.in(group).publish(TOPIC, draft).join());
    XfException why = assertInstanceOf(XfException.class, refused.getCause());
    assertEquals(ErrorCode.FROZEN, why.code());
    assertTrue(why.getMessage().endsWith("to go on: xf:epoch t"), why.getMessage());
    back.bus.in(group).newEpoch(TOPIC, draft).join();
    devices.awaitEvents(group, 6, a);
  }
}
