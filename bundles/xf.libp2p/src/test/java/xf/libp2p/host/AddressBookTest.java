package xf.libp2p.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;
import xf.testkit.net.TestIdentity;
import xf.testkit.net.VirtualTimers;

class AddressBookTest {
  private static final PeerId ALICE = new TestIdentity(1).peerId();
  private static final PeerId BOB = new TestIdentity(2).peerId();
  private static final PeerId CAROL = new TestIdentity(3).peerId();

  private final VirtualTimers timers = new VirtualTimers();
  private final AddressBook book = new AddressBook(timers, 2, 3);

  private static Multiaddr address(int n) {
    return Multiaddr.parse("/ip4/192.0.2." + n + "/tcp/1");
  }

  @Test
  void shouldForgetAnAddressWhenItsTimeIsOver() {
    book.add(ALICE, List.of(address(1)), Duration.ofSeconds(10));
    book.add(ALICE, List.of(address(2)), Duration.ofSeconds(20));
    assertEquals(List.of(address(2), address(1)), book.find(ALICE));
    timers.advance(Duration.ofSeconds(10));
    assertEquals(List.of(address(2)), book.find(ALICE));
    timers.advance(Duration.ofSeconds(10));
    assertEquals(List.of(), book.find(ALICE));
  }

  @Test
  void shouldKeepTheLongerOfTwoTimes() {
    book.add(ALICE, List.of(address(1)), Duration.ofSeconds(10));
    book.add(ALICE, List.of(address(1)), Duration.ofSeconds(1));
    timers.advance(Duration.ofSeconds(5));
    assertEquals(List.of(address(1)), book.find(ALICE));
  }

  @Test
  void shouldKeepTheAddressesThatHoldLongest() {
    for (int i = 1; i <= 5; i++) {
      book.add(ALICE, List.of(address(i)), Duration.ofSeconds(10 + i));
    }
    assertEquals(List.of(address(5), address(4), address(3)), book.find(ALICE));
  }

  @Test
  void shouldForgetThePeerThatNobodyAskedForLongest() {
    book.add(ALICE, List.of(address(1)), Duration.ofHours(1));
    book.add(BOB, List.of(address(2)), Duration.ofHours(1));
    assertEquals(List.of(address(1)), book.find(ALICE));
    book.add(CAROL, List.of(address(3)), Duration.ofHours(1));
    assertEquals(List.of(), book.find(BOB));
    assertEquals(List.of(address(1)), book.find(ALICE));
    assertEquals(2, book.size());
  }

  @Test
  void shouldIgnoreAnAddressOfSomebodyElse() {
    book.add(
        ALICE, List.of(address(1).withPeer(ALICE), address(2).withPeer(BOB)), Duration.ofHours(1));
    assertEquals(List.of(address(1)), book.find(ALICE));
  }
}
