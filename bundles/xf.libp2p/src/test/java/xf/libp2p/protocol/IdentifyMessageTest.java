package xf.libp2p.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.ProtocolId;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.record.PeerRecord;
import xf.libp2p.wire.ProtoWriter;
import xf.testkit.fuzz.DecoderFuzz;
import xf.testkit.net.TestIdentity;

class IdentifyMessageTest {
  private static final TestIdentity ALICE = new TestIdentity(1);

  private static IdentifyMessage message() {
    Multiaddr address = Multiaddr.parse("/ip4/192.0.2.1/tcp/4001");
    return new IdentifyMessage(
        PublicKey.of(ALICE.publicKey()).encoded(),
        List.of(address),
        List.of(Identify.PROTOCOL, Ping.PROTOCOL),
        Multiaddr.parse("/ip4/198.51.100.7/tcp/9"),
        "xf/1.0.0",
        "test",
        PeerRecord.seal(ALICE, 1, List.of(address)));
  }

  @Test
  void shouldReadWhatItWrote() {
    IdentifyMessage read = IdentifyMessage.decode(message().encode());
    assertArrayEquals(message().encode(), read.encode());
    assertEquals(message().addresses(), read.addresses());
    assertEquals(message().observed(), read.observed());
    assertEquals("test", read.agentVersion());
  }

  @Test
  void shouldLeaveOutWhatItCannotRead() {
    byte[] bytes =
        new ProtoWriter()
            .bytes(2, new byte[] {4, 1})
            .bytes(2, Multiaddr.parse("/ip4/1.2.3.4/tcp/1").toByteArray())
            .string(3, "no-slash")
            .string(3, "/good")
            .string(3, "/good")
            .string(6, "evil\u001b[2J\n" + "x".repeat(500))
            .uint(77, 5)
            .toByteArray();
    IdentifyMessage read = IdentifyMessage.decode(bytes);
    assertEquals(1, read.addresses().size());
    assertEquals(List.of(new ProtocolId("/good")), read.protocols());
    assertTrue(read.agentVersion().startsWith("evil?[2J?x"));
    assertEquals(IdentifyMessage.MAX_AGENT_CHARS, read.agentVersion().length());
  }

  @Test
  void shouldAddUpSeveralMessages() {
    ProtoWriter first = new ProtoWriter().string(3, "/a").string(6, "old");
    ProtoWriter second = new ProtoWriter().string(3, "/b").string(6, "new");
    byte[] both = concat(first.toByteArray(), second.toByteArray());
    IdentifyMessage read = IdentifyMessage.decode(both);
    assertEquals(List.of(new ProtocolId("/a"), new ProtocolId("/b")), read.protocols());
    assertEquals("new", read.agentVersion());
  }

  private static byte[] concat(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldThrowNothingButTypedRefusals() {
    new DecoderFuzz("identify", 500_000, List.of(message().encode()))
        .run(
            input -> {
              IdentifyMessage read = IdentifyMessage.decode(input);
              assertTrue(read.addresses().size() <= IdentifyMessage.MAX_ADDRESSES);
              assertTrue(
                  read.agentVersion().codePoints().count() <= IdentifyMessage.MAX_AGENT_CHARS);
            });
  }
}
