package xf.libp2p.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;
import xf.testkit.net.TestIdentity;

/** Listening and dialling over IPv6 and IPv4, over both transports. */
class ListenTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String TCP = "tcp/0";
  private static final String QUIC = "udp/0/quic-v1";

  private final List<Libp2pHost> hosts = new ArrayList<>();
  private Libp2pHost listener;

  @BeforeEach
  void start() {
    listener = host(1);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (Libp2pHost host : hosts) {
      await(host.close());
    }
  }

  private Libp2pHost host(long seed) {
    Libp2pHost host = HostFactory.start(new TestIdentity(seed), HostOptions.DEFAULT);
    hosts.add(host);
    return host;
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  private static void assumeIpv6() throws SocketException {
    boolean present =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .anyMatch(ip -> ip.getAddress().length == 16);
    assumeTrue(present, "this machine has no IPv6 address");
  }

  private Multiaddr listen(String address) throws Exception {
    return await(listener.listen(Multiaddr.parse(address)));
  }

  /** A new peer's address as the listener sees it. */
  private Multiaddr dial(Multiaddr address) throws Exception {
    int before = listener.connections().size();
    await(host(100 + before).dial(address.withPeer(listener.peerId()), TIMEOUT));
    await(hosts.get(hosts.size() - 1).ping(listener.peerId(), TIMEOUT));
    return listener.connections().get(before).info().remote();
  }

  private static Multiaddr at(Multiaddr wildcard, String loopback) throws Exception {
    return wildcard.withIpAddress(InetAddress.getByName(loopback));
  }

  @ParameterizedTest
  @ValueSource(strings = {TCP, QUIC})
  void shouldListenAndDialOverIpv6(String transport) throws Exception {
    assumeIpv6();
    assertTrue(dial(listen("/ip6/::1/" + transport)).has(MultiaddrProtocol.IP6));
  }

  @ParameterizedTest
  @ValueSource(strings = {TCP, QUIC})
  void shouldListenAtBothWildcardsOfOnePort(String transport) throws Exception {
    assumeIpv6();
    Multiaddr six = listen("/ip6/::/" + transport);
    Multiaddr four = listen(six.withIpAddress(InetAddress.getByName("0.0.0.0")).toString());
    assertEquals(List.of(six, four), listener.listenAddresses());
    assertTrue(
        listener.advertisedAddresses().containsAll(List.of(at(six, "::1"), at(four, "127.0.0.1"))),
        () -> listener.advertisedAddresses().toString());
    assertTrue(dial(at(six, "::1")).has(MultiaddrProtocol.IP6));
    assertTrue(dial(at(four, "127.0.0.1")).has(MultiaddrProtocol.IP4));
    await(listener.unlisten(six));
    await(listener.unlisten(four));
    assertEquals(six, listen(six.toString()), "the port is free again");
  }

  @ParameterizedTest
  @ValueSource(strings = {TCP, QUIC})
  void shouldSayWhatIsInTheWayOfAnIpv6Wildcard(String transport) throws Exception {
    assumeIpv6();
    Multiaddr four = listen("/ip4/0.0.0.0/" + transport);
    assertTrue(four.has(MultiaddrProtocol.IP4), four::toString);
    String six = four.withIpAddress(InetAddress.getByName("::")).toString();
    ExecutionException taken = assertThrows(ExecutionException.class, () -> listen(six));
    assertTrue(taken.getMessage().contains("unlisten"), taken::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {TCP, QUIC})
  void shouldTakeNoIpv6AtAnIpv4Wildcard(String transport) throws Exception {
    assumeIpv6();
    Multiaddr six = at(listen("/ip4/0.0.0.0/" + transport), "::1");
    assertThrows(
        ExecutionException.class,
        () -> await(host(2).dial(six.withPeer(listener.peerId()), Duration.ofSeconds(2))));
  }
}
