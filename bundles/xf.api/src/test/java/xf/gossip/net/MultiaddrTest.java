package xf.gossip.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import xf.event.ErrorCode;
import xf.event.XfException;

class MultiaddrTest {
  private static final String PEER = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

  @ParameterizedTest
  @CsvSource({
    "/ip4/127.0.0.1/udp/1234,047f000001910204d2",
    "/ip4/127.0.0.1/tcp/4321,047f0000010610e1",
    "/ip4/127.0.0.1/udp/1234/ip4/127.0.0.1/tcp/4321,047f000001910204d2047f0000010610e1",
    "/ip6/2001:8a0:7ac5:4201:3ac9:86ff:fe31:7095/tcp/443,"
        + "29200108a07ac542013ac986fffe3170950601bb",
    "/ip6/::1/udp/9/quic-v1,290000000000000000000000000000000191020009cd03",
    "/ip6zone/x/ip6/fe80::1,2a017829fe800000000000000000000000000001",
    "/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:1234,"
        + "bd03adadec040be047f9658668b11a504f3155001f231a37f54c4476c07fb4cc139ed7e30304d2",
    "/unix/a/b/c/d/e,90030a2f612f622f632f642f65",
    "/dns4/example.com/tcp/443/wss,360b6578616d706c652e636f6d0601bbde03",
    "/memory/a,89060161"
  })
  void shouldTurnTextIntoBytesAndBack(String text, String hex) {
    Multiaddr address = Multiaddr.parse(text);
    assertEquals(hex, HexFormat.of().formatHex(address.toByteArray()));
    assertEquals(text, Multiaddr.of(address.toByteArray()).toString());
    assertEquals(address, Multiaddr.of(address.toByteArray()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/dnsaddr/bootstrap.libp2p.io/p2p/" + PEER,
        "/dns6/a.example/udp/4001/quic-v1/webtransport/certhash/"
            + "uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ",
        "/ip4/1.2.3.4/tcp/1/p2p/" + PEER + "/p2p-circuit/p2p/" + PEER,
        "/ip4/1.2.3.4/udp/1/webrtc-direct/certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ",
        "/ip4/0.0.0.0/ipcidr/8",
        "/ip4/1.2.3.4/tcp/80/http/http-path/a%2Fb%20c",
        "/dns/x/tcp/443/tls/sni/x.example/ws",
        "/ip4/1.2.3.4/tcp/1/noise",
        "/ip6/1:2:3:4:5:6:7:8/sctp/3"
      })
  void shouldKeepEveryProtocolItKnows(String text) {
    assertEquals(text, Multiaddr.parse(text).toString());
    assertEquals(text, Multiaddr.of(Multiaddr.parse(text).toByteArray()).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "/ipfs/" + PEER + ",/p2p/" + PEER,
    "/p2p/bafzaajaiaejcal72gwuz2or47oyxxn6b3rkwdmmkrxgkjxzy3rqt5kczyn7lcm3l,/p2p/" + PEER,
    "/ip6/0:0:0:0:0:0:0:1/tcp/1,/ip6/::1/tcp/1",
    "/ip6/2001:DB8:0:0:1:0:0:1/tcp/01,/ip6/2001:db8::1:0:0:1/tcp/1",
    "/ip6/::ffff:1.2.3.4/tcp/1,/ip6/::ffff:102:304/tcp/1",
    "/ip6/1::/tcp/1,/ip6/1::/tcp/1",
    "/ip6/1:0:3:4:5:6:7:8/tcp/1,/ip6/1:0:3:4:5:6:7:8/tcp/1"
  })
  void shouldHaveOneForm(String spelling, String canonical) {
    assertEquals(canonical, Multiaddr.parse(spelling).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "//",
        "ip4/1.2.3.4",
        "/ip4",
        "/ip4/",
        "/ip4/1.2.3",
        "/ip4/1.2.3.256",
        "/ip4/1.2.3.04",
        "/ip4/localhost",
        "/ip6/1.2.3.4",
        "/ip6/::1::",
        "/ip6/12345::",
        "/ip6/fe80::1%eth0",
        "/ip6/1:2:3:4:5:6:7",
        "/ip6/1:2:3:4:5:6:7:8:9",
        "/ip6/1:2:3:4:5:6:7::8",
        "/ip4/1.2.3.4/tcp",
        "/ip4/1.2.3.4/tcp/",
        "/ip4/1.2.3.4/tcp/65536",
        "/ip4/1.2.3.4/tcp/-1",
        "/ip4/1.2.3.4/tcp/80/",
        "/ip4/1.2.3.4/tcp/80//",
        "/ip4/1.2.3.4/quark/1",
        "/p2p/hello",
        "/certhash/x",
        "/onion3/abc:1",
        "/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:0",
        "/http-path/a%2",
        "/unix",
        "/unix/",
        "/unknown/",
        "/dns/"
      })
  void shouldRefuseWhatIsNoAddress(String text) {
    XfException refused = assertThrows(XfException.class, () -> Multiaddr.parse(text), text);
    assertEquals(ErrorCode.BAD_FORMAT, refused.code());
  }

  @Test
  void shouldKeepAProtocolItDoesNotKnow() {
    byte[] bytes = HexFormat.of().parseHex("047f000001" + "f0ff03" + "0102030405");
    Multiaddr address = Multiaddr.of(bytes);
    assertArrayEquals(bytes, address.toByteArray());
    assertEquals("/ip4/127.0.0.1/unknown/8P8DAQIDBAU", address.toString());
    assertEquals(address, Multiaddr.parse(address.toString()));
  }

  @Test
  void shouldLimitItsLength() {
    String text = "/unix" + "/x".repeat(600);
    assertEquals(
        ErrorCode.TOO_LARGE, assertThrows(XfException.class, () -> Multiaddr.parse(text)).code());
    assertThrows(XfException.class, () -> Multiaddr.of(new byte[1025]));
    assertThrows(XfException.class, () -> Multiaddr.parse("/dns/" + "x".repeat(3000)));
  }

  @Test
  void shouldAddAndTakeAwayThePeer() {
    PeerId peer = PeerId.parse(PEER);
    Multiaddr bare = Multiaddr.parse("/ip4/1.2.3.4/tcp/80");
    Multiaddr full = bare.withPeer(peer);
    assertEquals("/ip4/1.2.3.4/tcp/80/p2p/" + PEER, full.toString());
    assertEquals(full, full.withPeer(peer));
    assertEquals(Optional.of(peer), full.peerId());
    assertEquals(Optional.of(bare), full.withoutPeer());
    assertEquals(Optional.of(bare), bare.withoutPeer());
    assertEquals(Optional.empty(), Multiaddr.parse("/p2p/" + PEER).withoutPeer());
  }

  @Test
  void shouldAnswerQuestions() {
    Multiaddr address = Multiaddr.parse("/ip4/1.2.3.4/udp/80/quic-v1");
    assertEquals(Optional.of("80"), address.value(MultiaddrProtocol.UDP));
    assertTrue(address.has(MultiaddrProtocol.QUIC_V1));
    assertTrue(
        address.matches(MultiaddrProtocol.IP4, MultiaddrProtocol.UDP, MultiaddrProtocol.QUIC_V1));
    assertFalse(address.matches(MultiaddrProtocol.IP4, MultiaddrProtocol.UDP));
    assertEquals("1.2.3.4", address.ipAddress().orElseThrow().getHostAddress());
    assertEquals(
        address, Multiaddr.quic(new InetSocketAddress(address.ipAddress().orElseThrow(), 80)));
    assertTrue(Multiaddr.parse("/dns/localhost/tcp/1").ipAddress().isEmpty());
  }
}
