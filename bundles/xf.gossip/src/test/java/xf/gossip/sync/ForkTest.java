package xf.gossip.sync;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.EventDraft;
import xf.event.GroupSecret;
import xf.event.LogId;
import xf.event.LogName;
import xf.gossip.Refusal;
import xf.merkle.ForkEvidence;
import xf.merkle.TreeHasher;
import xf.multiformats.Varint;

class ForkTest {
  @TempDir Path folder;
  private final GroupSecret group = GroupSecret.random(new SecureRandom());
  private final List<Node> nodes = new ArrayList<>();

  private Node node(String name) {
    Node node = new Node(folder.resolve(name), group);
    nodes.add(node);
    return node;
  }

  @AfterEach
  void close() {
    nodes.forEach(Node::close);
  }

  /** A second device with the same key: what a copied data folder makes. */
  private Node twin(String of, String name) throws IOException {
    Path identity = folder.resolve(name).resolve("identity");
    Files.createDirectories(identity);
    try (Stream<Path> files = Files.list(folder.resolve(of).resolve("identity"))) {
      for (Path file : files.filter(f -> f.toString().endsWith("device.key")).toList()) {
        Files.copy(file, identity.resolve(file.getFileName()));
      }
    }
    return node(name);
  }

  private static LogId append(Node node, String text, int events) {
    for (int i = 0; i < events; i++) {
      node.log("t").append(EventDraft.of((text + i).getBytes(UTF_8))).join();
    }
    return node.name("t").id();
  }

  private void fork(int common, int onA, int onB, int checkAt) throws IOException {
    Node one = node("one");
    Node two = twin("one", "two");
    LogId log = append(one, "same", common);
    LogName name = one.name("t");
    append(two, "same", common);
    Node a = node("a");
    Node b = node("b");
    append(one, "left", onA);
    append(two, "right", onB);
    for (Node[] pair : new Node[][] {{one, a}, {two, b}}) {
      Wire wire = new Wire(pair);
      wire.feed(pair[0], new SyncInput.Grown(Set.of(name)));
      wire.connect(pair[1], pair[0]);
      wire.settle();
      assertEquals(pair[0].export(), pair[1].export());
      wire.disconnect(pair[0], pair[1]);
    }
    Wire wire = new Wire(a, b);
    wire.connect(a, b);
    wire.settle();
    wire.pass(3_000);
    for (Node node : List.of(a, b)) {
      assertEquals(1, node.forks.all().size(), node.state.sessionInfos() + " " + wire.trace);
      ForkEvidence evidence = node.forks.all().iterator().next();
      evidence.verify(new TreeHasher());
      assertEquals(checkAt < 0, evidence instanceof ForkEvidence.Diverging);
      assertTrue(node.store.find(log).orElseThrow().frozen().isPresent());
    }
    assertEquals(common + onA, a.export().size());
    assertEquals(common + onB, b.export().size());
  }

  @Test
  void shouldProveAForkOfOneSizeByTwoSignatures() throws IOException {
    fork(10, 5, 5, 15);
  }

  @Test
  void shouldProveAForkOfTwoSizesByARangeThatDiffers() throws IOException {
    fork(300, 2, 9, -1);
  }

  /** More forks than penalties that one peer may have, all found in one session. */
  @Test
  void shouldBlameNobodyForForksThatComeToLight() throws IOException {
    int logs = 2 * Refusal.LIMIT / Refusal.WRONG_PROOF.points();
    Node one = node("one");
    Node two = twin("one", "two");
    Node a = node("a");
    Node b = node("b");
    for (int i = 0; i < logs; i++) {
      one.append("t" + i, 3, 10);
      two.append("t" + i, 5, 20); // of two sizes, so that it takes a talk to prove it
    }
    for (Node[] pair : new Node[][] {{one, a}, {two, b}}) {
      Wire wire = new Wire(pair);
      for (int i = 0; i < logs; i++) {
        wire.feed(pair[0], pair[0].grown("t" + i));
      }
      wire.connect(pair[1], pair[0]);
      wire.settle();
      assertEquals(pair[0].export(), pair[1].export());
      wire.disconnect(pair[0], pair[1]);
    }
    Wire wire = new Wire(a, b);
    wire.connect(a, b);
    wire.settle();
    wire.pass(15_000);
    for (Node node : List.of(a, b)) {
      assertEquals(logs, node.forks.all().size(), node.state.sessionInfos() + " " + wire.trace);
      assertEquals(List.of(), node.refusals);
      node.state.sessionInfos().forEach(each -> assertEquals(0, each.penaltyPoints(), each::why));
    }
  }

  @Test
  void shouldStopWritingWhenAPeerHoldsMoreOfOurOwnLog() throws IOException {
    Node one = node("one");
    LogId log = append(one, "x", 20);
    Node peer = node("peer");
    Wire wire = new Wire(one, peer);
    wire.feed(one, one.grown("t"));
    wire.connect(one, peer);
    wire.settle();
    assertEquals(20, peer.export().size());
    Node restored = twin("one", "restored");
    append(restored, "x", 7);
    Wire again = new Wire(restored, peer);
    again.feed(restored, restored.grown("t"));
    again.connect(restored, peer);
    again.settle();
    String why = restored.store.find(log).orElseThrow().frozen().orElse("not frozen");
    assertTrue(why.contains("new epoch"), why + again.trace);
    assertEquals(20, peer.export().size());
  }

  @Test
  void shouldFindOutThatItsDataIsFromABackupBeforeItSignsAnythingElse() throws IOException {
    Node one = node("one");
    LogId log = append(one, "x", 20);
    Node peer = node("peer");
    Wire wire = new Wire(one, peer);
    wire.feed(one, one.grown("t"));
    wire.connect(one, peer);
    wire.settle();
    Node restored = twin("one", "restored");
    append(restored, "other", 30);
    Wire again = new Wire(restored, peer);
    again.feed(restored, restored.grown("t")); // more than the peer has, and something else
    again.connect(restored, peer);
    again.settle();
    again.pass(8_000);
    String why = restored.store.find(log).orElseThrow().frozen().orElse("not frozen");
    assertTrue(why.contains("new epoch"), why + again.trace);
    assertEquals(20, peer.export().size());
    assertTrue(peer.forks.all().isEmpty(), "nothing was signed that could prove a fork");
    assertTrue(peer.store.find(log).orElseThrow().frozen().isEmpty());
  }

  @Test
  void shouldTellNobodyOfAHistoryThatAMemberKnowsOtherwise() throws IOException {
    Node one = node("one");
    LogId log = append(one, "x", 20);
    Node peer = node("peer");
    Wire wire = new Wire(one, peer);
    wire.feed(one, one.grown("t"));
    wire.connect(one, peer);
    wire.settle();
    Node restored = twin("one", "restored");
    append(restored, "other", 30);
    Wire alone = new Wire(restored, peer);
    alone.feed(restored, restored.grown("t"));
    alone.pass(6_000); // nobody to ask: it signs for itself
    alone.connect(peer, restored);
    alone.settle();
    alone.pass(8_000);
    String why = restored.store.find(log).orElseThrow().frozen().orElse("not frozen");
    assertTrue(why.contains("other events"), why + alone.trace);
    assertTrue(peer.forks.all().isEmpty(), alone.trace::toString);
    assertTrue(peer.store.find(log).orElseThrow().frozen().isEmpty());
  }

  @Test
  void shouldBlameNobodyForAnotherHistoryWhileOneIsOnItsWayToTheDisk() throws IOException {
    Node one = node("one");
    Node two = twin("one", "two");
    append(one, "left", 3);
    append(two, "right", 5);
    Node a = node("a");
    Node b = node("b");
    Node c = node("c");
    SyncMessage.Head left = headPushed(one, a);
    SyncMessage.Head right = headPushed(two, b);
    for (Node each : List.of(a, b)) {
      SyncOutput.Send open =
          (SyncOutput.Send) each.state.handle(new SyncInput.Opened(c.peer), 0).get(0);
      SyncMessage message = SyncCodec.decode(body(open.frame()));
      c.state.handle(new SyncInput.Invited(each.peer, (SyncMessage.Open) message), 0);
    }
    List<SyncOutput> taken = hear(c, a, left);
    assertTrue(taken.stream().anyMatch(SyncOutput.Commit.class::isInstance), taken::toString);
    for (int i = 0; i < 3; i++) {
      List<SyncOutput> passedOver = hear(c, b, right);
      assertEquals(List.of(), passedOver);
    }
    c.state.sessionInfos().forEach(session -> assertEquals(0, session.penaltyPoints()));
  }

  private static ByteBuffer body(ByteBuffer frame) {
    ByteBuffer body = frame.duplicate();
    Varint.get(body);
    return body.slice();
  }

  private static List<SyncOutput> hear(Node at, Node from, SyncMessage message) {
    ByteBuffer frame = body(SyncCodec.encode(message));
    return at.state.handle(new SyncInput.Frame(from.peer, frame), 0);
  }

  /** The head, with its events, that an author pushes to a member. */
  private SyncMessage.Head headPushed(Node author, Node to) {
    List<SyncMessage.Head> pushed = new ArrayList<>();
    author.lie =
        message -> {
          if (message instanceof SyncMessage.Head head) {
            pushed.add(head);
          }
          return message;
        };
    Wire wire = new Wire(author, to);
    wire.feed(author, new SyncInput.Grown(Set.of(author.name("t"))));
    wire.connect(to, author);
    wire.settle();
    assertEquals(author.export(), to.export());
    return pushed.get(0);
  }
}
