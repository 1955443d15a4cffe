package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.event.Signer;
import xf.event.XfException;
import xf.event.identity.FileKeyring;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;

class MemberRecordTest {
  private static final List<Multiaddr> HERE =
      List.of(
          Multiaddr.parse("/ip4/192.0.2.7/tcp/4001"),
          Multiaddr.parse("/ip6/2001:db8::1/udp/4001/quic-v1"));

  @TempDir Path folder;
  private final GroupId group = GroupSecret.random(new SecureRandom()).id();

  private Signer device(String name) {
    return FileKeyring.open(folder.resolve(name), new SecureRandom()).device();
  }

  @Test
  void shouldReadBackWhatWasSignedAndRefuseEveryByteChanged() {
    Signer device = device("a");
    MemberRecord record = MemberRecord.sign(device, group, 7, HERE);
    MemberRecord read = MemberRecord.parse(record.bytes());
    assertTrue(read.isSignedFor(group));
    assertEquals(PeerId.of(device.author()), read.peer());
    assertEquals(7, read.sequence());
    assertEquals(HERE, read.addresses());
    for (int i = 0; i < record.bytes().length; i++) {
      byte[] changed = record.bytes().clone();
      changed[i] ^= 1;
      assertFalse(isBelieved(changed), "byte " + i);
      byte[] cut = Arrays.copyOf(record.bytes(), i);
      assertFalse(isBelieved(cut), "length " + i);
    }
    assertFalse(isBelieved(Arrays.copyOf(record.bytes(), record.bytes().length + 1)));
  }

  private boolean isBelieved(byte[] bytes) {
    try {
      return MemberRecord.parse(bytes).isSignedFor(group);
    } catch (XfException e) {
      return false;
    }
  }

  @Test
  void shouldMeanNothingInAnotherGroup() {
    MemberRecord record = MemberRecord.sign(device("a"), group, 7, HERE);
    assertFalse(record.isSignedFor(GroupSecret.random(new SecureRandom()).id()));
  }

  @Test
  void shouldKeepWithinItsLimits() {
    List<Multiaddr> many = Collections.nCopies(100, HERE.get(0));
    MemberRecord record = MemberRecord.sign(device("a"), group, 7, many);
    assertEquals(SyncCodec.MAX_ADDRESSES, record.addresses().size());
    assertThrows(XfException.class, () -> MemberRecord.parse(new byte[MemberRecord.MAX_BYTES + 1]));
  }

  @Test
  void shouldTellEachPeerOnceWhatItDoesNotKnow() {
    Announcements a = new Announcements(device("a"), group, List.of());
    PeerId b = PeerId.of(device("b").author());
    PeerId c = PeerId.of(device("c").author());
    assertEquals(1, a.dueFor(b, HERE, 1_000).size());
    assertEquals(List.of(), a.dueFor(b, HERE, 2_000));
    MemberRecord ofC = MemberRecord.sign(device("c"), group, 5, HERE);
    assertTrue(a.learn(c, ofC));
    assertFalse(a.learn(b, ofC));
    assertFalse(a.learn(b, MemberRecord.sign(device("c"), group, 4, List.of())));
    assertFalse(a.learn(b, MemberRecord.sign(device("a"), group, 9_000, List.of())));
    assertArrayEquals(ofC.bytes(), a.dueFor(b, HERE, 3_000).get(0));
    assertEquals(1, a.dueFor(c, HERE, 3_000).size(), "our own, not its own");
    List<byte[]> moved = a.dueFor(b, HERE.subList(0, 1), 1_000);
    assertEquals(1, moved.size());
    assertEquals(1_001, MemberRecord.parse(moved.get(0)).sequence(), "a clock that went back");
  }
}
