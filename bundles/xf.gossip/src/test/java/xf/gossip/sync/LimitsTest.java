package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.GroupSecret;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;
import xf.merkle.CompactRange;
import xf.multiformats.Varint;
import xf.testkit.net.TestIdentity;

/** Each limit of a session from both sides: what is within is taken, what is beyond is not. */
class LimitsTest {
  private static final long SECOND_NS = 1_000_000_000L;

  @TempDir Path folder;
  private final GroupSecret group = GroupSecret.random(new SecureRandom());
  private final List<Node> nodes = new ArrayList<>();

  private Node node(String name, SyncLimits limits) {
    Node node = new Node(folder.resolve(name), group, limits);
    nodes.add(node);
    return node;
  }

  private Node node(String name) {
    return node(name, SyncLimits.DEFAULT);
  }

  @AfterEach
  void close() {
    nodes.forEach(Node::close);
  }

  static ByteBuffer body(SyncMessage message) {
    ByteBuffer frame = SyncCodec.encode(message);
    Varint.get(frame);
    return frame.slice();
  }

  static SyncMessage messageOf(ByteBuffer frame) {
    ByteBuffer copy = frame.duplicate();
    Varint.get(copy);
    return SyncCodec.decode(copy.slice());
  }

  private static int points(Node at) {
    return at.state.sessionInfos().isEmpty()
        ? Refusal.LIMIT
        : at.state.sessionInfos().get(0).penaltyPoints();
  }

  @Test
  void shouldGiveABurstAndThenOneEachInterval() {
    TokenBucket bucket = new TokenBucket(3, 10, 100);
    for (int i = 0; i < 3; i++) {
      assertTrue(bucket.take(100));
    }
    assertFalse(bucket.take(109));
    assertTrue(bucket.take(110));
    assertFalse(bucket.take(119));
    assertTrue(bucket.take(120));
    for (int i = 0; i < 3; i++) {
      assertTrue(bucket.take(10_000), "no more than the burst after a long rest");
    }
    assertFalse(bucket.take(10_000));
  }

  /** A burst of heads beyond what is verified at once is taken later, not lost and no offence. */
  private void shouldTakeTheRestLater(SyncLimits limits, int logs) {
    Node a = node("a");
    a.appendToLogs("log", 0, logs);
    Node b = node("b", limits);
    Wire wire = new Wire(a, b);
    String[] names = new String[logs];
    for (int i = 0; i < logs; i++) {
      names[i] = "log" + i;
    }
    wire.feed(a, a.grown(names));
    wire.connect(a, b);
    wire.settle();
    int first = b.export().size();
    assertTrue(first > 0 && first < logs, first + " of " + logs);
    wire.pass(60_000);
    assertEquals(a.export(), b.export(), b.state.sessionInfos().toString());
    assertEquals(0, points(b));
  }

  @Test
  void shouldVerifyNoMoreSignaturesOfAPeerThanItsBucketHolds() {
    shouldTakeTheRestLater(limits(5, 100, 1_000), 12);
  }

  @Test
  void shouldTakeNoMoreNewLogsOfAPeerThanItsBucketHolds() {
    shouldTakeTheRestLater(limits(1_000, 5, 1_000), 12);
  }

  @Test
  void shouldHoldNoMoreWaitingLogsThanItMay() {
    shouldTakeTheRestLater(limits(1_000, 1_000, 5), 12);
  }

  private static SyncLimits limits(int signatures, int newLogs, int pendingLogs) {
    SyncLimits d = SyncLimits.DEFAULT;
    return new SyncLimits(
        d.logs(),
        d.rideBytes(),
        d.answerBytes(),
        d.requests(),
        d.rangeEvents(),
        d.rangeBytes(),
        d.pagesPerRequest(),
        d.requestsPerLog(),
        d.fetches(),
        d.commitBytes(),
        d.heldBytes(),
        d.nodes(),
        pendingLogs,
        signatures,
        SECOND_NS,
        newLogs,
        SECOND_NS,
        d.reconciliations(),
        d.reconciliationNs(),
        d.membershipTimeoutNs(),
        d.requestTimeoutNs(),
        d.signNs(),
        d.signEvents(),
        d.futureNs(),
        d.quietNs());
  }

  @Test
  void shouldCopyALogWhoseRootsDoNotFitIntoOneAnswer() {
    SyncLimits d = SyncLimits.DEFAULT;
    SyncLimits few =
        new SyncLimits(
            d.logs(),
            d.rideBytes(),
            d.answerBytes(),
            d.requests(),
            1_000,
            d.rangeBytes(),
            d.pagesPerRequest(),
            d.requestsPerLog(),
            d.fetches(),
            d.commitBytes(),
            d.heldBytes(),
            3,
            d.pendingLogs(),
            d.signatures(),
            d.signatureNs(),
            d.newLogs(),
            d.newLogNs(),
            d.reconciliations(),
            d.reconciliationNs(),
            d.membershipTimeoutNs(),
            d.requestTimeoutNs(),
            d.signNs(),
            d.signEvents(),
            d.futureNs(),
            d.quietNs());
    Node a = node("a", few);
    a.append("t", 2_900, 20);
    Node b = node("b", few);
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    wire.connect(b, a);
    wire.settle();
    assertEquals(a.export(), b.export(), wire.trace::toString);
    assertTrue(wire.trace.stream().filter(line -> line.contains("GetNodes")).count() >= 4);
    assertEquals(0, points(b));
  }

  @Test
  void shouldRefuseARequestOfMoreThan32PagesAndAnswerOneOf32() {
    Node a = node("a");
    a.append("t", 9_000, 10);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    wire.connect(b, a);
    wire.settle();
    LogId log = a.name("t").id();
    wire.inject(b, a, body(new SyncMessage.GetEvents(log, 100, 100 + 8_192)));
    assertEquals(0, points(a));
    wire.inject(b, a, body(new SyncMessage.GetEvents(log, 0, 8_193)));
    assertEquals(List.of(Refusal.TOO_LARGE), a.refusals);
  }

  @Test
  void shouldServeNothingBeyondItsOwnSignedHead() {
    Node a = node("a");
    a.append("t", 300, 10);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    wire.connect(b, a);
    wire.settle();
    a.append("t", 10, 10); // durable, not signed yet
    LogId log = a.name("t").id();
    for (SyncMessage request :
        List.of(
            new SyncMessage.GetEvents(log, 299, 301),
            new SyncMessage.GetNodes(log, 301, 0),
            new SyncMessage.GetPeaks(log, 301),
            new SyncMessage.GetConsistency(log, 300, 301),
            new SyncMessage.GetSparse(log, true, List.of(300L)))) {
      wire.resetCounts();
      wire.inject(b, a, body(request));
      String answer = wire.trace.toString();
      assertTrue(answer.contains("Unavailable") || answer.contains("Sparse 3"), answer);
    }
    assertEquals(0, points(a));
  }

  @Test
  void shouldEndASessionOfOneReconciliationAfterTheOther() {
    Node a = node("a");
    a.append("t", 3, 10);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.connect(b, a);
    wire.settle();
    int begun = 0;
    while (a.refusals.isEmpty() && points(a) == 0 && begun < 100) {
      wire.inject(
          b, a, body(new SyncMessage.Reconcile(ByteBuffer.wrap(new byte[] {1, 0, 0, 2, 0}))));
      wire.inject(b, a, body(new SyncMessage.NeedIds(List.of())));
      begun++;
    }
    assertEquals(SyncLimits.DEFAULT.reconciliations() + 1, begun);
  }

  @Test
  void shouldTakeAProofOf63HashesAndRefuseOneOf64() {
    LogId log = LogId.of(new byte[32]);
    Hash hash = Hash.of(new byte[32]);
    List<Hash> most = new ArrayList<>();
    for (int i = 0; i < 63; i++) {
      most.add(hash);
    }
    ByteBuffer good = body(new SyncMessage.Consistency(log, 1, 2, most));
    assertEquals(63, ((SyncMessage.Consistency) SyncCodec.decode(good)).path().size());
    most.add(hash);
    ByteBuffer bad = body(new SyncMessage.Consistency(log, 1, 2, most));
    assertThrows(XfException.class, () -> SyncCodec.decode(bad));
  }

  @Test
  void shouldKeepOneHeadForEachPeerOfSoManyPeers() {
    Node a = node("a");
    LogState state = new LogState(a.name("t"), a.name("t").id(), new CompactRange());
    for (int i = 0; i < LogState.MAX_SOURCES + 5; i++) {
      PeerId peer = new TestIdentity(i).peerId();
      for (int size = 1; size < 4; size++) {
        state.offer(peer, state.checkpoint(size, Hash.of(new byte[32]), new byte[64]));
      }
    }
    assertEquals(LogState.MAX_SOURCES, state.sources.size());
    PeerId ahead = new TestIdentity(999).peerId();
    state.offer(ahead, state.checkpoint(4, Hash.of(new byte[32]), new byte[64]));
    assertEquals(LogState.MAX_SOURCES, state.sources.size());
    assertEquals(4, state.target().orElseThrow().head().size(), "who is ahead is never left out");
  }
}
