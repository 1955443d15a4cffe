package xf.libp2p.discovery;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import xf.gossip.net.Multiaddr;
import xf.libp2p.host.HostFactory;
import xf.libp2p.host.HostOptions;
import xf.libp2p.host.Libp2pHost;
import xf.testkit.net.TestIdentity;

/** Two hosts find one another by real multicast, over an interface of this machine. */
class MdnsMulticastTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private static boolean until(BooleanSupplier condition) {
    long endNs = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < endNs) {
      LockSupport.parkNanos(5_000_000);
    }
    return condition.getAsBoolean();
  }

  /** An IPv4 address whose interface carries multicast back to this machine. */
  private static Optional<InetAddress> multicastAddress() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .filter(MdnsMulticastTest::isUsable)
        .flatMap(NetworkInterface::inetAddresses)
        .filter(Inet4Address.class::isInstance)
        .filter(MdnsMulticastTest::carriesMulticast)
        .findFirst();
  }

  private static boolean isUsable(NetworkInterface each) {
    try {
      return each.isUp() && each.supportsMulticast() && !each.isLoopback();
    } catch (SocketException gone) {
      return false;
    }
  }

  private static boolean carriesMulticast(InetAddress ip) {
    try (MulticastSocket socket = new MulticastSocket(0)) {
      InetSocketAddress group = new InetSocketAddress("239.255.77.66", socket.getLocalPort());
      NetworkInterface face = NetworkInterface.getByInetAddress(ip);
      socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, face);
      socket.joinGroup(group, face);
      socket.setSoTimeout(1_000);
      socket.send(new DatagramPacket(new byte[] {1}, 1, group));
      socket.receive(new DatagramPacket(new byte[1], 1));
      return true;
    } catch (IOException silence) {
      return false;
    }
  }

  @Test
  void shouldFindOneAnotherByMulticast() throws Exception {
    Optional<InetAddress> ip = multicastAddress();
    assumeTrue(ip.isPresent(), "no interface of this machine carries IPv4 multicast");
    Libp2pHost alice = HostFactory.start(new TestIdentity(1), HostOptions.DEFAULT);
    Libp2pHost bob = HostFactory.start(new TestIdentity(2), HostOptions.DEFAULT);
    try (MdnsDiscovery ofAlice = new MdnsDiscovery(alice, new SplittableRandom(1));
        MdnsDiscovery ofBob = new MdnsDiscovery(bob, new SplittableRandom(2))) {
      Multiaddr any = Multiaddr.parse("/ip4/127.0.0.1/tcp/0").withIpAddress(ip.get());
      Multiaddr place = alice.listen(any).get(10, TimeUnit.SECONDS);
      bob.listen(any).get(10, TimeUnit.SECONDS);
      assertTrue(until(() -> knows(bob, alice) && knows(alice, bob)));
      assertTrue(bob.peer(alice.peerId()).orElseThrow().addresses().contains(place));
      assertTrue(
          bob.dial(alice.peerId(), TIMEOUT).get(20, TimeUnit.SECONDS).isOpen(),
          () -> ofAlice.openResponders() + " and " + ofBob.openResponders() + " responders");
    } finally {
      alice.close().get(10, TimeUnit.SECONDS);
      bob.close().get(10, TimeUnit.SECONDS);
    }
  }

  private static boolean knows(Libp2pHost one, Libp2pHost other) {
    return one.peer(other.peerId()).map(info -> !info.addresses().isEmpty()).orElse(false);
  }
}
