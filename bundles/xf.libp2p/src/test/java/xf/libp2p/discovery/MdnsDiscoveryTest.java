package xf.libp2p.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkEvent;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerId;
import xf.testkit.net.MemoryFabric;
import xf.testkit.net.MemoryNetwork;
import xf.testkit.net.TestIdentity;
import xf.testkit.net.VirtualTimers;

/** What is learnt and who is told; the multicast itself is JmDNS's. */
class MdnsDiscoveryTest {
  private static final PeerId BOB = new TestIdentity(2).peerId();
  private static final Multiaddr PLACE = Multiaddr.parse("/ip4/192.0.2.7/tcp/4001");

  private final VirtualTimers timers = new VirtualTimers();
  private final MemoryNetwork network =
      new MemoryFabric(timers, 1, Duration.ZERO, Duration.ZERO)
          .join(new TestIdentity(1), NetworkLimits.DEFAULT);

  @Test
  void shouldTellOfOthersAndKeepWhereTheyAre() {
    List<NetworkEvent> events = new ArrayList<>();
    network.addListener(events::add);
    try (MdnsDiscovery discovery = new MdnsDiscovery(network, new SplittableRandom(1))) {
      discovery.learn(List.of(PLACE.withPeer(BOB), PLACE.withPeer(network.peerId()), PLACE));
    }
    timers.advance(Duration.ofSeconds(1));
    assertEquals(
        List.of(new NetworkEvent.PeerDiscovered(BOB, List.of(PLACE.withPeer(BOB)))), events);
    assertEquals(List.of(PLACE), network.peer(BOB).orElseThrow().addresses());
  }

  @Test
  void shouldOpenNoSocketWhileNobodyCanReachUs() {
    var listening = network.listen(Multiaddr.parse("/memory/0"));
    assertEquals("/memory/1", listening.join().toString());
    try (MdnsDiscovery discovery = new MdnsDiscovery(network, new SplittableRandom(1))) {
      timers.advance(Duration.ofSeconds(1));
      assertEquals(0, discovery.openResponders());
    }
  }
}
