package xf.gossip.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.GroupId;
import xf.event.XfException;
import xf.gossip.GroupInfo;
import xf.gossip.Invitation;
import xf.gossip.MemberInfo;
import xf.gossip.SyncStatus;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;
import xf.gossip.sync.SyncEngine;

/** Devices from their groups down. */
class GroupRegistryTest {
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

  @Test
  void shouldConvergeAfterAnInvitation() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    GroupInfo group = a.groups.create("family");
    a.publish(group.id(), "notes", "from a", 300);
    String line = a.groups.invite(group.id()).toText();
    GroupInfo joined = b.groups.join(Invitation.parse(line));
    assertEquals(group.id(), joined.id());
    assertEquals("family", joined.name());
    devices.awaitEvents(group.id(), 300, b);
    b.publish(group.id(), "notes", "from b", 3);
    devices.awaitEvents(group.id(), 303, a);
    SyncStatus status = b.sync.status(group.id());
    assertEquals(0, status.missing());
    List<String> why = new ArrayList<>();
    devices.await(
        () -> {
          why.clear();
          why.addAll(b.sync.why(a.network.peerId()));
          return why.toString().contains("in sync");
        },
        why::toString);
    assertEquals(1, b.groups.find("family").orElseThrow().connectedMembers());
    List<MemberInfo> members = b.groups.members(group.id());
    assertTrue(members.get(0).connected());
  }

  @Test
  void shouldCatchUpAfterBeingOfflineAndBeRememberedOverARestart() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    Device c = devices.start("c");
    GroupId group = a.groups.create("team").id();
    Invitation invitation = a.groups.invite(group);
    b.groups.join(invitation);
    c.groups.join(invitation);
    a.publish(group, "t", "one", 20);
    devices.awaitEvents(group, 20, b, c);
    devices.stop("c");
    a.publish(group, "t", "two", 700);
    b.publish(group, "t", "three", 5);
    devices.awaitEvents(group, 725, a, b);
    Device back = devices.start("c");
    devices.awaitEvents(group, 725, back);
    Device again = devices.restart("a");
    again.publish(group, "t", "four", 1);
    devices.awaitEvents(group, 726, b, back);
    assertEquals("team", again.groups.find("team").orElseThrow().name());
  }

  @Test
  void shouldKeepGroupsApart() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    Device c = devices.start("c");
    GroupId one = a.groups.create("one").id();
    GroupId two = a.groups.create("two").id();
    b.groups.join(a.groups.invite(one));
    c.groups.join(a.groups.invite(two));
    a.publish(one, "t", "x", 10);
    a.publish(two, "t", "y", 20);
    devices.awaitEvents(one, 10, b);
    devices.awaitEvents(two, 20, c);
    assertEquals(0, b.events(two));
    assertEquals(0, c.events(one));
    b.groups.leave(one);
    assertTrue(b.groups.find("one").isEmpty());
    assertEquals(10, b.events(one), "what is here stays");
    assertThrows(XfException.class, () -> b.groups.leave(one));
    assertThrows(XfException.class, () -> b.groups.leave(b.keyring.homeGroup()));
    assertThrows(XfException.class, () -> a.groups.create("two"));
  }

  @Test
  void shouldTakeOnlyTopicsThatAreSubscribedTo() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    GroupId group = a.groups.create("g").id();
    b.groups.join(a.groups.invite(group));
    b.sync.subscribe(group, "wanted");
    a.publish(group, "unwanted", "x", 10);
    a.publish(group, "wanted", "y", 4);
    devices.awaitEvents(group, 4, b);
    b.sync.subscribe(group, "unwanted");
    devices.awaitEvents(group, 14, b);
  }

  @Test
  void shouldEndTheStreamOfAStrangerThatSaysNothingOrNonsense() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    a.groups.create("secret");
    for (byte[] says : new byte[][] {{}, {3, 1, 2, 3}, {127}, {0}}) {
      List<CloseReason> ends = speak(b, a, ByteBuffer.wrap(says));
      long startNs = devices.timers.nowNs();
      devices.await(() -> !ends.isEmpty(), () -> "still open");
      assertTrue(devices.timers.nowNs() - startNs < 11_000_000_000L);
      assertTrue(ends.get(0).remote(), ends::toString);
    }
  }

  /** What a stranger may cost is its first frame, however long the engine takes to look at it. */
  @Test
  void shouldReadNothingAfterTheFirstFrameBeforeItsProofWasLookedAt() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    a.groups.create("secret");
    int more = 100_000;
    List<CloseReason> ends =
        speak(b, a, ByteBuffer.allocate(1 + 50 + more).put((byte) 50).rewind());
    devices.timers.advance(Duration.ofSeconds(1)); // the network's time; the engine gets no turn
    assertEquals(more, a.network.usage().bytes());
    devices.await(() -> !ends.isEmpty(), () -> "still open");
    assertEquals(0, a.network.usage().bytes());
  }

  /** Opens a stream, says something, and hears nothing; how it ended, once it has. */
  private static List<CloseReason> speak(Device stranger, Device to, ByteBuffer says) {
    List<CloseReason> ends = new ArrayList<>();
    StreamHandler handler =
        new StreamHandler() {
          @Override
          public void onOpen(Stream stream) {
            if (says.hasRemaining()) {
              stream.write(says);
            }
          }

          @Override
          public void onReadable(Stream stream) {
            throw new AssertionError("a stranger was told something");
          }

          @Override
          public void onClosed(Stream stream, CloseReason reason) {
            ends.add(reason);
          }
        };
    Multiaddr address = Multiaddr.parse("/memory/a/p2p/" + to.network.peerId());
    var unused =
        stranger
            .network
            .dial(address, Duration.ofSeconds(5))
            .thenCompose(
                connection ->
                    connection.openStream(
                        List.of(SyncEngine.PROTOCOL), handler, Duration.ofSeconds(5)));
    return ends;
  }

  @Test
  void shouldReadBackAnInvitationAndNameWhatIsWrongWithADamagedOne() {
    Device a = devices.start("a");
    Invitation invitation = a.groups.invite(a.keyring.homeGroup());
    String line = invitation.toText();
    assertEquals(invitation, Invitation.parse("  " + line + "\n"));
    assertFalse(invitation.toString().contains(line.substring(12, 40)));
    for (int i = 0; i < line.length(); i++) {
      char other = line.charAt(i) == 'A' ? 'B' : 'A';
      String wrong = line.substring(0, i) + other + line.substring(i + 1);
      assertThrows(XfException.class, () -> Invitation.parse(wrong), wrong);
      String cut = line.substring(0, i);
      assertThrows(XfException.class, () -> Invitation.parse(cut), cut);
    }
  }
}
