package xf.libp2p.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;
import xf.testkit.fuzz.DecoderFuzz;
import xf.testkit.net.TestIdentity;

class DnsAddrTextTest {
  private static final PeerId ALICE = new TestIdentity(1).peerId();

  private static List<Multiaddr> addresses(int count) {
    List<Multiaddr> addresses = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      addresses.add(Multiaddr.parse("/ip4/192.0.2." + i + "/tcp/4001"));
    }
    return addresses;
  }

  @Test
  void shouldReadWhatItWrote() {
    byte[] text = DnsAddrText.encode(ALICE, addresses(3));
    assertEquals(
        addresses(3).stream().map(address -> address.withPeer(ALICE)).toList(),
        DnsAddrText.decode(text));
  }

  @Test
  void shouldKeepToOneDatagram() {
    byte[] text = DnsAddrText.encode(ALICE, addresses(200));
    assertTrue(text.length <= 1024);
    assertTrue(DnsAddrText.decode(text).size() >= 8);
  }

  @Test
  void shouldPassOverWhatIsNoAddress() {
    byte[] text =
        "\u0005hello\u000cdnsaddr=nope\u0014dnsaddr=/ip4/1.2.3.4".getBytes(StandardCharsets.UTF_8);
    assertEquals(List.of(), DnsAddrText.decode(text));
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldNeverThrow() {
    new DecoderFuzz("dnsaddr text", 500_000, List.of(DnsAddrText.encode(ALICE, addresses(3))))
        .run(input -> assertTrue(DnsAddrText.decode(input).size() <= 16));
  }
}
