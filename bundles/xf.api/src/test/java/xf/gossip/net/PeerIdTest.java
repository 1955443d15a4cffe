package xf.gossip.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import xf.event.AuthorKey;
import xf.event.XfException;

class PeerIdTest {
  /** Public key of the specification's Ed25519 test vector, as a PublicKey message. */
  private static final String ED25519 =
      "080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";

  private static final String INLINE = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

  @Test
  void shouldHoldAnEd25519KeyInItsName() {
    byte[] message = HexFormat.of().parseHex(ED25519);
    AuthorKey key = AuthorKey.of(Arrays.copyOfRange(message, 4, 36));
    PeerId peer = PeerId.of(key);
    assertEquals(PeerId.ofPublicKey(message), peer);
    assertEquals(key, peer.authorKey().orElseThrow());
    assertTrue(peer.toString().startsWith("12D3KooW"));
    assertEquals("0024" + ED25519, HexFormat.of().formatHex(peer.toByteArray()));
  }

  @Test
  void shouldNameALongKeyByItsHash() {
    PeerId peer = PeerId.ofPublicKey(new byte[43]);
    assertTrue(peer.toString().startsWith("Qm"));
    assertTrue(peer.authorKey().isEmpty());
    assertTrue(PeerId.ofPublicKey(new byte[42]).toString().startsWith("1"));
  }

  /** Pairs from the peer-ids specification. */
  @ParameterizedTest
  @CsvSource({
    "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N,"
        + "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe",
    INLINE + ",bafzaajaiaejcal72gwuz2or47oyxxn6b3rkwdmmkrxgkjxzy3rqt5kczyn7lcm3l"
  })
  void shouldReadBothTextForms(String base58, String cid) {
    PeerId peer = PeerId.parse(base58);
    assertEquals(peer, PeerId.parse(cid));
    assertEquals(base58, peer.toString());
    assertEquals(cid, peer.toCidText());
    assertArrayEquals(peer.toByteArray(), PeerId.ofMultihash(peer.toByteArray()).toByteArray());
    assertEquals(base58.substring(base58.length() - 6), peer.toShortText());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "12D3KooW",
        "Qm",
        "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5",
        "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        INLINE + "1",
        "hello"
      })
  void shouldRefuseWhatIsNoPeerId(String text) {
    assertThrows(XfException.class, () -> PeerId.parse(text));
  }

  @Test
  void shouldOrderByBytes() {
    PeerId low = PeerId.of(AuthorKey.of(new byte[32]));
    byte[] high = new byte[32];
    high[0] = (byte) 0x80;
    assertTrue(low.compareTo(PeerId.of(AuthorKey.of(high))) < 0);
  }
}
