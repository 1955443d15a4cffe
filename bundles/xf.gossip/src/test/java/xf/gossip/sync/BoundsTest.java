package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.AuthorKey;
import xf.event.GroupSecret;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Signer;
import xf.gossip.Refusal;
import xf.gossip.SessionInfo;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.CompactRange;
import xf.merkle.ForkEvidence;
import xf.merkle.TreeHead;
import xf.testkit.net.TestIdentity;

/** What a peer can make grow here, up to its bound and no further. */
class BoundsTest {
  private static final long SECOND_NS = 1_000_000_000L;
  private static final int MIB = 1 << 20;
  private static final int LOGS = SyncLimits.DEFAULT.logs();

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

  private static SyncLimits limits(
      int logs, int rangeEvents, int fetches, int heldBytes, int pendingLogs) {
    SyncLimits d = SyncLimits.DEFAULT;
    return new SyncLimits(
        logs,
        d.rideBytes(),
        d.answerBytes(),
        d.requests(),
        rangeEvents,
        d.rangeBytes(),
        d.pagesPerRequest(),
        d.requestsPerLog(),
        fetches,
        d.commitBytes(),
        heldBytes,
        d.nodes(),
        pendingLogs,
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
  }

  private Context context(Node node, SyncLimits limits) {
    StoreReplica replica = new StoreReplica(node.store, node.index, node.keyring, node.forks);
    return new Context(
        group, node.peer, replica, limits, new SplittableRandom(1), Signatures.VERIFIED);
  }

  private static PeerSession live(Context context, int seed) {
    PeerSession session = new PeerSession(context, new TestIdentity(seed).peerId(), true);
    session.setState(SessionInfo.State.LIVE);
    return session;
  }

  private static LogId someLog(int number) {
    return LogId.of(ByteBuffer.allocate(LogId.LENGTH_BYTES).putInt(number).array());
  }

  private static Hash root(int number) {
    return Hash.of(ByteBuffer.allocate(Hash.LENGTH_BYTES).putInt(number).array());
  }

  private static long count(Context context, Class<? extends SyncMessage> type) {
    return context.takeOutputs().stream()
        .filter(SyncOutput.Send.class::isInstance)
        .map(output -> LimitsTest.messageOf(((SyncOutput.Send) output).frame()))
        .filter(type::isInstance)
        .count();
  }

  // ---- what is remembered of a peer

  @Test
  void shouldRememberWhatAPeerHasOfNoMoreLogsThanAreHereOrOnTheirWay() {
    Node a = node("a");
    Context context = context(a, limits(LOGS, 8_192, 32, 48 * MIB, 5));
    PeerSession session = live(context, 1);
    for (int i = 0; i < 100; i++) {
      session.noteTold(someLog(i), 1);
    }
    assertEquals(5, session.toldCount());
    session.noteTold(someLog(4), 7);
    assertEquals(7, session.told(someLog(4), 0), "what is remembered goes on");
    assertEquals(0, session.told(someLog(5), 0));
  }

  @Test
  void shouldSendEvidenceOnlyAsFastAsTheStreamTakesIt() {
    Node a = node("a");
    Context context = context(a, SyncLimits.DEFAULT);
    PeerSession session = live(context, 1);
    int forks = 2_000;
    for (int i = 0; i < forks; i++) {
      ForkEvidence evidence =
          ForkEvidence.of(
              new Checkpoint(someLog(i), a.author(), new TreeHead(1, root(1)), new byte[64]),
              new Checkpoint(someLog(i), a.author(), new TreeHead(1, root(2)), new byte[64]));
      session.pushEvidence(evidence.log(), evidence.toBytes());
    }
    session.pump();
    long first = count(context, SyncMessage.Fork.class);
    assertTrue(first > 100 && first < forks / 2, first + " at once");
    session.pump();
    assertEquals(0, count(context, SyncMessage.Fork.class), "before the stream takes more");
    long all = first;
    for (int i = 0; i < 20; i++) {
      session.onWritable();
      session.pump();
      all += count(context, SyncMessage.Fork.class);
    }
    assertEquals(forks, all);
  }

  @Test
  void shouldTalkWithSoManyPeersAtATime() {
    Node a = node("a");
    for (int i = 0; i < GroupState.MAX_SESSIONS; i++) {
      PeerId peer = new TestIdentity(i).peerId();
      assertFalse(isClosed(a.state.handle(new SyncInput.Opened(peer), 0)), "peer " + i);
    }
    PeerId more = new TestIdentity(-1).peerId();
    assertTrue(isClosed(a.state.handle(new SyncInput.Opened(more), 0)));
    SyncInput closed = new SyncInput.Closed(new TestIdentity(7).peerId());
    assertFalse(isClosed(a.state.handle(closed, 0)));
    assertFalse(isClosed(a.state.handle(new SyncInput.Opened(more), 0)));
  }

  private static boolean isClosed(List<SyncOutput> outputs) {
    return outputs.stream().anyMatch(SyncOutput.Close.class::isInstance);
  }

  @Test
  void shouldRememberSoManyPeersAndForgetThoseOfLongestAgo() {
    Node a = node("a");
    HeadTable heads = new HeadTable();
    Retry retry = new Retry(new SplittableRandom(1));
    MemberTable members = new MemberTable(a.store.stage("gossip"));
    LateAnswers late = new LateAnswers();
    for (int i = 0; i <= Retry.MAX_ENTRIES; i++) {
      retry.failed(group.id(), new TestIdentity(i).peerId(), 0, "gone");
      late.expect(new TestIdentity(1).peerId(), someLog(i), 1);
    }
    for (int i = 0; i <= MemberTable.MAX_MEMBERS; i++) {
      heads.rememberInStep(new TestIdentity(i).peerId());
      members.seen(group.id(), new TestIdentity(i).peerId(), 1_000 + i);
    }
    PeerId first = new TestIdentity(0).peerId();
    PeerId second = new TestIdentity(1).peerId();
    assertTrue(retry.find(group.id(), first).isEmpty());
    assertTrue(retry.find(group.id(), second).isPresent());
    assertFalse(members.has(group.id(), first));
    assertTrue(members.has(group.id(), second));
    assertNull(heads.referenceOf(first));
    assertNotNull(heads.referenceOf(second));
    assertTrue(late.excuses(second, someLog(LateAnswers.MAX_LOGS - 1), 1));
    assertFalse(late.excuses(second, someLog(LateAnswers.MAX_LOGS), 1));
  }

  @Test
  void shouldTakeSoManyLogsAndNoMore() {
    Node a = node("a");
    a.appendToLogs("log", 0, 3);
    Node b = node("b", limits(3, 8_192, 32, 48 * MIB, 16_384));
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("log0", "log1", "log2"));
    wire.connect(b, a);
    wire.settle();
    assertEquals(3, b.state.heads().size());
    a.appendToLogs("log", 3, 5);
    wire.feed(a, a.grown("log3", "log4"));
    wire.pass(10_000);
    assertEquals(3, b.state.heads().size());
    assertTrue(b.refusals.contains(Refusal.FLOOD));
  }

  // ---- questions that are left open

  private void shouldAsk(int most, SyncMessageCounter asked) {
    assertEquals(most, asked.ofPeer(1));
    assertEquals(most, asked.ofPeer(2), "one that leaves all open has only its own share");
  }

  private interface SyncMessageCounter {
    long ofPeer(int seed);
  }

  @Test
  void shouldAskOnePeerForSoManyPeaksAtATime() {
    Node a = node("a");
    Context context = context(a, SyncLimits.DEFAULT);
    int logs = ForkWatch.MOST_PROBES_OF_A_PEER + 4;
    a.appendToLogs("t", 0, logs);
    a.appendToLogs("t", 0, logs);
    ForkWatch watch = new ForkWatch(context);
    for (int i = 0; i < logs; i++) {
      context.heads.put(a.name("t" + i), a.index.checkpoint(a.name("t" + i).id()));
    }
    shouldAsk(
        ForkWatch.MOST_PROBES_OF_A_PEER,
        seed -> {
          PeerSession session = live(context, seed);
          for (int i = 0; i < logs; i++) {
            LogName name = a.name("t" + i);
            watch.onOtherHistory(
                session,
                name,
                new Checkpoint(name.id(), a.author(), new TreeHead(1, root(i)), new byte[64]));
          }
          return count(context, SyncMessage.GetPeaks.class);
        });
  }

  @Test
  void shouldAskOnePeerForSoManyConsistencyProofsAtATime() {
    Node a = node("a");
    Context context = context(a, SyncLimits.DEFAULT);
    LogId id = a.append("t", 3, 10);
    Conflicts conflicts = new Conflicts(context, new PageVerifier(context));
    LogState log = new LogState(a.name("t"), id, new CompactRange());
    shouldAsk(
        Conflicts.MOST_OF_A_PEER,
        seed -> {
          PeerSession session = live(context, seed);
          for (int i = 0; i < Conflicts.MOST_OF_A_PEER + 1; i++) {
            Checkpoint head = log.checkpoint(10 + i, root(i), new byte[64]);
            conflicts.found(session, log, head, Refusal.WRONG_EVENTS);
          }
          assertEquals(
              Refusal.WRONG_EVENTS.points(), session.toInfo("").penaltyPoints(), "the last one");
          return count(context, SyncMessage.GetConsistency.class);
        });
  }

  @Test
  void shouldBlameWhoDoesNotProveALogUnlessItForked() {
    Node a = node("a");
    Context context = context(a, SyncLimits.DEFAULT);
    LogId plain = a.append("plain", 3, 10);
    LogId forked = a.append("forked", 3, 10);
    Conflicts conflicts = new Conflicts(context, new PageVerifier(context));
    PeerSession session = live(context, 1);
    for (LogId id : List.of(plain, forked)) {
      LogState log = new LogState(a.store.find(id).orElseThrow().name(), id, new CompactRange());
      Checkpoint head = log.checkpoint(9, root(9), new byte[64]);
      conflicts.found(session, log, head, Refusal.WRONG_EVENTS);
      conflicts.onConsistency(session, new SyncMessage.Consistency(id, 3, 9, List.of()));
    }
    context.setNow(10 * SECOND_NS);
    conflicts.onTick(peer -> session);
    assertEquals(0, session.toInfo("").penaltyPoints(), "evidence may still come");
    a.store.freeze(forked, "as when evidence has come");
    context.setNow(11 * SECOND_NS);
    conflicts.onTick(peer -> session);
    assertEquals(Refusal.WRONG_PROOF.points(), session.toInfo("").penaltyPoints());
    conflicts.onTick(peer -> session);
    assertEquals(Refusal.WRONG_PROOF.points(), session.toInfo("").penaltyPoints(), "once");
  }

  @Test
  void shouldBlameWhoNeverAnswersForItsProof() {
    Node a = node("a");
    Context context = context(a, SyncLimits.DEFAULT);
    LogId id = a.append("t", 3, 10);
    Conflicts conflicts = new Conflicts(context, new PageVerifier(context));
    PeerSession session = live(context, 1);
    LogState log = new LogState(a.name("t"), id, new CompactRange());
    Checkpoint head = log.checkpoint(9, root(9), new byte[64]);
    conflicts.found(session, log, head, Refusal.WRONG_EVENTS);
    for (int second : new int[] {11, 22}) {
      assertEquals(0, session.toInfo("").penaltyPoints());
      context.setNow(second * SECOND_NS);
      conflicts.onTick(peer -> session);
    }
    assertEquals(Refusal.WRONG_PROOF.points(), session.toInfo("").penaltyPoints());
  }

  @Test
  void shouldHoldSaltedHeadsUpToABoundAndThoseOfTheNewestInAnyCase() {
    Context context = context(node("a"), SyncLimits.DEFAULT);
    SaltedRoom room = context.salted;
    List<Reconciliation> begun = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      begun.add(
          new Reconciliation(context, live(context, i), (log, size, root, mask, wants) -> {}));
    }
    room.add(begun.get(0), 40_000);
    room.add(begun.get(1), SaltedRoom.MOST - 40_000);
    assertEquals(SaltedRoom.MOST, room.total());
    room.add(begun.get(2), 1);
    assertEquals(SaltedRoom.MOST - 40_000 + 1, room.total(), "the eldest made room");
    room.add(begun.get(0), 2 * SaltedRoom.MOST);
    assertEquals(2 * SaltedRoom.MOST, room.total());
    begun.get(0).end();
    assertEquals(0, room.total());
  }

  // ---- what is fetched

  /** The most that a node ever holds. */
  private static long[] watchHeld(Wire wire, Node node) {
    long[] most = {0};
    wire.afterEach = () -> most[0] = Math.max(most[0], node.state.heldBytes());
    return most;
  }

  @Test
  void shouldHoldNoMoreOfAllLogsTogetherThanItMay() {
    Node a = node("a");
    Node b = node("b", limits(LOGS, 8_192, 32, MIB, 16_384));
    String[] names = new String[12];
    for (int i = 0; i < names.length; i++) {
      names[i] = "t" + i;
      a.append(names[i], 600, 1_000);
    }
    Wire wire = new Wire(a, b);
    long[] most = watchHeld(wire, b);
    wire.feed(a, a.grown(names));
    wire.connect(b, a);
    wire.settle();
    wire.pass(20_000);
    assertEquals(a.export(), b.export());
    int frame = SyncLimits.DEFAULT.answerBytes() * 2;
    assertTrue(most[0] > MIB / 2 && most[0] <= MIB + frame, most[0] + " bytes held");
    assertTrue(b.state.sessionInfos().get(0).penaltyPoints() == 0, "nobody is to blame");
  }

  @Test
  void shouldAskForFewerEventsWhenTheyTurnOutToBeLong() {
    Node a = node("a");
    Node b = node("b", limits(LOGS, 100, 32, 48 * MIB, 16_384));
    a.append("t", 512, 1);
    a.append("t", 6_000, 4_000);
    Wire wire = new Wire(a, b);
    long[] most = watchHeld(wire, b);
    wire.feed(a, a.grown("t"));
    wire.connect(b, a);
    wire.settle();
    assertEquals(a.export(), b.export());
    assertTrue(most[0] > 4 * MIB && most[0] <= 17 * MIB, most[0] + " bytes held");
    assertEquals(0, b.state.sessionInfos().get(0).penaltyPoints());
  }

  @Test
  void shouldHoldSoManyLogsThatAreOfferedAndForgetThemWhenNothingComes() {
    int most = 5;
    Node liar = node("liar");
    liar.appendToLogs("log", 0, 12);
    Node b = node("b", limits(LOGS, 8_192, 32, 48 * MIB, most));
    String[] names = new String[12];
    for (int i = 0; i < names.length; i++) {
      names[i] = "log" + i;
    }
    liar.lie = message -> message instanceof SyncMessage.Events ? null : withoutRun(message);
    Wire wire = new Wire(liar, b);
    wire.feed(liar, liar.grown(names));
    wire.connect(liar, b);
    wire.settle();
    assertEquals(most, b.state.progress().size(), "those that wait");
    wire.pass(60_000);
    assertEquals(0, b.state.progress().size());
    assertFalse(b.export().stream().findAny().isPresent());
  }

  private static SyncMessage withoutRun(SyncMessage message) {
    return message instanceof SyncMessage.Head h
        ? new SyncMessage.Head(
            h.log(), h.name(), h.size(), h.root(), h.signature(), SyncMessage.Run.NONE)
        : message;
  }

  // ---- peers that are slow on purpose

  /** Sends single events of what it was asked for, one by one. */
  private static final class Dripping {
    private final Wire wire;
    private final Node from;
    private final Node to;
    private final TreeMap<LogId, Long> next = new TreeMap<>();

    Dripping(Wire wire, Node from, Node to) {
      this.wire = wire;
      this.from = from;
      this.to = to;
      from.lie =
          message -> {
            if (message instanceof SyncMessage.Events events) {
              next.put(events.log(), events.run().from());
              return null;
            }
            return withoutRun(message);
          };
    }

    void drip() {
      for (LogId log : List.copyOf(next.keySet())) {
        long index = next.merge(log, 1L, Long::sum) - 1;
        from.store
            .find(log)
            .orElseThrow()
            .scan(
                index,
                (each, position, event) -> {
                  ByteBuffer packed =
                      ByteBuffer.allocate(EventPacker.bound(event)).order(ByteOrder.LITTLE_ENDIAN);
                  EventPacker.pack(event, 0, packed);
                  SyncMessage.Run run = new SyncMessage.Run(index, 1, packed.flip(), List.of());
                  wire.inject(from, to, LimitsTest.body(new SyncMessage.Events(log, run)));
                  return false;
                });
      }
    }
  }

  @Test
  void shouldNotLetASlowPeerKeepOthersWaiting() {
    Node liar = node("liar");
    Node honest = node("honest");
    Node b = node("b", limits(LOGS, 8_192, 2, 48 * MIB, 16_384));
    liar.append("x", 1_000, 100);
    liar.append("y", 1_000, 100);
    liar.append("z", 1_000, 100);
    honest.append("t", 1_000, 100);
    Wire wire = new Wire(liar, honest, b);
    Dripping dripping = new Dripping(wire, liar, b);
    wire.feed(liar, liar.grown("x", "y", "z"));
    wire.connect(b, liar);
    wire.settle();
    wire.feed(honest, honest.grown("t"));
    wire.connect(b, honest);
    wire.settle();
    LogId log = honest.name("t").id();
    long start = wire.nowNs;
    while (b.store.find(log).map(each -> each.size()).orElse(0L) < 1_000) {
      wire.pass(1_000);
      dripping.drip();
      assertTrue(wire.nowNs - start < 15 * SECOND_NS, () -> b.state.sessionInfos().toString());
    }
    honest.append("t", 1_000, 100);
    wire.feed(honest, honest.grown("t"));
    wire.pass(1_000);
    assertEquals(2_000, b.store.find(log).orElseThrow().size(), "and not a second time");
    assertTrue(b.refusals.isEmpty(), "it may be honest and far away");
  }

  @Test
  void shouldForgetAfterTenMinutesThatAPeerWasSlow() {
    Context context = context(node("a"), SyncLimits.DEFAULT);
    PeerSession session = live(context, 1);
    session.setSlow();
    context.setNow(600 * SECOND_NS - 1);
    assertTrue(session.isSlow());
    context.setNow(600 * SECOND_NS);
    assertFalse(session.isSlow());
  }

  @Test
  void shouldNotTakeAPeerForSlowWhenTheClockCountsFromBelowZero() {
    Context context = context(node("a"), SyncLimits.DEFAULT);
    context.setNow(-SECOND_NS);
    assertFalse(live(context, 1).isSlow());
  }

  @Test
  void shouldComeToHaveAllFromOneThatIsOnlySlow() {
    Node a = node("a");
    Node b = node("b", limits(LOGS, 8_192, 2, 48 * MIB, 16_384));
    a.append("t", 40, 2_000);
    a.append("u", 40, 2_000);
    a.append("v", 40, 2_000);
    Wire wire = new Wire(a, b);
    Dripping dripping = new Dripping(wire, a, b);
    wire.feed(a, a.grown("t", "u", "v"));
    wire.connect(b, a);
    for (int i = 0; i < 400 && b.export().size() < 120; i++) {
      wire.pass(1_000);
      dripping.drip();
    }
    assertEquals(a.export(), b.export());
  }

  @Test
  void shouldTakeFromOneMemberWhatAnotherKeepsBack() {
    Node a = node("a");
    Node liar = node("liar");
    Node b = node("b");
    a.append("t", 5, 10);
    Wire wire = new Wire(a, liar, b);
    wire.feed(a, a.grown("t"));
    wire.connect(liar, a);
    wire.settle();
    liar.lie = message -> message instanceof SyncMessage.Events ? null : withoutRun(message);
    wire.connect(b, liar);
    wire.settle();
    assertEquals(0, b.export().size());
    wire.connect(b, a);
    wire.settle();
    assertEquals(a.export(), b.export(), "at once, though the liar is awaited");
    assertTrue(wire.nowNs < SECOND_NS);
    wire.pass(15_000);
    assertTrue(b.refusals.isEmpty());
  }

  @Test
  void shouldGoOnWithAFetchWhenAnotherMemberSendsWrongEvents() {
    Node a = node("a");
    Node liar = node("liar");
    Node b = node("b");
    a.append("t", 5, 10);
    Wire wire = new Wire(a, liar, b);
    wire.feed(a, a.grown("t"));
    wire.connect(liar, a);
    wire.settle();
    List<SyncMessage> keptBack = new ArrayList<>();
    a.lie =
        message -> {
          if (message instanceof SyncMessage.Events) {
            keptBack.add(message);
            return null;
          }
          return withoutRun(message);
        };
    liar.lie = BoundsTest::withWrongRun;
    wire.connect(b, a);
    wire.settle();
    wire.connect(b, liar);
    wire.settle();
    assertEquals(1, keptBack.size(), "it is still awaited");
    wire.inject(a, b, LimitsTest.body(keptBack.get(0)));
    wire.settle();
    assertEquals(a.export(), b.export());
    assertEquals(1, keptBack.size(), "and was not asked for again");
  }

  private static SyncMessage withWrongRun(SyncMessage message) {
    if (!(message instanceof SyncMessage.Head h) || h.run().count() == 0) {
      return message;
    }
    byte[] packed = new byte[h.run().packed().remaining()];
    h.run().packed().duplicate().get(packed);
    packed[packed.length - 1] ^= 1;
    SyncMessage.Run wrong =
        new SyncMessage.Run(
            h.run().from(), h.run().count(), ByteBuffer.wrap(packed), h.run().seals());
    return new SyncMessage.Head(h.log(), h.name(), h.size(), h.root(), h.signature(), wrong);
  }

  // ---- where members are

  private static Signer signer(TestIdentity identity) {
    return new Signer() {
      @Override
      public AuthorKey author() {
        return identity.publicKey();
      }

      @Override
      public byte[] sign(byte[] message) {
        return identity.sign(message);
      }
    };
  }

  @Test
  void shouldTellOfSoManyMembersAtATimeAndOfAllInTheEnd() {
    TestIdentity us = new TestIdentity(1);
    Announcements announcements = new Announcements(signer(us), group.id(), List.of());
    int members = Announcements.MOST_AT_A_TIME + 10;
    for (int i = 0; i < members; i++) {
      TestIdentity other = new TestIdentity(100 + i);
      assertTrue(
          announcements.learn(
              other.peerId(), MemberRecord.sign(signer(other), group.id(), 1, List.of())));
    }
    PeerId peer = new TestIdentity(2).peerId();
    assertEquals(Announcements.MOST_AT_A_TIME + 1, announcements.dueFor(peer, List.of(), 5).size());
    assertEquals(
        10 + 1, announcements.dueFor(peer, List.of(), 5).size(), "our own until all is told");
    assertEquals(0, announcements.dueFor(peer, List.of(), 5).size());
  }
}
