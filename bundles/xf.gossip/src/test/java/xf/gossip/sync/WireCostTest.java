package xf.gossip.sync;

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

/** What a session costs in bytes and one-way trips; frames with their length prefixes. */
class WireCostTest {
  private static final int EVENT_BYTES = 256;

  @TempDir Path folder;
  private final GroupSecret group = GroupSecret.random(new SecureRandom());
  private final List<Node> nodes = new ArrayList<>();

  private Node node(String name) {
    Node node = new Node(folder.resolve(name), group);
    nodes.add(node);
    return node;
  }

  private Node reopen(Node node) {
    node.close();
    nodes.remove(node);
    Node again = new Node(node.folder, group);
    nodes.add(again);
    return again;
  }

  @AfterEach
  void close() {
    nodes.forEach(Node::close);
  }

  @Test
  void shouldSayThatTenThousandLogsAreTheSameInOneRoundTripAnd128Bytes() {
    Node a = node("a");
    a.appendToLogs("log", 0, 10_000);
    a = reopen(a);
    Node b = node("b");
    Wire first = new Wire(a, b);
    first.connect(a, b);
    first.settle();
    assertEquals(10_000, b.export().size(), "" + a.state.sessionInfos());
    first.disconnect(a, b);

    Wire again = new Wire(a, b);
    again.connect(b, a);
    int trips = again.settle();
    assertTrue(again.bytes <= 128, again.bytes + " bytes: " + again.trace);
    assertEquals(2, trips, "open, accept: " + again.trace);
    assertEquals(2, again.frames, again.trace::toString);
    assertEquals("in sync", a.state.sessionInfos().get(0).why());

    againWithTenChanged(a, b, again);
    again.disconnect(a, b);
    reconciled(a, b);
  }

  /** A peer from before: changed heads only. */
  private void againWithTenChanged(Node a, Node b, Wire wire) {
    wire.disconnect(a, b);
    wire.nowNs += 1_000_000_000L;
    a.appendToLogs("log", 500, 505);
    wire.feed(a, a.grown("log500", "log501", "log502", "log503", "log504"));
    a.appendToLogs("log", 600, 605);
    wire.feed(a, a.grown("log600", "log601", "log602", "log603", "log604"));
    wire.resetCounts();
    wire.connect(b, a);
    int trips = wire.settle();
    assertEquals(10_010, b.export().size(), wire.trace::toString);
    assertTrue(wire.bytes <= 4_000, wire.bytes + " bytes: " + wire.trace);
    assertTrue(trips <= 4, trips + " one-way trips: " + wire.trace);
  }

  /** A peer that remembers nothing: reconciliation of salted ids. */
  private void reconciled(Node a, Node b) {
    Node fresh = reopen(b);
    a.appendToLogs("log", 700, 705);
    fresh.appendToLogs("mine", 0, 5);
    fresh = reopen(fresh);
    Wire wire = new Wire(a, fresh);
    wire.nowNs = 10_000_000_000L;
    wire.feed(a, a.grown("log700", "log701", "log702", "log703", "log704"));
    wire.connect(fresh, a);
    int trips = wire.settle();
    assertEquals(10_020, fresh.export().size(), wire.trace::toString);
    assertEquals(a.export(), fresh.export());
    assertTrue(wire.bytes <= 6_000, wire.bytes + " bytes: " + wire.trace);
    // Open, accept, three times reconcile, data, data the other way; then both ask for their
    // future.
    assertTrue(trips <= 8, trips + " one-way trips: " + wire.trace);
  }

  @Test
  void shouldPushTenEventsInOneTripAndReplicateInFewBytes() {
    Node a = node("a");
    a.append("t", 20_000, EVENT_BYTES);
    a = reopen(a);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.connect(b, a);
    wire.settle();
    assertEquals(20_000, b.export().size());
    double bytesPerEvent = wire.bytes / 20_000.0;
    assertTrue(bytesPerEvent <= 275, bytesPerEvent + " bytes an event");

    a.append("t", 10, EVENT_BYTES);
    wire.resetCounts();
    wire.nowNs += 1_000_000_000L;
    wire.feed(a, a.grown("t"));
    int trips = wire.settle();
    assertEquals(20_010, b.export().size());
    assertTrue(wire.bytes <= 2_950, wire.bytes + " bytes: " + wire.trace);
    assertEquals(1, trips, wire.trace::toString);
  }
}
