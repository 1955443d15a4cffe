package xf.testkit.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import xf.gossip.net.Connection;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkEvent;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;

class MemoryNetworkTest extends NetworkContract {
  private final VirtualTimers timers = new VirtualTimers();
  private final MemoryFabric fabric =
      new MemoryFabric(timers, 7, Duration.ofMillis(5), Duration.ofMillis(3));

  @Override
  protected Network create(NetworkIdentity identity, NetworkLimits limits) {
    return fabric.join(identity, limits);
  }

  @Override
  protected Multiaddr anyAddress() {
    return Multiaddr.parse("/memory/0");
  }

  @Override
  protected boolean until(BooleanSupplier condition) {
    return timers.advanceUntil(condition, TIMEOUT);
  }

  @Test
  void shouldRunTheSameWayTwice() {
    assertEquals(history(42), history(42));
  }

  private static List<String> history(long seed) {
    VirtualTimers clock = new VirtualTimers();
    MemoryFabric world =
        new MemoryFabric(clock, seed, Duration.ofMillis(20), Duration.ofMillis(100));
    List<String> events = new ArrayList<>();
    MemoryNetwork first = world.join(new TestIdentity(1), NetworkLimits.DEFAULT);
    var unused = first.listen(Multiaddr.parse("/memory/0"));
    for (int i = 2; i < 10; i++) {
      MemoryNetwork next = world.join(new TestIdentity(i), NetworkLimits.DEFAULT);
      next.addListener(event -> events.add(clock.nowNs() + " " + name(event)));
      var unusedDial = next.dial(Multiaddr.parse("/memory/1"), TIMEOUT);
    }
    clock.advance(TIMEOUT);
    return events;
  }

  private static String name(NetworkEvent event) {
    return event.getClass().getSimpleName();
  }

  @Test
  void shouldLoseTheConnectionWhenTheLinkIsCut() {
    MemoryNetwork one = fabric.join(new TestIdentity(11), NetworkLimits.DEFAULT);
    MemoryNetwork two = fabric.join(new TestIdentity(12), NetworkLimits.DEFAULT);
    var bound = two.listen(Multiaddr.parse("/memory/two"));
    assertTrue(bound.isDone());
    var dialled = one.dial(Multiaddr.parse("/memory/two"), TIMEOUT);
    assertTrue(until(dialled::isDone));
    Connection connection = dialled.join();
    fabric.cut(one.peerId(), two.peerId());
    var ping = one.ping(two.peerId(), Duration.ofSeconds(1));
    assertTrue(until(ping::isDone));
    assertTrue(ping.isCompletedExceptionally());
    assertFalse(connection.isOpen());
    fabric.mend(one.peerId(), two.peerId());
    one.learn(two.peerId(), List.of(Multiaddr.parse("/memory/two")), TIMEOUT);
    var again = one.dial(two.peerId(), TIMEOUT);
    assertTrue(until(again::isDone));
    assertTrue(again.join().isOpen());
  }
}
