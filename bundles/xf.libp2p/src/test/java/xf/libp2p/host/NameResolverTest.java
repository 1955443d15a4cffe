package xf.libp2p.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkException;
import xf.gossip.net.PeerId;
import xf.testkit.net.TestIdentity;

class NameResolverTest {
  private static final PeerId ALICE = new TestIdentity(1).peerId();
  private static final PeerId BOB = new TestIdentity(2).peerId();

  private final DnsTable dns = new DnsTable();
  private final NameResolver resolver = new NameResolver(dns);

  private List<String> resolve(String address) {
    return resolver.resolve(Multiaddr.parse(address)).join().stream()
        .map(Multiaddr::toString)
        .toList();
  }

  private CloseReason refusal(String address) {
    CompletionException failure = assertThrows(CompletionException.class, () -> resolve(address));
    return assertInstanceOf(NetworkException.class, failure.getCause()).reason();
  }

  @Test
  void shouldLeaveAnAddressWithoutANameAsItIs() {
    assertEquals(List.of("/ip4/192.0.2.1/tcp/1"), resolve("/ip4/192.0.2.1/tcp/1"));
    assertEquals(0, dns.questions());
  }

  @Test
  void shouldTakeTheFamilyThatTheNameStandsFor() throws Exception {
    dns.put("a.example", "192.0.2.1", "2001:db8::1");
    assertEquals(
        List.of("/ip4/192.0.2.1/tcp/1", "/ip6/2001:db8::1/tcp/1"), resolve("/dns/a.example/tcp/1"));
    assertEquals(List.of("/ip4/192.0.2.1/tcp/1"), resolve("/dns4/a.example/tcp/1"));
    assertEquals(List.of("/ip6/2001:db8::1/tcp/1"), resolve("/dns6/a.example/tcp/1"));
  }

  @Test
  void shouldFollowRecordsOfADnsaddr() throws Exception {
    dns.put("b.example", "192.0.2.2");
    dns.putTexts(
        "example.org",
        "dnsaddr=/dnsaddr/eu.example.org",
        "dnsaddr=/dns4/b.example/tcp/2",
        "v=spf1");
    dns.putTexts("eu.example.org", "dnsaddr=/ip4/192.0.2.3/udp/3/quic-v1/p2p/" + ALICE);
    List<String> found = resolve("/dnsaddr/example.org");
    assertEquals(2, found.size());
    assertTrue(found.contains("/ip4/192.0.2.3/udp/3/quic-v1/p2p/" + ALICE), found::toString);
    assertTrue(found.contains("/ip4/192.0.2.2/tcp/2"), found::toString);
  }

  @Test
  void shouldTakeOnlyRecordsThatEndAsTheAddressDoes() {
    dns.putTexts(
        "example.org",
        "dnsaddr=/ip4/192.0.2.1/tcp/1/p2p/" + ALICE,
        "dnsaddr=/ip4/192.0.2.2/tcp/1/p2p/" + BOB,
        "dnsaddr=/p2p/" + BOB);
    assertEquals(
        List.of("/ip4/192.0.2.2/tcp/1/p2p/" + BOB), resolve("/dnsaddr/example.org/p2p/" + BOB));
  }

  @Test
  void shouldGiveUpAReferenceToItself() {
    dns.putTexts("loop.example", "dnsaddr=/dnsaddr/loop.example");
    assertEquals(CloseReason.Kind.LIMIT, refusal("/dnsaddr/loop.example").kind());
    assertEquals(NameResolver.MAX_DEPTH, dns.questions());
  }

  @Test
  void shouldAskOnlySoOftenForOneAddress() {
    List<String> wide = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      wide.add("dnsaddr=/dnsaddr/wide.example");
    }
    dns.putTexts("wide.example", wide.toArray(new String[0]));
    assertEquals(CloseReason.Kind.LIMIT, refusal("/dnsaddr/wide.example").kind());
    assertEquals(NameResolver.MAX_QUESTIONS, dns.questions());
  }

  @Test
  void shouldTakeOnlySoManyAddresses() {
    List<String> many = new ArrayList<>();
    for (int i = 1; i <= 64; i++) {
      many.add("dnsaddr=/ip4/192.0.2." + i + "/tcp/1");
    }
    dns.putTexts("many.example", many.toArray(new String[0]));
    assertEquals(NameResolver.MAX_ADDRESSES, resolve("/dnsaddr/many.example").size());
  }

  @Test
  void shouldGoOnWithoutWhatCannotBeResolved() {
    dns.putTexts("example.org", "dnsaddr=/dns4/gone.example/tcp/1", "dnsaddr=/ip4/192.0.2.1/tcp/1");
    assertEquals(List.of("/ip4/192.0.2.1/tcp/1"), resolve("/dnsaddr/example.org"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/dns4/gone.example/tcp/1", "/dnsaddr/gone.example", "/dns4/no name/tcp/1"})
  void shouldSayWhyNothingCameOfIt(String address) {
    CloseReason reason = refusal(address);
    assertEquals(CloseReason.Kind.NO_ADDRESS, reason.kind());
    assertTrue(reason.detail().contains(address.split("/", -1)[2]), reason::toString);
  }

  @Test
  void shouldRefuseRecordsThatAreNoAddresses() {
    dns.putTexts("odd.example", "dnsaddr=", "dnsaddr=/ip4/1.2", "DNSADDR=/ip4/1.2.3.4/tcp/1");
    assertEquals(CloseReason.Kind.NO_ADDRESS, refusal("/dnsaddr/odd.example").kind());
  }
}
