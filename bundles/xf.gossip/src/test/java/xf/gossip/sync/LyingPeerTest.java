package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.GroupSecret;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.multiformats.Varint;

class LyingPeerTest {
  @TempDir Path folder;
  private final GroupSecret group = GroupSecret.random(new SecureRandom());
  private final List<Node> nodes = new ArrayList<>();

  private Node node(String name) {
    return node(name, group);
  }

  private Node node(String name, GroupSecret secret) {
    Node node = new Node(folder.resolve(name), secret);
    nodes.add(node);
    return node;
  }

  @AfterEach
  void close() {
    nodes.forEach(Node::close);
  }

  private static ByteBuffer flipped(ByteBuffer bytes, int at) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    copy[at % copy.length] ^= 1;
    return ByteBuffer.wrap(copy);
  }

  private static SyncMessage.Run withPacked(SyncMessage.Run run, ByteBuffer packed) {
    return new SyncMessage.Run(run.from(), run.count(), packed, run.seals());
  }

  private static int points(Node at) {
    return at.state.sessionInfos().isEmpty()
        ? Refusal.LIMIT
        : at.state.sessionInfos().get(0).penaltyPoints();
  }

  private static String why(Node at) {
    return at.state.sessionInfos().toString();
  }

  @Test
  void shouldHoldNothingOfLogsThatDoNotExist() {
    Node a = node("a");
    Node liar = node("liar");
    a.append("t", 5, 10);
    Wire wire = new Wire(a, liar);
    wire.connect(liar, a);
    wire.settle();
    for (int i = 0; i < 100; i++) {
      List<SyncMessage.HeadEntry> heads = new ArrayList<>();
      for (int j = 0; j < 1_000; j++) {
        byte[] id = new byte[32];
        new Random(1_000L * i + j).nextBytes(id);
        heads.add(new SyncMessage.HeadEntry(LogId.of(id), 1, j));
      }
      wire.inject(
          liar, a, body(new SyncMessage.Heads(SyncMessage.ListKind.ALL, new byte[0], heads)));
      wire.settle();
    }
    assertTrue(points(a) < Refusal.LIMIT);
    wire.inject(
        liar,
        a,
        body(
            new SyncMessage.Head(
                a.log("t").id(),
                Optional.empty(),
                0,
                Hash.of(new byte[32]),
                new byte[64],
                SyncMessage.Run.NONE)));
    assertEquals(List.of(Refusal.BAD_FRAME), a.refusals, "a head of no events");
  }

  @Test
  void shouldStoreNothingOfEventsThatAreNotTheSignedOnes() {
    Node honest = node("honest");
    honest.append("t", 50, 100);
    Node b = node("b");
    Wire wire = new Wire(honest, b);
    honest.lie =
        m ->
            m instanceof SyncMessage.Head h && h.run().count() > 0
                ? new SyncMessage.Head(
                    h.log(),
                    h.name(),
                    h.size(),
                    h.root(),
                    h.signature(),
                    withPacked(h.run(), flipped(h.run().packed(), 2_000)))
                : m;
    wire.feed(honest, honest.grown("t"));
    wire.connect(b, honest);
    wire.settle();
    assertEquals(0, b.export().size());
    assertEquals(Refusal.WRONG_EVENTS.points(), points(b), why(b));
  }

  @Test
  void shouldTakeAWrongPageFromNobodyAndTheRightOneFromAnother() {
    Node author = node("author");
    author.append("t", 40_000, 20);
    Node honest = node("honest");
    Wire copy = new Wire(author, honest);
    copy.feed(author, author.grown("t"));
    copy.connect(honest, author);
    copy.settle();
    assertEquals(40_000, honest.export().size(), copy.trace::toString);
    copy.disconnect(author, honest);
    author.lie =
        m ->
            m instanceof SyncMessage.Events e && e.run().from() >= 20_000
                ? new SyncMessage.Events(
                    e.log(), withPacked(e.run(), flipped(e.run().packed(), 90)))
                : m;
    Node b = node("b");
    Wire wire = new Wire(author, honest, b);
    wire.connect(b, author);
    wire.connect(b, honest);
    wire.settle();
    assertEquals(author.export(), b.export(), why(b));
    assertTrue(
        b.refusals.contains(Refusal.WRONG_EVENTS)
            || why(b).contains(Refusal.WRONG_EVENTS.toString()),
        why(b));
  }

  @Test
  void shouldRefuseWrongPageRootsAndForgedHeads() {
    Node a = node("a");
    a.append("t", 9_000, 10);
    a.lie =
        m ->
            m instanceof SyncMessage.Nodes n
                ? new SyncMessage.Nodes(
                    n.log(), n.size(), n.firstPage(), flipped(n.roots(), 70), n.tail())
                : m;
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    wire.connect(b, a);
    wire.settle();
    assertEquals(0, b.export().size());
    assertEquals(Refusal.WRONG_NODES.points(), points(b), why(b));

    a.lie =
        m ->
            m instanceof SyncMessage.Head h
                ? new SyncMessage.Head(
                    h.log(),
                    h.name(),
                    h.size() + 1,
                    Hash.of(new byte[32]),
                    h.signature(),
                    SyncMessage.Run.NONE)
                : m;
    a.append("t", 1, 10);
    wire.nowNs += 1_000_000_000L;
    wire.feed(a, a.grown("t"));
    wire.settle();
    assertTrue(b.refusals.contains(Refusal.BAD_SIGNATURE), why(b));
    assertEquals(0, b.export().size());
  }

  @Test
  void shouldGiveUpOnAPeerThatStalls() {
    Node a = node("a");
    a.append("t", 5_000, 50);
    a.lie = m -> m instanceof SyncMessage.Events ? null : m;
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    wire.connect(b, a);
    wire.settle();
    wire.pass(11_000);
    assertEquals(Refusal.STALLED.points(), points(b), why(b));
    a.lie = m -> m;
    a.append("t", 1, 50);
    wire.feed(a, a.grown("t"));
    wire.pass(20_000);
    assertEquals(5_001, b.export().size(), why(b) + wire.trace);
  }

  @Test
  void shouldGiveUpOnAPeerThatWithholdsWhatItOffered() {
    Node a = node("a");
    a.append("t", 5_000, 50);
    a.lie =
        m ->
            m instanceof SyncMessage.Events e
                ? new SyncMessage.Unavailable(e.log(), e.run().from())
                : m;
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    wire.connect(b, a);
    wire.settle();
    assertTrue(points(b) >= Refusal.WITHHELD.points(), why(b) + wire.trace);
    a.lie = m -> m;
    wire.pass(3_000);
    assertEquals(5_000, b.export().size(), why(b));
  }

  @Test
  void shouldPunishFloodsAndAnswersToNothing() {
    Node a = node("a");
    a.append("t", 9_000, 200);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.connect(b, a);
    wire.settle();
    LogId log = a.log("t").id();
    for (int i = 0; i < 300; i++) {
      wire.inject(b, a, body(new SyncMessage.GetEvents(log, 0, 100_000)));
    }
    assertTrue(points(a) < Refusal.LIMIT, "what is not there costs an answer, no points");
    wire.inject(b, a, body(new SyncMessage.Peaks(log, 3, List.of())));
    assertEquals(Refusal.UNSOLICITED.points(), points(a));
    wire.inject(b, a, ByteBuffer.wrap(new byte[] {99}));
    assertEquals(List.of(Refusal.BAD_FRAME), a.refusals);
  }

  private static ByteBuffer body(SyncMessage message) {
    ByteBuffer frame = SyncCodec.encode(message);
    Varint.get(frame);
    return frame.slice();
  }

  @Test
  void shouldSurviveAnyDamageToFrames() {
    Random random = new Random(11);
    Node a = node("a");
    a.append("t", 400, 30);
    Node b = node("b");
    b.append("u", 400, 30);
    for (int round = 0; round < 60; round++) {
      Wire wire = new Wire(a, b);
      wire.feed(a, a.grown("t"));
      wire.feed(b, b.grown("u"));
      a.lie = m -> damaged(m, random);
      wire.connect(b, a);
      wire.settle();
      wire.disconnect(a, b);
      a.append("t", 1, 30);
    }
    a.lie = m -> m;
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    wire.connect(a, b);
    wire.settle();
    wire.pass(3_000);
    assertEquals(a.export(), b.export());
    assertFalse(b.refusals.isEmpty());
  }

  private static SyncMessage damaged(SyncMessage message, Random random) {
    if (random.nextInt(3) > 0) {
      return message;
    }
    byte[] bytes = new byte[body(message).remaining()];
    body(message).get(bytes);
    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    try {
      return SyncCodec.decode(ByteBuffer.wrap(bytes));
    } catch (XfException e) {
      return null;
    }
  }
}
