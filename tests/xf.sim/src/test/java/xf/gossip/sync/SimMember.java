package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.GroupSecret;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Signer;
import xf.event.XfException;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;

/**
 * One device: the product's machine, its disk, its clock and its connections. It does for the
 * machine what {@link SyncEngine} does on a real device.
 */
final class SimMember {
  private static final long TICK_NS = 200 * Schedule.MS;
  private static final int TARGET_LINKS = 3;
  private static final int TICKS_TO_CHANGE = 50;
  static final int MAX_LINKS = 10;

  final int number;
  final PeerId peer;
  final Signer signer;
  final GroupSecret group;
  final SimDisk disk;
  final DiskQueue writes;
  final Map<PeerId, SimLink> links = new LinkedHashMap<>();

  /** Members whose stream has ended without this one's having been told yet. */
  final Set<PeerId> ending = new HashSet<>();

  final List<SimMember> contacts = new ArrayList<>();
  final int slowness;
  private final Simulation world;
  private final SplittableRandom random;
  @Nullable Liar liar;

  /** Of a forker: the other one that goes by this peer id. */
  @Nullable SimMember otherFace;

  /** Whether that one is the first: then this one talks to members of odd numbers. */
  boolean isOddFace;

  /** Went back to an older state of its disk, and writes no more. */
  boolean wasRestored;

  /** Own logs of which it was told that others have more. */
  final Set<LogId> warned = new HashSet<>();

  GroupState state;
  Retry retry;
  boolean isUp;

  /** Grows with every restart. */
  int life;

  private long clockAheadNs;

  @SuppressWarnings("this-escape")
  SimMember(
      Simulation world,
      int number,
      PeerId peer,
      Signer signer,
      GroupSecret group,
      SplittableRandom random,
      int slowness) {
    this.world = world;
    this.number = number;
    this.peer = peer;
    this.signer = signer;
    this.group = group;
    this.random = random;
    this.slowness = slowness;
    this.disk = new SimDisk(signer.author(), world.hasher);
    this.writes = new DiskQueue(world.schedule, random, slowness);
    this.retry = new Retry(random);
    this.state = newState();
    this.isUp = true;
  }

  private GroupState newState() {
    return new GroupState(group, peer, disk, SyncLimits.DEFAULT, random.split(), world.signatures);
  }

  boolean isHonest() {
    return liar == null;
  }

  boolean isStranger() {
    return liar != null && liar.kind == LiarKind.STRANGER;
  }

  /** Of the two faces of a forker each calls half of the group. */
  boolean calls(SimMember contact) {
    return isOddFace ? contact.number % 2 == 1 : otherFace == null || contact.number % 2 == 0;
  }

  long nowNs() {
    return world.schedule.nowNs() + clockAheadNs;
  }

  @Override
  public String toString() {
    Liar lies = liar;
    return "member " + number + (lies == null ? "" : " (" + lies.kind + ")");
  }

  // ---- time

  void scheduleTick(long delayNs) {
    world.schedule.after(delayNs, this::tick);
  }

  private void tick() {
    if (isUp) {
      feed(new SyncInput.Tick());
      keepConnected();
      world.invariants.onTick(this);
      if (liar != null) {
        liar.act();
      }
    }
    scheduleTick(TICK_NS);
  }

  /** Its clock is later than it was, all at once: it was suspended, or stood still. */
  void jumpClock(long ns) {
    clockAheadNs += ns;
  }

  void crash() {
    isUp = false;
    world.network.cutAll(this);
    writes.crash();
  }

  /** As from a backup of when it had half of everything. */
  void goBack() {
    crash();
    for (SimDisk.Copy copy : disk.copies()) {
      disk.restore(copy.history, copy.size() / 2);
    }
    restart();
  }

  void restart() {
    isUp = true;
    life++;
    ending.clear();
    retry = new Retry(random);
    state = newState();
  }

  /**
   * Talks to a few of those it knows, now and then to others: or else a part of the group would
   * have none but liars to talk to, or only itself.
   */
  private void keepConnected() {
    boolean changes = random.nextInt(TICKS_TO_CHANGE) == 0;
    if (changes && links.size() >= TARGET_LINKS) {
      world.network.cut(links.values().iterator().next());
    }
    if (links.size() >= TARGET_LINKS || contacts.isEmpty()) {
      return;
    }
    SimMember contact = contacts.get(random.nextInt(contacts.size()));
    if (!links.containsKey(contact.peer) && retry.isDue(group.id(), contact.peer, nowNs())) {
      world.network.dial(this, contact.faceFor(this));
    }
  }

  /** Who another member meets that calls this one. */
  SimMember faceFor(SimMember caller) {
    SimMember other = otherFace;
    return other == null || caller.number % 2 == 0 ? this : other;
  }

  // ---- the machine

  void feed(SyncInput input) {
    for (SyncOutput output : state.handle(input, nowNs())) {
      perform(output);
    }
  }

  private void perform(SyncOutput output) {
    if (output instanceof SyncOutput.Send send) {
      world.network.send(this, send.peer(), send.frame());
    } else if (output instanceof SyncOutput.AwaitWritable await) {
      world.network.awaitWritable(this, await.peer());
    } else if (output instanceof SyncOutput.Commit commit) {
      world.invariants.onCommit(this, commit);
      writes.write(new CommitWrite(commit));
    } else if (output instanceof SyncOutput.Close close) {
      world.invariants.onClose(this, close);
      close
          .refusal()
          .ifPresent(refusal -> retry.refused(group.id(), close.peer(), nowNs(), close.why()));
      world.network.cut(this, close.peer());
    } else if (output instanceof SyncOutput.KeepFork fork) {
      if (disk.keep(world.invariants.shared(fork.evidence()))) {
        world.invariants.onEvidence(this, fork);
      }
    } else if (output instanceof SyncOutput.Freeze freeze) {
      world.invariants.onFreeze(this, freeze);
      disk.freeze(freeze.log().id());
    } else if (output instanceof SyncOutput.MemberProved proved) {
      world.invariants.onProved(this, proved.peer());
      retry.succeeded(group.id(), proved.peer());
    }
  }

  /** Verified events of another author on their way to the disk. */
  private final class CommitWrite implements DiskQueue.Write {
    private final SyncOutput.Commit commit;

    CommitWrite(SyncOutput.Commit commit) {
      this.commit = commit;
    }

    @Override
    public long lengthBytes() {
      EventRun run = commit.run();
      return run == null ? 0 : run.lengthBytes();
    }

    @Override
    public void done() {
      Throwable failure = null;
      try {
        if (world.diskFails()) {
          throw new XfException(ErrorCode.IO, "the disk does not take it");
        }
        append(Long.MAX_VALUE);
        keepCheckpoints();
      } catch (XfException e) {
        failure = e;
      }
      feed(new SyncInput.Committed(commit, failure));
    }

    @Override
    public void torn(SplittableRandom chance) {
      try {
        int events = commit.run() == null ? 0 : commit.run().count();
        append(chance.nextInt(events + 1));
      } catch (XfException e) {
        world.refusedWrites++; // as it would have been without the crash
      }
    }

    private void append(long most) {
      History history = world.history(commit.log());
      EventRun run = commit.run();
      if (run != null && most > 0) {
        long before = disk.size(history.id);
        long after = disk.append(history, run, commit.firstIndex(), most);
        world.invariants.onGrown(SimMember.this, history, before, after);
      }
    }

    private void keepCheckpoints() {
      History history = world.history(commit.log());
      for (Checkpoint checkpoint : commit.checkpoints()) {
        disk.keep(history, checkpoint);
      }
    }
  }

  // ---- writing

  /** Asks its own store to append events, which are told of once they are durable. */
  void publish(LogName name, int events, int longestPayload) {
    History history = world.historyOf(name, this);
    Branch branch = disk.open(history).branch();
    writes.write(new OwnWrite(history, branch, events, longestPayload));
  }

  /** Goes on with another branch than it showed to others. */
  void publish(History history, Branch branch, int events) {
    writes.write(new OwnWrite(history, branch, events, 20));
  }

  private final class OwnWrite implements DiskQueue.Write {
    private final History history;
    private final Branch branch;
    private final int events;
    private final int longestPayload;

    OwnWrite(History history, Branch branch, int events, int longestPayload) {
      this.history = history;
      this.branch = branch;
      this.events = events;
      this.longestPayload = longestPayload;
    }

    @Override
    public long lengthBytes() {
      return 0; // not what others made it hold
    }

    @Override
    public void done() {
      append(events);
      if (!disk.isFrozen(history.id)) {
        feed(new SyncInput.Grown(Set.of(history.name)));
      }
    }

    @Override
    public void torn(SplittableRandom chance) {
      append(chance.nextInt(events + 1));
    }

    private void append(int count) {
      if (disk.isFrozen(history.id) || count == 0) {
        return;
      }
      for (int i = 0; i < count; i++) {
        byte[] payload = new byte[random.nextInt(longestPayload)];
        random.nextBytes(payload);
        // The wall clock sets the step: it may have jumped by days, and never goes back in a log.
        long step = random.nextInt(50) == 0 ? random.nextLong(1L << 45) : random.nextLong(1 << 20);
        branch.publish(history.name.streamClass(), payload, step);
      }
      long before = disk.size(history.id);
      disk.grow(history, branch, branch.size());
      world.invariants.onPublished(SimMember.this, history, before, branch.size());
    }
  }

  /** Sends what its machine did not say. */
  void inject(PeerId to, SyncMessage message) {
    world.network.send(this, to, SyncCodec.encode(message));
  }

  /** Sends bytes that need not be a message. */
  void injectRaw(PeerId to, ByteBuffer body) {
    world.network.sendBody(this, to, body);
  }
}
