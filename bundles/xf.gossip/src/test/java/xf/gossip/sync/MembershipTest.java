package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.GroupSecret;
import xf.gossip.Refusal;
import xf.gossip.SessionInfo;
import xf.gossip.net.PeerId;
import xf.multiformats.Varint;

/** Who is taken for a member by the first frame each way, and what others learn: nothing. */
class MembershipTest {
  @TempDir Path folder;
  private final GroupSecret group = GroupSecret.random(new SecureRandom());
  private final List<Node> nodes = new ArrayList<>();

  private Node node(String name, GroupSecret secret) {
    Node node = new Node(folder.resolve(name), secret);
    nodes.add(node);
    return node;
  }

  /** A member with something to tell. */
  private Node member(String name) {
    Node node = node(name, group);
    node.append(name, 5, 10);
    return node;
  }

  private Node stranger() {
    return node("stranger", GroupSecret.random(new SecureRandom()));
  }

  @AfterEach
  void close() {
    nodes.forEach(Node::close);
  }

  /** What a node says first to a peer. */
  private static SyncMessage.Open openOf(Node from, Node to) {
    return (SyncMessage.Open) only(from.state.handle(new SyncInput.Opened(to.peer), 0));
  }

  private static SyncMessage only(List<SyncOutput> outputs) {
    assertEquals(1, outputs.size(), outputs::toString);
    ByteBuffer frame = ((SyncOutput.Send) outputs.get(0)).frame().duplicate();
    Varint.get(frame);
    return SyncCodec.decode(frame.slice());
  }

  private static List<SyncOutput> hear(Node at, PeerId from, SyncMessage message) {
    ByteBuffer frame = SyncCodec.encode(message);
    Varint.get(frame);
    return at.state.handle(new SyncInput.Frame(from, frame.slice()), 0);
  }

  private static List<SyncOutput> invite(Node at, PeerId from, SyncMessage.Open open) {
    return at.state.handle(new SyncInput.Invited(from, open), 0);
  }

  private static byte[] turned(byte[] bytes) {
    byte[] copy = bytes.clone();
    copy[copy.length - 1] ^= 1;
    return copy;
  }

  /** The session ended with a refusal, and not a byte was said. */
  private static void assertRefused(List<SyncOutput> outputs) {
    assertEquals(1, outputs.size(), outputs::toString);
    SyncOutput.Close close = (SyncOutput.Close) outputs.get(0);
    assertEquals(Refusal.NOT_A_MEMBER, close.refusal().orElseThrow());
  }

  @Test
  void shouldTellAStrangerNothing() {
    Node member = member("member");
    Node stranger = stranger();
    Wire wire = new Wire(member, stranger);
    wire.connect(stranger, member);
    wire.settle();
    assertEquals(List.of("B>A Open 50"), wire.trace);
    wire.resetCounts();
    wire.connect(member, stranger);
    wire.settle();
    assertEquals(List.of("A>B Open 50"), wire.trace);
    assertEquals(0, stranger.export().size());
    assertTrue(member.members.isEmpty());
  }

  @Test
  void shouldSayNothingTwiceToWhoIsDialledTwice() {
    Node member = member("member");
    Node stranger = stranger();
    SyncMessage.Open one = openOf(member, stranger);
    SyncMessage.Open two = openOf(member, stranger);
    assertFalse(Arrays.equals(one.nonce(), two.nonce()));
    assertFalse(Arrays.equals(one.proof(), two.proof()));
    assertFalse(Arrays.equals(one.digest(), two.digest()));
  }

  @Test
  void shouldAgreeInOneRoundTripWhoeverDials() {
    Node a = node("a", group);
    Node b = node("b", group);
    Wire wire = new Wire(a, b);
    wire.connect(a, b);
    assertEquals(2, wire.settle());
    assertEquals(List.of("A>B Open 50", "B>A Accept 49"), wire.trace);
    for (Node each : nodes) {
      SessionInfo session = each.state.sessionInfos().get(0);
      assertEquals(SessionInfo.State.LIVE, session.state());
      assertEquals(1, session.turns());
      assertEquals(1, each.members.size());
    }
  }

  @Test
  void shouldNotAnswerAFirstFrameOfWhichAnyPartIsWrong() {
    Node a = member("a");
    Node b = member("b");
    SyncMessage.Open good = openOf(b, a);
    List<SyncMessage.Open> wrong =
        List.of(
            new SyncMessage.Open(turned(good.nonce()), good.proof(), good.digest()),
            new SyncMessage.Open(good.nonce(), turned(good.proof()), good.digest()),
            new SyncMessage.Open(good.nonce(), good.proof(), turned(good.digest())),
            new SyncMessage.Open(good.nonce(), new byte[16], good.digest()));
    for (SyncMessage.Open open : wrong) {
      assertFalse(a.state.membership().holds(open, b.peer, a.peer));
      assertRefused(invite(a, b.peer, open));
    }
    assertTrue(a.state.membership().holds(good, b.peer, a.peer));
  }

  @Test
  void shouldRefuseAnAnswerOfWhichAnyPartIsWrong() {
    Node a = member("a");
    Node b = member("b");
    for (int part = 0; part < 3; part++) {
      SyncMessage.Open open = openOf(a, b);
      SyncMessage.Accept good = (SyncMessage.Accept) first(invite(b, a.peer, open));
      SyncMessage.Accept wrong =
          new SyncMessage.Accept(
              part == 0 ? turned(good.nonce()) : good.nonce(),
              part == 1 ? turned(good.proof()) : good.proof(),
              part == 2 ? turned(good.digest()) : good.digest());
      assertRefused(hear(a, b.peer, wrong));
    }
  }

  private static SyncMessage first(List<SyncOutput> outputs) {
    return only(outputs.subList(0, 1));
  }

  @Test
  void shouldNotTakeItsOwnWordsForAnother() {
    Node member = member("member");
    Node mirror = stranger();
    SyncMessage.Open open = openOf(member, mirror);
    assertRefused(
        hear(
            member,
            mirror.peer,
            new SyncMessage.Accept(open.nonce(), open.proof(), open.digest())));
    SyncMessage.Open again = openOf(member, mirror);
    assertRefused(hear(member, mirror.peer, again));
    assertFalse(member.state.membership().holds(again, mirror.peer, member.peer));
    assertRefused(invite(member, mirror.peer, again));
    assertTrue(member.members.isEmpty());
  }

  /** A frame that a member sent to a stranger, or that a third peer got hold of. */
  @Test
  void shouldNotTakeTheWordsOfAMemberFromSomebodyElse() {
    Node a = member("a");
    Node b = member("b");
    Node stranger = stranger();
    SyncMessage.Open toStranger = openOf(a, stranger);
    assertRefused(invite(b, stranger.peer, toStranger));
    assertRefused(invite(b, a.peer, toStranger)); // not even from its author: it is for another
    SyncMessage.Open toB = openOf(a, b);
    assertRefused(invite(b, stranger.peer, toB));
    assertTrue(b.members.isEmpty());
  }

  @Test
  void shouldAnswerAFrameThatIsSaidAgainWithAProofThatIsFreshForTheNextOne() {
    Node a = member("a");
    Node b = member("b");
    SyncMessage.Open open = openOf(a, b);
    SyncMessage.Accept once = (SyncMessage.Accept) first(invite(b, a.peer, open));
    SyncMessage.Accept twice = (SyncMessage.Accept) first(invite(b, a.peer, open));
    assertFalse(Arrays.equals(once.nonce(), twice.nonce()));
    assertFalse(Arrays.equals(once.digest(), twice.digest()));
    SyncMessage.Open next = openOf(a, b);
    assertFalse(Arrays.equals(open.nonce(), next.nonce()));
    assertRefused(hear(a, b.peer, twice)); // an answer that was recorded proves nothing now
  }

  @Test
  void shouldNotTakeOneGroupForAnother() {
    Node a = member("a");
    Node other = stranger();
    SyncMessage.Open ours = openOf(a, other);
    assertFalse(other.state.membership().holds(ours, a.peer, other.peer));
    assertRefused(invite(other, a.peer, ours));
  }

  @Test
  void shouldEndASessionWhoseAnswerDoesNotComeInTime() {
    Node a = node("a", group);
    Node silent = node("silent", group);
    silent.lie = m -> m instanceof SyncMessage.Accept ? null : m;
    Wire wire = new Wire(a, silent);
    wire.connect(a, silent);
    wire.settle();
    wire.pass(11_000);
    assertTrue(a.state.sessionInfos().isEmpty());
    assertEquals(List.of(), a.refusals, "it may be slow: it is not kept away");
  }
}
