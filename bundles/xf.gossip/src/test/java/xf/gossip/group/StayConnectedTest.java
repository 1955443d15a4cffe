package xf.gossip.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.gossip.Invitation;
import xf.gossip.MemberInfo;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;

/** Members find one another, stay together, and say why not when they do not. */
class StayConnectedTest {
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

  private static Set<PeerId> connected(Device device, GroupId group) {
    return device.groups.members(group).stream()
        .filter(MemberInfo::connected)
        .map(MemberInfo::peer)
        .collect(Collectors.toSet());
  }

  private void awaitConnected(Device device, GroupId group, Device... others) {
    Set<PeerId> all =
        List.of(others).stream().map(each -> each.network.peerId()).collect(Collectors.toSet());
    devices.await(
        () -> connected(device, group).equals(all), () -> "" + device.groups.members(group));
  }

  private void awaitWhy(Device device, Device peer, String words) {
    awaitWhy(device, peer.network.peerId(), words);
  }

  private void awaitWhy(Device device, PeerId peer, String words) {
    devices.await(
        () -> device.sync.why(peer).toString().contains(words), () -> "" + device.sync.why(peer));
  }

  @Test
  void shouldLearnOfMembersFromMembersAndFindThemAgainAfterARestart() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    Device c = devices.start("c");
    GroupId group = b.groups.create("family").id();
    Invitation invitation = b.groups.invite(group);
    a.groups.join(invitation);
    awaitConnected(a, group, b);
    c.groups.join(invitation);
    awaitConnected(a, group, b, c);
    awaitConnected(c, group, a, b);

    devices.stop("a");
    Device again = devices.start("a");
    awaitConnected(again, group, b, c);

    devices.stop("b"); // who brought them together is not needed any more
    Device back = devices.restart("a");
    awaitConnected(back, group, c);
    c.publish(group, "t", "x", 3);
    devices.awaitEvents(group, 3, back);
  }

  @Test
  void shouldFollowAMemberToAnotherAddressAndTryAllThatAreKnown() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    GroupId group = b.groups.create("family").id();
    Invitation invitation = b.groups.invite(group);
    List<Multiaddr> addresses = new ArrayList<>();
    addresses.add(Multiaddr.parse("/memory/nobody/p2p/" + b.network.peerId()));
    addresses.addAll(invitation.addresses());
    a.groups.join(new Invitation(invitation.secret(), "family", addresses));
    awaitConnected(a, group, b);
    b.network.listen(Multiaddr.parse("/memory/moved")).join();
    devices.await(
        () -> a.groups.members(group).get(0).addresses().toString().contains("/memory/moved"),
        () -> "" + a.groups.members(group));
    assertFalse(a.groups.members(group).get(0).addresses().toString().contains("nobody"));
  }

  @Test
  void shouldTryAgainLessAndLessOften() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    GroupId group = b.groups.create("family").id();
    a.groups.join(b.groups.invite(group));
    awaitConnected(a, group, b);
    PeerId gone = b.network.peerId();
    devices.stop("b");
    awaitWhy(a, gone, "a member, not connected; ");
    awaitWhy(a, gone, "; next attempt in ");
    devices.pass(Duration.ofMinutes(3));
    awaitWhy(a, gone, "; next attempt in ");
    String why = a.sync.why(gone).toString();
    int seconds = Integer.parseInt(why.replaceAll("(?s).*next attempt in (\\d+) s.*", "$1"));
    assertTrue(seconds <= 375, why);
    Device back = devices.start("b");
    devices.pass(Duration.ofSeconds(seconds)); // b was gone before it heard where a is
    awaitConnected(a, group, back);
  }

  @Test
  void shouldSayWhyNothingMoves() {
    Device a = devices.start("a");
    Device b = devices.start("b");
    Device stranger = devices.start("stranger");
    GroupId group = a.groups.create("family").id();
    a.groups.create("one that b has nothing to do with");
    awaitWhy(a, b, "not known to be a member of any group here");
    assertEquals(1, a.sync.why(b.network.peerId()).size());
    awaitWhy(a, a, "this is the device itself.");
    b.groups.join(a.groups.invite(group));
    awaitWhy(a, b, "in sync.");
    awaitWhy(b, a, "in sync.");
    assertEquals(List.of("group " + group + ": in sync."), a.sync.why(b.network.peerId()));
    GroupId other = b.groups.create("other").id();
    a.groups.join(b.groups.invite(other));
    awaitWhy(a, b, "group " + other + ": in sync.");
    assertEquals(2, a.sync.why(b.network.peerId()).size(), "one for each group that both are in");

    // Who thinks that it is in another group with us is told nothing, and learns nothing.
    GroupSecret third = GroupSecret.random(new SecureRandom());
    List<Multiaddr> addresses = a.groups.invite(group).addresses();
    stranger.groups.join(new Invitation(third, "third", addresses));
    awaitWhy(stranger, a, "next attempt in ");
    assertTrue(connected(stranger, third.id()).isEmpty());
    awaitWhy(a, stranger, "not known to be a member of any group here");
  }
}
