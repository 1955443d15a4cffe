package xf.libp2p.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.event.ErrorCode;
import xf.gossip.net.Multiaddr;
import xf.libp2p.wire.WireException;
import xf.testkit.fuzz.DecoderFuzz;
import xf.testkit.net.TestIdentity;

class PeerRecordTest {
  private static final TestIdentity ALICE = new TestIdentity(1);
  private static final List<Multiaddr> ADDRESSES =
      List.of(
          Multiaddr.parse("/ip4/192.0.2.1/tcp/4001"),
          Multiaddr.parse("/ip6/2001:db8::1/udp/4001/quic-v1"));
  private static final byte[] TYPE = {0x03, 0x01};

  @Test
  void shouldOpenWhatItSealed() {
    PeerRecord record = PeerRecord.open(PeerRecord.seal(ALICE, 7, ADDRESSES));
    assertEquals(new PeerRecord(ALICE.peerId(), 7, ADDRESSES), record);
  }

  @Test
  void shouldRefuseARecordAboutSomebodyElse() {
    byte[] aboutAlice =
        SignedEnvelope.open(PeerRecord.seal(ALICE, 1, ADDRESSES), "libp2p-peer-record", TYPE)
            .payload();
    byte[] signedByBob =
        SignedEnvelope.seal(new TestIdentity(2), "libp2p-peer-record", TYPE, aboutAlice);
    WireException refused = assertThrows(WireException.class, () -> PeerRecord.open(signedByBob));
    assertEquals(ErrorCode.NOT_VERIFIED, refused.code());
  }

  @Test
  void shouldRefuseAnotherDomainAndAnotherType() {
    byte[] payload = "hello".getBytes(StandardCharsets.UTF_8);
    byte[] sealed = SignedEnvelope.seal(ALICE, "a domain", TYPE, payload);
    assertArrayEquals(payload, SignedEnvelope.open(sealed, "a domain", TYPE).payload());
    assertEquals(
        ErrorCode.NOT_VERIFIED,
        assertThrows(WireException.class, () -> SignedEnvelope.open(sealed, "another", TYPE))
            .code());
    assertThrows(
        WireException.class, () -> SignedEnvelope.open(sealed, "a domain", new byte[] {1}));
  }

  @Test
  void shouldRefuseEveryChangedByte() {
    byte[] sealed = PeerRecord.seal(ALICE, 7, ADDRESSES);
    for (int i = 0; i < sealed.length; i++) {
      byte[] changed = sealed.clone();
      changed[i] ^= 0x20;
      assertThrows(WireException.class, () -> PeerRecord.open(changed), "byte " + i);
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldThrowNothingButTypedRefusals() {
    new DecoderFuzz("peer record", 500_000, List.of(PeerRecord.seal(ALICE, 7, ADDRESSES)))
        .run(input -> assertTrue(PeerRecord.open(input).addresses().size() <= 64));
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldThrowNothingButTypedRefusalsForAnyEnvelope() {
    byte[] sealed = SignedEnvelope.seal(ALICE, "a domain", TYPE, new byte[] {1, 2, 3});
    new DecoderFuzz("signed envelope", 500_000, List.of(sealed))
        .run(
            input ->
                assertTrue(
                    SignedEnvelope.open(input, "a domain", TYPE).payload().length <= input.length));
  }
}
