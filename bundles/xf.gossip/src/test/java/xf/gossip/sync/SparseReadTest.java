package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import xf.event.ErrorCode;
import xf.event.EventView;
import xf.event.GroupSecret;
import xf.event.Hash;
import xf.gossip.ProvedEvent;
import xf.gossip.Refusal;
import xf.merkle.TreeHasher;

class SparseReadTest {
  private static final List<Long> HOLES =
      List.of(3L, 700L, 1_024L, 2_111L, 3_500L, 4_097L, 5_555L, 6_001L, 7_777L, 8_999L);
  private static final int EVENTS = 9_000;

  /** Event of 256 canonical bytes. */
  private static final int PAYLOAD_BYTES = 224;

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

  private static SyncInput.Read read(Node author, List<Long> indexes) {
    return new SyncInput.Read(1, author.name("t"), indexes);
  }

  /** A member that takes no topic, with a session. */
  private Node reader(Wire wire, Node reader, Node... sources) {
    wire.feed(reader, new SyncInput.Subscribed(Set.of()));
    for (Node source : sources) {
      wire.connect(reader, source);
    }
    wire.settle();
    wire.resetCounts();
    return reader;
  }

  private static void assertProved(
      Node author, Node reader, List<Long> indexes, boolean withProof) {
    assertEquals(1, reader.reads.size());
    SyncOutput.ReadDone done = reader.reads.get(0);
    assertEquals(null, done.failure());
    assertEquals(indexes, done.events().stream().map(ProvedEvent::index).toList());
    for (ProvedEvent event : done.events()) {
      Hash id = author.log("t").read(event.index(), EventView::copyId);
      assertEquals(id, event.view().copyId());
      assertEquals(withProof, event.proof().isPresent());
      event
          .proof()
          .ifPresent(
              proof -> {
                proof.head().verify();
                proof.inclusion().verify(new TreeHasher(), id, proof.head().head());
              });
    }
  }

  @Test
  void shouldFillTenHolesOfALogThatIsHereInOneRoundTripAnd3800Bytes() {
    Node a = node("a");
    Node b = node("b");
    Wire wire = new Wire(a, b);
    a.append("t", EVENTS, PAYLOAD_BYTES);
    wire.feed(a, a.grown("t"));
    wire.connect(b, a);
    wire.settle();
    assertEquals(EVENTS, b.export().size());
    wire.resetCounts();
    wire.feed(b, read(a, HOLES));
    int trips = wire.settle();
    assertProved(a, b, HOLES, false);
    assertEquals(2, trips, wire.trace::toString);
    assertTrue(wire.bytes <= 3_800, wire.bytes + " bytes: " + wire.trace);
  }

  @Test
  void shouldReadSingleEventsOfALogThatIsNotHereInOneRoundTripWithProofs() {
    Node a = node("a");
    a.append("t", EVENTS, PAYLOAD_BYTES);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    reader(wire, b, a);
    assertEquals(0, b.export().size());
    wire.feed(b, read(a, HOLES));
    int trips = wire.settle();
    assertProved(a, b, HOLES, true);
    assertEquals(2, trips, wire.trace::toString);
    // A proof has fourteen hashes here; what they share is there once.
    assertTrue(wire.bytes <= 2_650 + 10 * 14 * 32, wire.bytes + " bytes: " + wire.trace);
    assertEquals(0, b.export().size(), "nothing is stored");
  }

  @Test
  void shouldAskAgainForWhatDidNotFitIntoOneAnswer() {
    Node a = node("a");
    a.append("t", 12, 60_000);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    wire.feed(a, a.grown("t"));
    reader(wire, b, a);
    List<Long> all = Stream.iterate(0L, i -> i < 12, i -> i + 1).toList();
    wire.feed(b, read(a, all));
    wire.settle();
    assertProved(a, b, all, true);
    assertTrue(wire.trace.size() > 4, wire.trace::toString);
  }

  /** What a member can do wrong with an answer. */
  enum Lie {
    OTHER_BYTES,
    OTHER_PROOF,
    OTHER_HEAD,
    NO_HEAD,
    OTHER_INDEX,
    NOTHING,
    SILENCE;

    SyncMessage.Sparse tell(SyncMessage.Sparse truth) {
      List<SyncMessage.SparseEvent> events = new ArrayList<>(truth.events());
      SyncMessage.SparseEvent first = events.get(0);
      switch (this) {
        case OTHER_BYTES ->
            events.set(0, new SyncMessage.SparseEvent(damaged(first.run()), first.path()));
        case OTHER_INDEX -> events.remove(0);
        case NOTHING -> events.clear();
        default -> {}
      }
      List<Hash> hashes = new ArrayList<>(truth.hashes());
      if (this == OTHER_PROOF) {
        hashes.set(0, Hash.of(new byte[32]));
      }
      Optional<SyncMessage.Signed> head =
          this == NO_HEAD
              ? Optional.empty()
              : truth.head().map(h -> this == OTHER_HEAD ? forged(h) : h);
      return new SyncMessage.Sparse(truth.log(), truth.size(), head, hashes, events);
    }

    private static SyncMessage.Signed forged(SyncMessage.Signed head) {
      return new SyncMessage.Signed(Hash.of(new byte[32]), head.signature());
    }

    private static SyncMessage.Run damaged(SyncMessage.Run run) {
      byte[] copy = new byte[run.packed().remaining()];
      run.packed().duplicate().get(copy);
      copy[copy.length - 1] ^= 1;
      return new SyncMessage.Run(run.from(), run.count(), ByteBuffer.wrap(copy), run.seals());
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldTakeNothingOfALieAndTheTruthFromAnother(Lie lie) {
    Node author = node("author");
    author.append("t", 600, 50);
    Node honest = node("honest");
    Wire copy = new Wire(author, honest);
    copy.feed(author, author.grown("t"));
    copy.connect(honest, author);
    copy.settle();
    copy.disconnect(author, honest);
    author.lie =
        m -> m instanceof SyncMessage.Sparse s ? lie == Lie.SILENCE ? null : lie.tell(s) : m;
    Node b = node("b");
    Wire wire = new Wire(author, honest, b);
    reader(wire, b, author, honest);
    List<Long> indexes = List.of(5L, 599L);
    wire.feed(b, read(author, indexes));
    wire.settle();
    if (lie == Lie.SILENCE) {
      wire.pass(11_000);
    }
    assertProved(author, b, indexes, true);
    int points = b.state.sessionInfos().stream().mapToInt(i -> i.penaltyPoints()).sum();
    assertEquals(lie != Lie.NOTHING, points > 0 || !b.refusals.isEmpty());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldSayThatNobodyHasIt(boolean connected) {
    Node a = node("a");
    a.append("t", 10, 50);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    if (connected) {
      reader(wire, b, a);
    }
    wire.feed(b, read(a, List.of(9L, 10L)));
    wire.settle();
    SyncOutput.ReadDone done = b.reads.get(0);
    assertNotNull(done.failure());
    assertEquals(ErrorCode.UNAVAILABLE, done.failure().code());
  }

  @Test
  void shouldRefuseAnAnswerThatNobodyAskedForAndMoreReadsThanItHolds() {
    Node a = node("a");
    a.append("t", 10, 50);
    Node b = node("b");
    Wire wire = new Wire(a, b);
    reader(wire, b, a);
    wire.inject(
        a,
        b,
        LimitsTest.body(
            new SyncMessage.Sparse(a.name("t").id(), 0, Optional.empty(), List.of(), List.of())));
    assertEquals(Refusal.UNSOLICITED.points(), b.state.sessionInfos().get(0).penaltyPoints());
    a.lie = m -> m instanceof SyncMessage.Sparse ? null : m;
    for (int i = 0; i < 65; i++) {
      wire.feed(b, new SyncInput.Read(i, a.name("t"), List.of(1L)));
    }
    assertEquals(1, b.reads.size());
    assertEquals(ErrorCode.OVERLOADED, b.reads.get(0).failure().code());
  }
}
