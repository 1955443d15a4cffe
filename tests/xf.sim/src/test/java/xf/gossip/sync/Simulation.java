package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import xf.event.AuthorKey;
import xf.event.GroupSecret;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Sha256;
import xf.event.Signer;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.TreeHasher;
import xf.testkit.net.TestIdentity;

/**
 * One run of a {@link Scenario}: first the storm, in which members write and faults happen, then
 * calm, in which all must come to have all. Liars lie to the end.
 *
 * <p>Signatures are made as on real devices. One that holds is verified once in the whole run and
 * remembered by all of its bytes, what it signs and whose it is: verifying it again would give the
 * same, so every member decides what it would have decided; one that does not hold is verified each
 * time.
 */
final class Simulation {
  private static final long MS = Schedule.MS;
  private static final int CONTACTS = 16;
  private static final int TICK_MS = 200;
  private static final int SLOW_ONE_IN = 30;
  private static final int SLOWNESS = 10;
  private static final int DISK_FAILS_ONE_IN = 200;
  private static final int CLOCK_JUMPS_ONE_IN = 20;
  private static final int BIG_BATCH = 600;
  private static final int STEPS_BETWEEN_LOOKS = 256;

  final Scenario scenario;
  final Schedule schedule = new Schedule();
  final TreeHasher hasher = new TreeHasher();
  final Invariants invariants;
  final ArrivalTimes arrivals = new ArrivalTimes();
  final SimNetwork network;
  final byte headType;
  final Signatures signatures = this::verify;
  private final Set<Checkpoint> verified = new HashSet<>();
  private final SplittableRandom random;
  private final List<SimMember> members = new ArrayList<>();
  private final List<SimMember> all = new ArrayList<>();
  private final Map<PeerId, SimMember> byPeer = new HashMap<>();
  private final Map<LogId, History> histories = new LinkedHashMap<>();
  private final MessageDigest trace = Sha256.newDigest();
  private final ByteBuffer traceHeader = ByteBuffer.allocate(20);
  private final GroupSecret group;
  private boolean isCalm;
  private int honest;
  long frames;
  long frameBytes;
  long crashes;
  long refusals;
  long refusedWrites;

  Simulation(Scenario scenario) {
    this.scenario = scenario;
    this.random = new SplittableRandom(scenario.seed());
    this.invariants = new Invariants(this);
    this.network = new SimNetwork(this, random.split());
    this.headType = headType();
    this.group = newSecret();
    makeMembers();
  }

  private static byte headType() {
    SyncMessage.Head head =
        new SyncMessage.Head(
            LogId.of(new byte[32]),
            Optional.empty(),
            0,
            TreeHasher.EMPTY_ROOT,
            new byte[64],
            SyncMessage.Run.NONE);
    return Liar.bodyOf(head).get(0);
  }

  private GroupSecret newSecret() {
    byte[] secret = new byte[GroupSecret.LENGTH_BYTES];
    random.nextBytes(secret);
    return GroupSecret.of(secret);
  }

  private void verify(Checkpoint checkpoint) {
    if (!verified.contains(checkpoint)) {
      checkpoint.verify();
      verified.add(checkpoint);
    }
  }

  // ---- members

  private void makeMembers() {
    for (int i = 0; i < scenario.members(); i++) {
      add(i, kindOf(i));
    }
    for (SimMember member : all) {
      meet(member);
      member.scheduleTick(random.nextLong(TICK_MS * MS));
    }
  }

  /** Liars are spread over all numbers, writers among them; the first is honest. */
  private @Nullable LiarKind kindOf(int number) {
    int percent = scenario.liarPercent();
    int before = number * percent / 100;
    boolean lies = before < (number + 1) * percent / 100;
    return lies ? scenario.liars().get(before % scenario.liars().size()) : null;
  }

  private void add(int number, @Nullable LiarKind kind) {
    TestIdentity identity = new TestIdentity(random.nextLong());
    boolean isSlow = scenario.isStormy() && random.nextInt(SLOW_ONE_IN) == 0;
    SimMember member = newMember(number, identity, kind, isSlow ? SLOWNESS : 1);
    members.add(member);
    byPeer.put(member.peer, member);
    if (kind == null) {
      honest++;
    } else if (isForker(kind)) {
      SimMember twin = newMember(number, identity, kind, 1);
      member.otherFace = twin;
      twin.isOddFace = true;
    }
  }

  private SimMember newMember(
      int number, TestIdentity identity, @Nullable LiarKind kind, int slowness) {
    GroupSecret secret = kind == LiarKind.STRANGER ? newSecret() : group;
    SimMember member =
        new SimMember(
            this, number, identity.peerId(), signer(identity), secret, random.split(), slowness);
    if (kind != null) {
      member.liar = Liar.of(kind, member, random.split());
    }
    all.add(member);
    return member;
  }

  private static boolean isForker(LiarKind kind) {
    return kind == LiarKind.FORKER_OF_ONE_SIZE || kind == LiarKind.FORKER_OF_TWO_SIZES;
  }

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

  /** Whom a member knows of: a few by chance, and the next, so that the group hangs together. */
  private void meet(SimMember member) {
    int size = members.size();
    for (int i = 0; i < Math.min(CONTACTS, size - 1); i++) {
      SimMember contact = members.get(i == 0 ? (member.number + 1) % size : random.nextInt(size));
      if (contact.number != member.number && member.calls(contact)) {
        member.contacts.add(contact);
      }
    }
  }

  SimMember byPeer(PeerId peer) {
    return byPeer.get(peer);
  }

  SimMember member(int number) {
    return members.get(number);
  }

  int honestMembers() {
    return honest;
  }

  // ---- logs

  /** The history of a log that somebody wrote. */
  History history(LogName name) {
    History history = histories.get(name.id());
    if (history == null) {
      throw failure("log " + name + " is taken, and nobody wrote it", null);
    }
    return history;
  }

  @Nullable History findHistory(LogId id) {
    return histories.get(id);
  }

  History historyOf(LogName name, SimMember author) {
    return histories.computeIfAbsent(
        name.id(), id -> new History(name, author.number, author.signer, hasher));
  }

  // ---- the storm

  /** Lets members write and faults happen. */
  void storm() {
    long lengthNs = scenario.stormMs() * MS;
    scheduleWrites(lengthNs);
    scheduleForks(lengthNs);
    if (scenario.isStormy()) {
      scheduleFaults(lengthNs);
    }
    run(lengthNs, false);
  }

  private void scheduleWrites(long lengthNs) {
    for (int i = 0; i < scenario.writes(); i++) {
      SimMember writer = members.get(random.nextInt(scenario.writers()));
      StreamClass stream = i % 6 == 0 ? StreamClass.IDENTITY : StreamClass.TOPIC;
      String topic = stream == StreamClass.TOPIC ? "t" + i % 2 : "";
      LogName name = new LogName(writer.group.id(), stream, topic, writer.signer.author(), 0);
      int events = 1 + random.nextInt(random.nextInt(10) == 0 ? BIG_BATCH : 8);
      schedule.after(random.nextLong(lengthNs), () -> write(writer, name, events));
    }
    if (scenario.longLog() > 0) {
      SimMember writer = members.get(0);
      LogName name = new LogName(group.id(), StreamClass.TOPIC, "long", writer.signer.author(), 0);
      schedule.after(MS, () -> write(writer, name, scenario.longLog()));
    }
    for (int i = 0; i < scenario.manyLogs(); i++) {
      SimMember writer = members.get(0);
      LogName name =
          new LogName(group.id(), StreamClass.TOPIC, "many" + i, writer.signer.author(), 0);
      schedule.after(random.nextLong(lengthNs), () -> write(writer, name, 1));
    }
  }

  private void write(SimMember writer, LogName name, int events) {
    if (writer.isUp && !writer.wasRestored) {
      writer.publish(name, events, 60);
    }
  }

  private void scheduleForks(long lengthNs) {
    for (SimMember member : members) {
      SimMember twin = member.otherFace;
      if (twin != null) {
        boolean oneSize = member.liar != null && member.liar.kind == LiarKind.FORKER_OF_ONE_SIZE;
        int common = 1 + random.nextInt(random.nextBoolean() ? 20 : 400);
        int left = 1 + random.nextInt(10);
        int right = oneSize ? left : left + 1 + random.nextInt(10);
        LogName name =
            new LogName(group.id(), StreamClass.TOPIC, "fork", member.signer.author(), 0);
        long beginNs = random.nextLong(lengthNs / 4);
        schedule.after(beginNs, () -> member.publish(name, common, 40));
        schedule.after(
            beginNs + lengthNs / 4, () -> fork(member, twin, history(name), left, right));
      }
    }
  }

  /** From here on a forker writes two histories, one for each half of the group. */
  private static void fork(SimMember member, SimMember twin, History history, int left, int right) {
    long common = member.disk.size(history.id);
    Branch other = history.fork(common);
    twin.disk.grow(history, other, common);
    member.publish(history, history.main(), left);
    twin.publish(history, other, right);
  }

  private void scheduleFaults(long lengthNs) {
    int churn = Math.max(1, scenario.members() * scenario.churnPercent() / 100);
    for (int i = 0; i < churn; i++) {
      SimMember victim = members.get(random.nextInt(members.size()));
      schedule.after(random.nextLong(lengthNs), () -> crash(victim));
      SimMember cut = members.get(random.nextInt(members.size()));
      schedule.after(random.nextLong(lengthNs), () -> cutOneLink(cut));
    }
    for (int i = 0; i < members.size() / CLOCK_JUMPS_ONE_IN; i++) {
      SimMember victim = members.get(random.nextInt(members.size()));
      long ns = random.nextLong(60_000 * MS);
      schedule.after(random.nextLong(lengthNs), () -> victim.jumpClock(ns));
    }
    SimMember restored = members.get(random.nextInt(scenario.writers()));
    schedule.after(lengthNs / 2, () -> restoreBackup(restored));
    // One that is over before requests time out, and one that is not.
    schedule.after(lengthNs / 20, () -> network.part(members.size() / 3, lengthNs / 10, all));
    schedule.after(lengthNs / 4, () -> network.part(members.size() / 2, lengthNs * 3 / 5, all));
  }

  /** An honest writer's disk goes back to what it was: its own logs are shorter than others'. */
  private void restoreBackup(SimMember writer) {
    if (!writer.isUp || !writer.isHonest()) {
      return;
    }
    writer.crash();
    writer.wasRestored = true;
    for (SimDisk.Copy copy : writer.disk.copies()) {
      History history = copy.history;
      if (history.author == writer.number && copy.size() > 1) {
        writer.disk.restore(history, copy.size() / 2);
        history.cutShort(
            members.stream()
                .filter(member -> member.isHonest() && member != writer)
                .map(member -> member.disk.size(history.id))
                .toList());
      }
    }
    schedule.after((20 + random.nextLong(3_000)) * MS, writer::restart);
  }

  private void crash(SimMember victim) {
    if (!isCalm && victim.isUp) {
      crashes++;
      victim.crash();
      schedule.after((20 + random.nextLong(3_000)) * MS, victim::restart);
    }
  }

  private void cutOneLink(SimMember member) {
    if (!isCalm && !member.links.isEmpty()) {
      network.cut(member.links.values().iterator().next());
    }
  }

  /** Whether a write that was asked for fails. */
  boolean diskFails() {
    return !isCalm && scenario.isStormy() && random.nextInt(DISK_FAILS_ONE_IN) == 0;
  }

  // ---- calm

  /** No more faults: whether all honest members come to have all within some virtual time. */
  boolean settle(long mostMs) {
    isCalm = true;
    run(schedule.nowNs() + mostMs * MS, true);
    invariants.checkDisks(members);
    members.forEach(invariants::checkState);
    return isConverged();
  }

  private void run(long endNs, boolean untilConverged) {
    try {
      while (schedule.step(endNs)) {
        if (untilConverged && schedule.steps() % STEPS_BETWEEN_LOOKS == 0 && isConverged()) {
          return;
        }
      }
    } catch (XfException | IllegalStateException | IllegalArgumentException e) {
      throw failure("the machine failed", e);
    } catch (AssertionError e) {
      throw e.getMessage() != null && e.getMessage().contains("replay") ? e : failure("", e);
    }
  }

  boolean isConverged() {
    for (History history : histories.values()) {
      SimMember author = members.get(history.author);
      boolean isUnaware =
          history.goesBeyond(author.disk.size(history.id)) && !author.warned.contains(history.id);
      if (!history.isConverged(honest) || isUnaware) {
        return false;
      }
    }
    return members.stream().allMatch(member -> member.isUp);
  }

  /** Lets time go on: how many frames honest members exchange with one another meanwhile. */
  long framesIn(long ms) {
    long before = frames;
    run(schedule.nowNs() + ms * MS, false);
    return frames - before;
  }

  // ---- accounts

  void traced(SimMember from, SimMember to, ByteBuffer body) {
    frames++;
    frameBytes += body.remaining();
    traceHeader.clear();
    traceHeader.putLong(schedule.nowNs()).putInt(from.number).putInt(to.number);
    traceHeader.putInt(body.remaining()).flip();
    trace.update(traceHeader);
    trace.update(body.duplicate());
  }

  /** SHA-256 of every frame, when, from whom and to whom; ends the simulation. */
  byte[] traceHash() {
    return trace.digest();
  }

  AssertionError failure(String what, @Nullable Throwable cause) {
    String text =
        what
            + (cause == null ? "" : ": " + cause.getMessage())
            + "\n  at step "
            + schedule.steps()
            + ", "
            + schedule.nowNs() / MS
            + " ms of "
            + scenario
            + "\n  replay: "
            + scenario.replayCommand();
    return new AssertionError(text, cause);
  }

  /** Who lacks what. */
  String describe() {
    StringBuilder text = new StringBuilder();
    int shown = 0;
    for (History history : histories.values()) {
      if (!history.isConverged(honest)) {
        text.append(history.describe()).append('\n');
        for (SimMember member : members) {
          boolean lacks = history.lacks(member.disk);
          if (member.isHonest() && lacks && shown++ < 10) {
            text.append("  ").append(member).append(" has ").append(member.disk.size(history.id));
            text.append(": ").append(member.state.sessionInfos()).append('\n');
          }
        }
      }
    }
    return text + "replay: " + scenario.replayCommand();
  }

  @Override
  public String toString() {
    return "seed "
        + scenario.seed()
        + ": "
        + scenario.members()
        + " members, "
        + schedule.steps()
        + " steps, "
        + frames
        + " frames of "
        + (frameBytes >> 10)
        + " KiB, "
        + crashes
        + " crashes, "
        + refusals
        + " refusals, "
        + arrivals.count()
        + " arrivals (median "
        + arrivals.percentileMs(50)
        + " ms, 99 % "
        + arrivals.percentileMs(99)
        + " ms), "
        + arrivals.evidence
        + " times evidence, at most "
        + (invariants.largestStateBytes >> 10)
        + " KiB and "
        + invariants.largestCollection
        + " entries ("
        + invariants.largestName
        + ") in one machine, "
        + schedule.nowNs() / MS
        + " ms";
  }
}
