package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import xf.event.Hash;
import xf.event.LogId;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.ForkEvidence;

/**
 * What must hold, looked at after every step by what the step touched; so a step costs the same in
 * a group of ten and of ten thousand. Nothing is said of liars, only of what they cause.
 *
 * <ul>
 *   <li><b>Acked is durable.</b> What a member says it has, by a head it sends, is on its disk when
 *       the frame leaves, and a crash takes nothing off the disk. Looked at for every frame of
 *       heads that an honest member sends.
 *   <li><b>A replica's log is a prefix of its author's</b>, and <b>no unverified byte reaches a
 *       reader</b>: {@link SimDisk#append} compares every byte that becomes durable, torn writes
 *       included, and readers read from there. What rides with a head, or answers a request, is
 *       compared again when an honest member sends it.
 *   <li><b>Sealed pages are byte-identical.</b> A page is made of its events, of the peaks before
 *       it and of its author's checkpoint: the events are compared, {@link SimDisk#keep} takes a
 *       checkpoint only if it is, to the last byte, one that the author signed for them.
 *   <li><b>Connected members converge.</b> Each history counts the honest members that have all of
 *       it, or the evidence that it forked: {@link History#isConverged}.
 *   <li><b>Memory and queues stay within bounds.</b> Commits under way by their bytes, streams by
 *       what is sent and not received, frames by their length; the machine itself by everything
 *       that can be reached from it, for some members at every tick and for all at the end.
 *   <li><b>A non-member learns nothing.</b> All it ever gets is the first frame of a stream, whose
 *       every byte is new each time.
 *   <li><b>Honest members do not refuse one another</b>, whatever faults and liars do; evidence is
 *       verified and only kept of logs that did fork; after it the log does not grow. Who went back
 *       to a backup is told so by the first member that has more of its log.
 * </ul>
 */
final class Invariants {
  /** What a stream takes that is not sent yet: {@code NetworkLimits.bytesQueuedPerStream}. */
  static final long MAX_QUEUED_BYTES = 4 << 20;

  /** What waits to become durable: the limit, and what may have been under way when it was met. */
  private static final long MAX_COMMIT_BYTES =
      (long) SyncLimits.DEFAULT.commitBytes() + SyncLimits.DEFAULT.rangeBytes() + (4 << 20);

  private static final long MAX_STATE_BYTES = 24 << 20;
  private static final int MAX_ENTRIES = 20_000;
  private static final int OPEN_BYTES = 50;
  private static final int WATCHED_EACH = 64;
  private static final int TICKS_BETWEEN = 5;
  private static final Pattern COMMON = Pattern.compile("after event (\\d+)");

  private final Simulation world;
  private final Set<ByteBuffer> heardByStrangers = new HashSet<>();
  private final Map<ForkEvidence, ForkEvidence> evidence = new HashMap<>();
  private long ticks;
  long largestStateBytes;
  int largestCollection;
  String largestName = "";

  Invariants(Simulation world) {
    this.world = world;
  }

  private void require(boolean holds, String rule) {
    if (!holds) {
      throw world.failure(rule, null);
    }
  }

  // ---- the wire

  void onSend(SimLink link, SimMember from, SimMember to, ByteBuffer body) {
    if (!from.isHonest()) {
      return;
    }
    if (to.isStranger()) {
      onSendToStranger(link, from, body);
    }
    int length = body.remaining();
    require(length <= SyncCodec.MAX_FRAME_BYTES, from + " sends a frame of " + length + " bytes");
    long queued = link.from(from).bytes + length;
    require(
        !to.isHonest() || queued <= MAX_QUEUED_BYTES,
        from + " has " + queued + " bytes under way to " + to);
    if (body.get(body.position()) == world.headType) {
      onHead(from, (SyncMessage.Head) SyncCodec.decode(body.duplicate()));
    }
  }

  private void onSendToStranger(SimLink link, SimMember from, ByteBuffer body) {
    boolean isOpen = SimNetwork.decode(body) instanceof SyncMessage.Open;
    require(
        isOpen && from == link.dialler && body.remaining() == OPEN_BYTES,
        from + " tells a stranger more than that it wants to talk");
    SyncMessage.Open open = (SyncMessage.Open) SyncCodec.decode(body.duplicate());
    for (byte[] part : new byte[][] {open.nonce(), open.proof(), open.digest()}) {
      require(heardByStrangers.add(ByteBuffer.wrap(part)), from + " repeats itself to a stranger");
    }
  }

  /** What an honest member offers is on its disk, root and riding events too. */
  private void onHead(SimMember from, SyncMessage.Head head) {
    Optional<SimDisk.Copy> copy = from.disk.find(head.log());
    long durable = copy.map(SimDisk.Copy::size).orElse(0L);
    require(
        head.size() <= durable,
        from + " offers " + head.size() + " events of log " + head.log() + ", has " + durable);
    Branch branch = copy.orElseThrow().branch();
    Optional<Checkpoint> signed = branch.signed(head.size());
    require(
        signed.filter(c -> c.head().root().equals(head.root())).isPresent(),
        from + " offers a head of log " + head.log() + " that its author never signed");
    require(head.run().end() <= durable, from + " sends events that are not durable");
  }

  // ---- the disk

  void onCommit(SimMember member, SyncOutput.Commit commit) {
    EventRun run = commit.run();
    long bytes = member.writes.bytesUnderWay() + (run == null ? 0 : run.lengthBytes());
    require(
        !member.isHonest() || bytes <= MAX_COMMIT_BYTES,
        member + " has " + bytes + " bytes under way to its disk");
    require(
        world.findHistory(commit.log().id()) != null,
        member + " commits to log " + commit.log() + ", which nobody wrote");
  }

  /** Events of another author are durable. */
  void onGrown(SimMember member, History history, long before, long after) {
    if (member.isHonest() && after > before) {
      history.grown(after);
      world.arrivals.arrived(member, history, before, after, world.schedule.nowNs());
    }
  }

  /** A member's own events are durable. */
  void onPublished(SimMember author, History history, long before, long after) {
    require(after > before, author + " wrote nothing");
    if (author.isHonest()) {
      history.grown(after);
      history.mark(after, world.schedule.nowNs());
    }
  }

  // ---- forks

  void onEvidence(SimMember member, SyncOutput.KeepFork fork) {
    History history = world.findHistory(fork.evidence().log());
    if (history == null || !history.isForked()) {
      throw world.failure(member + " keeps evidence of a fork that is none", null);
    }
    if (evidence.putIfAbsent(fork.evidence(), fork.evidence()) == null) {
      fork.evidence().verify(world.hasher); // the same again would say the same
    }
    Matcher common = COMMON.matcher(fork.reason());
    require(
        common.find() && Long.parseLong(common.group(1)) <= history.commonEvents(),
        member + " takes for common what is not: " + fork.reason());
    if (member.isHonest()) {
      history.membersWithEvidence++;
      world.arrivals.evidence++;
    }
  }

  /**
   * One instance of equal evidence: ten thousand disks hold what ten thousand machines have read.
   */
  ForkEvidence shared(ForkEvidence found) {
    return evidence.getOrDefault(found, found);
  }

  void onFreeze(SimMember member, SyncOutput.Freeze freeze) {
    require(
        !member.isHonest() || member.wasRestored,
        member + " freezes its own log, which is longer nowhere: " + freeze.reason());
    member.warned.add(freeze.log().id());
  }

  // ---- sessions

  void onClose(SimMember member, SyncOutput.Close close) {
    SimMember other = world.byPeer(close.peer());
    if (close.refusal().isEmpty() || !member.isHonest()) {
      return;
    }
    world.refusals++;
    require(
        !other.isHonest(),
        member
            + " refuses "
            + other
            + ", which is honest: "
            + close.refusal().get()
            + ", "
            + close.why());
  }

  void onProved(SimMember member, PeerId peer) {
    require(
        !member.isHonest() || !world.byPeer(peer).isStranger(),
        member + " takes a stranger for a member");
  }

  // ---- memory

  /** Some members at some of their ticks; which ones, changes. */
  void onTick(SimMember member) {
    if (++ticks % (WATCHED_EACH * TICKS_BETWEEN) == 0) {
      checkState(member);
    }
  }

  void checkState(SimMember member) {
    if (!member.isHonest()) {
      return;
    }
    Footprint footprint = Footprint.of(member.state);
    if (footprint.largest() > largestCollection) {
      largestCollection = footprint.largest();
      largestName = footprint.largestName();
    }
    largestStateBytes = Math.max(largestStateBytes, footprint.bytes());
    require(
        footprint.bytes() <= MAX_STATE_BYTES,
        member + " holds about " + footprint.bytes() + " bytes: " + footprint);
    require(
        footprint.largest() <= MAX_ENTRIES,
        member + " holds a collection without bound: " + footprint);
  }

  /** All disks against all histories once more, by their roots. */
  void checkDisks(Iterable<SimMember> members) {
    for (SimMember member : members) {
      for (SimDisk.Copy copy : member.disk.copies()) {
        LogId id = copy.history.id;
        Hash root = member.disk.rootAt(id, copy.size());
        require(root.equals(copy.branch().rootAt(copy.size())), member + " has another log " + id);
      }
    }
  }
}
