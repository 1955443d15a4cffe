package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import xf.event.AuthorKey;
import xf.event.GroupSecret;
import xf.event.LogName;
import xf.event.Sha256;
import xf.event.Signer;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.gossip.net.PeerId;
import xf.multiformats.Varint;
import xf.testkit.net.TestIdentity;

/**
 * Many members over virtual time, network and disks, all from one seed: delays, lost connections,
 * partitions, crashes that lose what was not yet durable, lying members, a stranger. What must hold
 * is checked whenever something becomes durable or is sent; the same seed gives the same trace.
 */
final class Simulation {
  private static final long MS = 1_000_000;
  private static final int LINKS = 3;
  private static final int MAX_IN_FLIGHT = 4_096;

  private final SplittableRandom random;
  private final GroupSecret group;
  private final List<Member> members = new ArrayList<>();
  private final Map<PeerId, Member> byPeer = new HashMap<>();
  private final PriorityQueue<Action> actions = new PriorityQueue<>();
  private final Map<LogName, SimDisk> authors = new HashMap<>();
  private final MessageDigest trace = Sha256.newDigest();
  private long nowNs;
  private long order;
  private boolean calm;
  private int island = -1;
  long frames;
  long steps;
  long crashes;
  long refusals;

  private record Action(long atNs, long order, Runnable body) implements Comparable<Action> {
    @Override
    public int compareTo(Action other) {
      int byTime = Long.compare(atNs, other.atNs);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  /** A connection between two members; a new one has a new number. */
  private static final class Link {
    final Member dialler;
    final Member other;
    boolean open = true;
    long dueNs;
    int inFlight;

    Link(Member dialler, Member other) {
      this.dialler = dialler;
      this.other = other;
    }

    Member far(Member near) {
      return near == dialler ? other : dialler;
    }
  }

  private final class Member {
    final int number;
    final PeerId peer;
    final Signer signer;
    final SimDisk disk;
    final boolean liar;
    final Map<PeerId, Link> links = new HashMap<>();
    final Set<PeerId> shunned = new HashSet<>();
    GroupState state;
    boolean up = true;
    int life;

    Member(int number, long seed, boolean liar) {
      this.number = number;
      TestIdentity identity = new TestIdentity(seed);
      this.peer = identity.peerId();
      this.signer = signerOf(identity);
      this.disk = new SimDisk(signer);
      this.liar = liar;
      start();
    }

    void start() {
      up = true;
      life++;
      state =
          new GroupState(
              group, peer, disk, SyncLimits.DEFAULT, new SplittableRandom(number * 31L + life));
    }
  }

  private static Signer signerOf(TestIdentity identity) {
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

  Simulation(long seed, int size, int liars) {
    random = new SplittableRandom(seed);
    byte[] secret = new byte[GroupSecret.LENGTH_BYTES];
    random.nextBytes(secret);
    group = GroupSecret.of(secret);
    for (int i = 0; i < size; i++) {
      Member member = new Member(i, random.nextLong(), i > 0 && i <= liars);
      members.add(member);
      byPeer.put(member.peer, member);
    }
  }

  // ---- the schedule

  /** Lets writers write and faults happen for some time. */
  void run(long ms, int writers, int events, int churn) {
    long endNs = nowNs + ms * MS;
    members.forEach(member -> at(random.nextLong(50 * MS), () -> keepConnected(member)));
    members.forEach(member -> at(random.nextLong(200 * MS), () -> tick(member)));
    for (int i = 0; i < events; i++) {
      Member writer = members.get(members.size() - 1 - random.nextInt(writers));
      at(random.nextLong(ms * MS), () -> write(writer));
    }
    for (int i = 0; i < churn; i++) {
      Member victim = members.get(random.nextInt(members.size()));
      at(random.nextLong(ms * MS), () -> crash(victim));
      at(random.nextLong(ms * MS), () -> cutSomeLink(victim));
    }
    at(ms * MS / 4, () -> island = members.size() / 3);
    at(ms * MS / 2, () -> island = -1);
    while (!actions.isEmpty() && actions.peek().atNs <= endNs) {
      step();
    }
  }

  /** No more faults: everybody must come to have everything. */
  boolean settle(long ms) {
    calm = true;
    island = -1;
    long endNs = nowNs + ms * MS;
    while (!actions.isEmpty() && actions.peek().atNs <= endNs) {
      step();
      if (steps % 1_024 == 0 && isConverged()) {
        return true;
      }
    }
    return isConverged();
  }

  private void at(long delayNs, Runnable body) {
    actions.add(new Action(nowNs + delayNs, order++, body));
  }

  private void step() {
    Action next = actions.remove();
    nowNs = next.atNs;
    steps++;
    next.body.run();
  }

  private void tick(Member member) {
    if (member.up) {
      feed(member, new SyncInput.Tick());
    }
    at(200 * MS, () -> tick(member));
  }

  private void write(Member writer) {
    if (!writer.up) {
      return;
    }
    LogName name = new LogName(group.id(), StreamClass.TOPIC, "t", writer.signer.author(), 0);
    authors.put(name, writer.disk);
    int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 600 : 8);
    for (int i = 0; i < count; i++) {
      byte[] payload = new byte[random.nextInt(60)];
      random.nextBytes(payload);
      writer.disk.publish(name, payload);
    }
    feed(writer, new SyncInput.Grown(Set.of(name)));
  }

  // ---- faults

  private void crash(Member victim) {
    if (calm || !victim.up) {
      return;
    }
    crashes++;
    victim.up = false;
    List.copyOf(victim.links.values()).forEach(this::cut);
    at((20 + random.nextLong(500)) * MS, victim::start);
  }

  private void cutSomeLink(Member member) {
    if (!calm && !member.links.isEmpty()) {
      cut(member.links.values().iterator().next());
    }
  }

  private void cut(Link link) {
    if (!link.open) {
      return;
    }
    link.open = false;
    for (Member end : List.of(link.dialler, link.other)) {
      Member far = link.far(end);
      if (end.links.remove(far.peer, link) && end.up) {
        at(MS, () -> closed(end, far));
      }
    }
  }

  private void closed(Member end, Member far) {
    if (end.up && !end.links.containsKey(far.peer)) {
      feed(end, new SyncInput.Closed(far.peer));
    }
  }

  private boolean isParted(Member a, Member b) {
    return island >= 0 && (a.number < island) != (b.number < island);
  }

  // ---- connections

  private void keepConnected(Member member) {
    if (member.up && member.links.size() < LINKS) {
      Member other = members.get(random.nextInt(members.size()));
      if (other != member
          && other.up
          && !isParted(member, other)
          && !member.links.containsKey(other.peer)
          && !member.shunned.contains(other.peer)
          && !other.shunned.contains(member.peer)) {
        Link link = new Link(member, other);
        member.links.put(other.peer, link);
        other.links.put(member.peer, link);
        feed(member, new SyncInput.Opened(other.peer));
      }
    }
    at((20 + random.nextLong(80)) * MS, () -> keepConnected(member));
  }

  private void feed(Member member, SyncInput input) {
    for (SyncOutput output : member.state.handle(input, nowNs)) {
      perform(member, output);
    }
  }

  private void perform(Member member, SyncOutput output) {
    if (output instanceof SyncOutput.Send send) {
      send(member, send);
    } else if (output instanceof SyncOutput.AwaitWritable await) {
      int life = member.life;
      at(
          random.nextLong(3 * MS),
          () -> {
            if (member.up && member.life == life) {
              feed(member, new SyncInput.Writable(await.peer()));
            }
          });
    } else if (output instanceof SyncOutput.Commit commit) {
      int life = member.life;
      at(100_000 + random.nextLong(5 * MS), () -> commit(member, life, commit));
    } else if (output instanceof SyncOutput.Close close) {
      refusals += close.refusal().isPresent() ? 1 : 0;
      close.refusal().ifPresent(refusal -> member.shunned.add(close.peer()));
      Link link = member.links.get(close.peer());
      if (link != null) {
        cut(link);
      }
    } else if (output instanceof SyncOutput.KeepFork fork) {
      throw new AssertionError("nobody forked, yet there is evidence: " + fork);
    } else if (output instanceof SyncOutput.Freeze freeze) {
      throw new AssertionError("no log of ours is longer elsewhere: " + freeze);
    }
  }

  private void send(Member from, SyncOutput.Send send) {
    Link link = from.links.get(send.peer());
    if (link == null || !link.open) {
      return;
    }
    Member to = link.far(from);
    if (isParted(from, to)) {
      cut(link);
      return;
    }
    ByteBuffer frame = send.frame();
    Varint.get(frame);
    byte[] body = new byte[frame.remaining()];
    frame.get(body);
    if (from.liar && !calm && random.nextInt(8) == 0) {
      if (random.nextInt(4) == 0) {
        return; // says nothing
      }
      body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
    }
    frames++;
    trace.update((byte) from.number);
    trace.update((byte) to.number);
    trace.update(body);
    link.inFlight++;
    if (link.inFlight > MAX_IN_FLIGHT) {
      throw new AssertionError("more than " + MAX_IN_FLIGHT + " frames under way on one link");
    }
    link.dueNs = Math.max(link.dueNs + 1, nowNs + MS / 2 + random.nextLong(20 * MS));
    actions.add(new Action(link.dueNs, order++, () -> deliver(link, from, to, body)));
  }

  private void deliver(Link link, Member from, Member to, byte[] body) {
    link.inFlight--;
    if (!link.open || !to.up) {
      return;
    }
    ByteBuffer frame = ByteBuffer.wrap(body);
    if (body[0] == 1 && to != link.dialler) {
      invite(link, from, to, frame);
    } else {
      feed(to, new SyncInput.Frame(from.peer, frame));
    }
  }

  private void invite(Link link, Member from, Member to, ByteBuffer frame) {
    try {
      if (SyncCodec.decode(frame) instanceof SyncMessage.Open open
          && to.state.membership().isTag(open, from.peer, to.peer)) {
        feed(to, new SyncInput.Invited(from.peer, open));
        return;
      }
    } catch (XfException damaged) {
      refusals++;
    }
    cut(link);
  }

  // ---- what must hold

  private void commit(Member member, int life, SyncOutput.Commit commit) {
    if (!member.up || member.life != life) {
      return; // it crashed before this was durable
    }
    Throwable failure = null;
    try {
      member.disk.apply(commit);
      checkPrefix(member, commit);
    } catch (XfException e) {
      failure = e;
    }
    feed(member, new SyncInput.Committed(commit, failure));
  }

  /** What is durable anywhere is what its author wrote, in the author's order. */
  private void checkPrefix(Member member, SyncOutput.Commit commit) {
    List<byte[]> original = authors.get(commit.log()).log(commit.log()).events;
    List<byte[]> copy = member.disk.log(commit.log()).events;
    if (copy.size() > original.size()) {
      throw new AssertionError("member " + member.number + " has more than the author");
    }
    int from = commit.run() == null ? copy.size() : (int) commit.firstIndex();
    for (int i = from; i < copy.size(); i++) {
      if (!Arrays.equals(copy.get(i), original.get(i))) {
        throw new AssertionError("member " + member.number + " stored another event " + i);
      }
    }
  }

  boolean isConverged() {
    for (Member member : members) {
      for (Map.Entry<LogName, SimDisk> each : authors.entrySet()) {
        if (member.disk.size(each.getKey().id()) != each.getValue().size(each.getKey().id())) {
          return false;
        }
      }
    }
    return true;
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    for (Member member : members) {
      long missing = 0;
      for (Map.Entry<LogName, SimDisk> each : authors.entrySet()) {
        missing += each.getValue().size(each.getKey().id()) - member.disk.size(each.getKey().id());
      }
      if (missing > 0) {
        text.append(member.number).append(member.liar ? " (liar)" : "").append(" misses ");
        text.append(missing).append(": ").append(member.state.sessionInfos()).append('\n');
      }
    }
    return text.toString();
  }

  /** SHA-256 of every frame in order; ends the simulation. */
  byte[] traceHash() {
    return trace.digest();
  }
}
