package xf.testkit.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;
import xf.multiformats.Cid;
import xf.multiformats.Multihash;
import xf.multiformats.Varint;

/** The decoders of addresses and identifiers; they live in a bundle below this one. */
@Execution(ExecutionMode.CONCURRENT)
class AddressFuzzTest {
  private static final String PEER = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";
  private static final String CID_V0 = "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n";
  private static final String CID_V1 =
      "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
  private static final String CERTHASH =
      "/certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ";

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Test
  void shouldRefuseBadAddressesAndKeepGoodOnesWhole() {
    List<byte[]> corpus = new ArrayList<>();
    for (String text :
        List.of(
            "/ip4/1.2.3.4/tcp/1/p2p/" + PEER + "/p2p-circuit/p2p/" + PEER,
            "/ip6/fe80::1:2/udp/1/webrtc-direct" + CERTHASH,
            "/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:1234",
            "/dns4/example.com/tcp/443/tls/sni/e.com/ws/http-path/a%2Fb",
            "/ip4/127.0.0.1/unknown/8P8DAQIDBAU",
            "/unix/a/b/c")) {
      corpus.add(Multiaddr.parse(text).toByteArray());
      corpus.add(utf8(text));
    }
    new DecoderFuzz("multiaddr", 500_000, corpus)
        .run(
            input -> {
              boolean isText = input.length > 0 && input[0] == '/';
              Multiaddr address =
                  isText
                      ? Multiaddr.parse(new String(input, StandardCharsets.UTF_8))
                      : Multiaddr.of(input);
              assertEquals(address, Multiaddr.of(address.toByteArray()));
              assertEquals(address, Multiaddr.parse(address.toString()));
            });
  }

  @Test
  void shouldRefuseBadContentIds() {
    List<byte[]> corpus =
        List.of(
            Cid.parse(CID_V0).toByteArray(),
            Cid.parse(CID_V1).toByteArray(),
            utf8(CID_V0),
            utf8(CID_V1));
    new DecoderFuzz("content id", 500_000, corpus)
        .run(
            input -> {
              if (input.length > 40) {
                assertTrue(Cid.parse(latin1(input)).version() <= 1);
              } else {
                assertArrayEquals(input, Cid.decode(input).toByteArray());
              }
            });
  }

  @Test
  void shouldRefuseBadPeerIds() {
    PeerId peer = PeerId.parse(PEER);
    List<byte[]> corpus =
        List.of(
            utf8(PEER),
            utf8(peer.toCidText()),
            peer.toByteArray(),
            PeerId.ofPublicKey(new byte[99]).toByteArray());
    new DecoderFuzz("peer id", 500_000, corpus)
        .run(
            input -> {
              PeerId read =
                  input.length > 40 ? PeerId.parse(latin1(input)) : PeerId.ofMultihash(input);
              assertEquals(read, PeerId.parse(read.toString()));
              assertEquals(read, PeerId.parse(read.toCidText()));
            });
  }

  @Test
  void shouldRefuseBadVarintsAndMultihashes() {
    List<byte[]> corpus =
        List.of(
            new byte[] {(byte) 0xac, 0x02},
            new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, 0x7f},
            Multihash.sha256(new byte[0]).toByteArray());
    new DecoderFuzz("varint and multihash", 500_000, corpus)
        .run(
            input -> {
              if (input.length < 12) {
                assertTrue(Varint.get(ByteBuffer.wrap(input)) >= 0);
              } else {
                assertArrayEquals(input, Multihash.decode(input).toByteArray());
              }
            });
  }
}
