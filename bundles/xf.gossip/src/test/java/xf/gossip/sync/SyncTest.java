package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.GroupSecret;
import xf.event.LogId;
import xf.gossip.SessionInfo;

class SyncTest {
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

  private static void assertSame(Node a, Node b) {
    assertEquals(a.export(), b.export());
  }

  @Test
  void shouldCopyAShortLogWithItsFirstHead() {
    Node a = node("a");
    a.append("t", 10, 100);
    Node b = node("b");
    a.close();
    nodes.remove(a);
    a = node("a");
    Wire wire = new Wire(a, b);
    wire.connect(b, a);
    wire.settle();
    assertEquals(10, b.export().size(), wire.trace::toString);
    assertSame(a, b);
    assertEquals(
        SessionInfo.State.LIVE, a.state.sessionInfos().get(0).state(), wire.trace::toString);
  }

  @Test
  void shouldCopyALongLogByItsPagesAndSealTheSamePages() {
    Node a = node("a");
    LogId log = a.append("t", 70_001, 40);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    wire.connect(a, b);
    wire.settle();
    assertEquals(List.of(), b.refusals);
    assertEquals(70_001, b.store.find(log).orElseThrow().size(), wire.trace::toString);
    assertSame(a, b);
    assertArrayEquals(a.pageFile(log), b.pageFile(log));
    assertTrue(b.index.checkpointAt(log, 256 * 77).isPresent());
    assertEquals(a.index.checkpoint(log), b.index.checkpoint(log));
  }

  @Test
  void shouldGoOnFromWhereItWasAfterAFailedDiskAndARestart() {
    Node a = node("a");
    LogId log = a.append("t", 30_000, 40);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    a.lie = m -> m instanceof SyncMessage.Events e && e.run().from() > 12_000 ? null : m;
    wire.connect(b, a);
    wire.settle();
    long stopped = b.store.find(log).orElseThrow().size();
    assertTrue(stopped > 0 && stopped < 30_000, "stopped at " + stopped);
    wire.disconnect(a, b);
    b.close();
    nodes.remove(b);
    Node again = node("b");
    assertEquals(stopped, again.store.find(log).orElseThrow().size());
    a.lie = m -> m;
    again.failNextCommit = true;
    Wire next = new Wire(a, again);
    next.connect(again, a);
    next.settle();
    next.pass(3_000);
    assertSame(a, again);
    assertArrayEquals(a.pageFile(log), again.pageFile(log));
  }

  @Test
  void shouldPassEventsOnThroughAMemberInTheMiddle() {
    Node a = node("a");
    Node b = node("b");
    Node c = node("c");
    Wire wire = new Wire(a, b, c);
    wire.connect(a, b);
    wire.connect(c, b);
    wire.settle();
    a.append("t", 300, 50);
    c.append("u", 20, 50);
    wire.feed(a, a.grown("t"));
    wire.feed(c, c.grown("u"));
    wire.settle();
    assertEquals(320, b.export().size());
    assertSame(a, b);
    assertSame(c, b);
  }
}
