package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import xf.event.AuthorKey;
import xf.event.EventView;
import xf.event.GroupId;
import xf.event.Hash;
import xf.event.LogName;
import xf.event.Signer;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;
import xf.testkit.net.TestIdentity;

/** A simulation that sees nothing proves nothing: what is broken on purpose must be noticed. */
class InvariantsTest {
  private static final int EVENTS = 20;
  private final TestIdentity identity = new TestIdentity(1);
  private final TreeHasher hasher = new TreeHasher();
  private final Signer signer =
      new Signer() {
        @Override
        public AuthorKey author() {
          return identity.publicKey();
        }

        @Override
        public byte[] sign(byte[] message) {
          return identity.sign(message);
        }
      };
  private final LogName name =
      new LogName(GroupId.of(new byte[32]), StreamClass.TOPIC, "t", identity.publicKey(), 0);
  private final History history = new History(name, 0, signer, hasher);
  private final SimDisk replica = new SimDisk(new TestIdentity(2).publicKey(), hasher);

  InvariantsTest() {
    for (int i = 0; i < EVENTS; i++) {
      history.main().publish(StreamClass.TOPIC, new byte[] {(byte) i}, 1);
    }
  }

  private EventRun run(int from, int to, int changed) {
    EventRun run = new EventRun(StreamClass.TOPIC, from);
    ByteBuffer packed = ByteBuffer.allocate(4_096).order(ByteOrder.LITTLE_ENDIAN);
    long lastHlc = 0;
    for (int i = from; i < to; i++) {
      ByteBuffer event = ByteBuffer.wrap(history.main().event(i).array().clone());
      event.order(ByteOrder.LITTLE_ENDIAN);
      if (i == changed) {
        event.put(event.capacity() - 1, (byte) -1);
      }
      EventView view = new EventView().wrap(event, 0, event.capacity());
      EventPacker.pack(view, lastHlc, packed);
      lastHlc = view.hlc();
    }
    run.unpack(packed.flip(), to - from);
    return run;
  }

  @Test
  void shouldTakeWhatTheAuthorWrote() {
    assertEquals(EVENTS, replica.append(history, run(0, EVENTS, -1), 0, Long.MAX_VALUE));
    assertEquals(history.main().rootAt(EVENTS), replica.rootAt(history.id, EVENTS));
  }

  @Test
  void shouldNoticeAByteThatTheAuthorDidNotWrite() {
    EventRun lie = run(0, EVENTS, 13);
    assertThrows(AssertionError.class, () -> replica.append(history, lie, 0, Long.MAX_VALUE));
  }

  @Test
  void shouldNoticeMoreEventsThanTheAuthorHas() {
    EventRun all = run(0, EVENTS, -1);
    History shorter = new History(name, 0, signer, hasher);
    shorter.main().publish(StreamClass.TOPIC, new byte[] {0}, 1);
    assertThrows(AssertionError.class, () -> replica.append(shorter, all, 0, Long.MAX_VALUE));
  }

  @Test
  void shouldNoticeACheckpointThatWasNeverSigned() {
    replica.append(history, run(0, EVENTS, -1), 0, Long.MAX_VALUE);
    Checkpoint signed = history.main().sign(EVENTS);
    replica.keep(history, signed);
    Checkpoint other =
        Checkpoint.sign(signer, history.id, new TreeHead(EVENTS, Hash.of(new byte[32])));
    assertThrows(AssertionError.class, () -> replica.keep(history, other));
  }

  @Test
  void shouldNoticeABranchThatGoesOnFromTheOther() {
    Branch fork = history.fork(10);
    fork.publish(StreamClass.TOPIC, new byte[] {99}, 1);
    replica.append(history, run(0, 15, -1), 0, Long.MAX_VALUE);
    assertThrows(
        AssertionError.class,
        () -> {
          EventRun other = new EventRun(StreamClass.TOPIC, 15);
          other.unpack(ByteBuffer.wrap(new byte[] {0, 1, 1, 99}), 1);
          replica.append(history, other, 15, Long.MAX_VALUE);
        });
  }

  @Test
  void shouldReadNothingBeyondWhatIsDurable() {
    replica.append(history, run(0, EVENTS, -1), 0, 7);
    assertEquals(7, replica.size(history.id));
    assertThrows(XfException.class, () -> replica.rootAt(history.id, EVENTS));
    List<Long> seen = new ArrayList<>();
    replica.scan(history.id, 0, (log, position, event) -> seen.add(event.index()));
    assertEquals(7, seen.size());
  }

  @Test
  void shouldNoticeAHeadOfEventsThatAreNotDurable() {
    Simulation simulation = new Simulation(Scenario.of(1, 10).withLiars(0).withChurn(0));
    simulation.storm();
    assertTrue(simulation.settle(SimulationTest.SETTLE_MS), simulation::describe);
    SimMember member = simulation.member(3);
    SimLink link = member.links.values().iterator().next();
    SimDisk.Copy copy = member.disk.copies().iterator().next();
    Checkpoint ahead = copy.branch().sign(copy.size());
    ByteBuffer head =
        Liar.bodyOf(
            new SyncMessage.Head(
                copy.history.id,
                Optional.empty(),
                copy.size() + 1,
                ahead.head().root(),
                ahead.signature(),
                SyncMessage.Run.NONE));
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () -> simulation.invariants.onSend(link, member, link.far(member), head));
    assertTrue(error.getMessage().contains("replay: mvn"), error::getMessage);
  }

  @Test
  void shouldCountWhatAMachineHolds() {
    record Holder(List<byte[]> arrays) {}

    List<byte[]> arrays = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      arrays.add(new byte[1_000]);
    }
    Footprint footprint = Footprint.of(new Holder(arrays));
    assertEquals(100, footprint.largest());
    assertEquals("Holder.arrays", footprint.largestName());
    assertTrue(footprint.bytes() > 100_000, footprint::toString);
  }
}
