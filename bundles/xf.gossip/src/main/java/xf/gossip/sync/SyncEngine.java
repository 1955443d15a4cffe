package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.event.Keyring;
import xf.event.LogName;
import xf.event.Subscription;
import xf.event.XfException;
import xf.gossip.ForkInfo;
import xf.gossip.LogProgress;
import xf.gossip.MemberInfo;
import xf.gossip.SessionInfo;
import xf.gossip.Sync;
import xf.gossip.SyncStatus;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkEvent;
import xf.gossip.net.PeerId;
import xf.gossip.net.PeerInfo;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Registration;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;
import xf.gossip.net.Timers;
import xf.merkle.Checkpoint;
import xf.merkle.ForkEvidence;
import xf.merkle.MerkleIndex;
import xf.store.EventStore;
import xf.store.Stage;

/**
 * Drives the {@link GroupState}s of all groups over a network's streams and the device's stores.
 *
 * <p><b>Threads.</b> All that happens goes through one serial executor, which must not be a thread
 * of the network's or the store's; network threads only copy frames, the store's writer only wakes.
 * The lock lets status be read from any thread.
 */
public final class SyncEngine implements Sync, AutoCloseable {
  /** The protocol's name. */
  public static final ProtocolId PROTOCOL = new ProtocolId("/xf/sync/1");

  private static final Logger LOG = LoggerFactory.getLogger(SyncEngine.class);
  private static final String STAGE = "gossip";
  private static final Duration TICK = Duration.ofMillis(200);
  private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration ADDRESS_TTL = Duration.ofHours(1);
  private static final int SCAN_EVENTS = 8_192;
  private static final int MAX_DIALS = 16;
  private static final int ANNOUNCE_TICKS = 25;
  private static final double RATE_WEIGHT = 0.1;
  private static final CloseReason NO_SESSION =
      CloseReason.local(CloseReason.Kind.REQUESTED, "no session");

  private final Network network;
  private final EventStore store;
  private final MerkleIndex index;
  private final Keyring keyring;
  private final Executor serial;
  private final RandomGenerator random;
  private final SyncLimits limits;
  private final Committer committer;
  private final ForkTable forks;
  private final MemberTable members;
  private final Retry retry;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<GroupId, Running> groups = new LinkedHashMap<>();
  private final List<Consumer<ForkInfo>> forkListeners = new CopyOnWriteArrayList<>();
  private final AtomicBoolean scanWanted = new AtomicBoolean();
  private final List<Registration> registrations = new ArrayList<>();
  private final Subscription commits;
  private long scannedTo;
  private int ticks;
  private volatile boolean closed;

  /** A group that is being synced. */
  private static final class Running {
    final GroupSecret secret;
    final GroupState state;
    final Map<PeerId, StreamLink> links = new LinkedHashMap<>();
    final Set<PeerId> dialling = new HashSet<>();
    final Announcements announcements;
    @Nullable Set<String> topics;
    long countedEvents;
    double eventsPerSecond;

    Running(GroupSecret secret, GroupState state, Announcements announcements) {
      this.secret = secret;
      this.state = state;
      this.announcements = announcements;
    }
  }

  /** Takes part in the protocol at once; groups are to be {@linkplain #add added}. */
  @SuppressWarnings("this-escape") // callbacks are registered last
  public SyncEngine(
      Network network,
      EventStore store,
      MerkleIndex index,
      Keyring keyring,
      Executor serial,
      RandomGenerator random) {
    this.network = network;
    this.store = store;
    this.index = index;
    this.keyring = keyring;
    this.serial = serial;
    this.random = random;
    this.limits = SyncLimits.DEFAULT;
    Stage stage = store.stage(STAGE);
    this.forks = new ForkTable(stage);
    this.members = new MemberTable(stage);
    this.committer = new Committer(store, index, serial);
    this.retry = new Retry(random);
    this.scannedTo = store.endPosition();
    this.commits = store.onCommit(position -> wakeScan());
    registrations.add(network.handle(PROTOCOL, this::accept));
    registrations.add(network.addListener(this::onNetwork));
    scheduleTick();
  }

  // ---- groups

  /** Begins to sync a group. */
  public void add(GroupSecret secret) {
    lock.lock();
    try {
      if (!groups.containsKey(secret.id())) {
        StoreReplica replica = new StoreReplica(store, index, keyring, forks);
        groups.put(
            secret.id(),
            new Running(
                secret,
                new GroupState(secret, network.peerId(), replica, limits, random),
                new Announcements(keyring.device(), secret.id(), members.records(secret.id()))));
      }
    } finally {
      lock.unlock();
    }
    later(this::connectMembers);
  }

  /** Ends sync of a group and forgets its members. */
  public void remove(GroupId group) {
    lock.lock();
    try {
      Running running = groups.remove(group);
      if (running != null) {
        CloseReason reason =
            CloseReason.local(CloseReason.Kind.FINISHED, "this device left the group");
        running.links.values().forEach(link -> link.reset(reason));
        members.forget(group);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Remembers where members may be found, as an invitation tells. */
  public void addMembers(GroupId group, List<Multiaddr> addresses) {
    lock.lock();
    try {
      for (Multiaddr address : addresses) {
        address
            .peerId()
            .filter(peer -> !peer.equals(network.peerId()))
            .ifPresent(
                peer -> {
                  List<Multiaddr> bare = address.withoutPeer().stream().toList();
                  members.reachable(group, peer, bare);
                });
      }
    } finally {
      lock.unlock();
    }
    later(this::connectMembers);
  }

  /** Addresses of ours to put into an invitation, ending in our peer id. */
  public List<Multiaddr> invitationAddresses() {
    return network.advertisedAddresses().stream()
        .map(address -> Multiaddr.parse(address + "/p2p/" + network.peerId()))
        .toList();
  }

  /** Members that are known, those with a session first. */
  public List<MemberInfo> members(GroupId group) {
    lock.lock();
    try {
      Running running = groups.get(group);
      List<MemberInfo> all = new ArrayList<>();
      for (MemberTable.Entry entry : members.members(group)) {
        StreamLink link = running == null ? null : running.links.get(entry.peer());
        boolean connected = link != null && link.proved;
        all.add(
            new MemberInfo(group, entry.peer(), connected, entry.lastSeenMs(), entry.addresses()));
      }
      all.sort(
          Comparator.comparing(MemberInfo::connected)
              .thenComparing(MemberInfo::lastSeenMs)
              .reversed());
      return all;
    } finally {
      lock.unlock();
    }
  }

  // ---- what happens

  private void later(Runnable task) {
    serial.execute(() -> guarded(task));
  }

  /** Trouble with a disk ends the task at hand, not the engine. */
  private void guarded(Runnable task) {
    lock.lock();
    try {
      if (!closed) {
        task.run();
      }
    } catch (XfException e) {
      LOG.error("sync: {}", e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  private void feed(Running running, SyncInput input) {
    for (SyncOutput output : running.state.handle(input, network.timers().nowNs())) {
      perform(running, output);
    }
  }

  private void perform(Running running, SyncOutput output) {
    if (output instanceof SyncOutput.Send send) {
      StreamLink link = running.links.get(send.peer());
      if (link != null) {
        link.write(send.frame());
      }
    } else if (output instanceof SyncOutput.AwaitWritable await) {
      onAwaitWritable(running, await.peer());
    } else if (output instanceof SyncOutput.Commit commit) {
      commit(running, commit);
    } else if (output instanceof SyncOutput.Close close) {
      end(running, close);
    } else if (output instanceof SyncOutput.KeepFork fork) {
      keep(fork);
    } else if (output instanceof SyncOutput.Freeze freeze) {
      LOG.error("log {} is frozen: {}", freeze.log().id(), freeze.reason());
      store.freeze(freeze.log().id(), freeze.reason());
    } else if (output instanceof SyncOutput.MemberProved proved) {
      onMember(running, proved.peer());
    } else if (output instanceof SyncOutput.MembersLearned told) {
      onMembersLearned(running, told);
    }
  }

  private void commit(Running running, SyncOutput.Commit commit) {
    CompletableFuture<Void> unused =
        committer
            .commit(commit)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.warn("log {}: events were not taken: {}", commit.log().id(), "" + failure);
                  }
                  later(() -> feed(running, new SyncInput.Committed(commit, failure)));
                });
  }

  private void onAwaitWritable(Running running, PeerId peer) {
    StreamLink link = running.links.get(peer);
    if (link == null) {
      return;
    }
    if (link.blocked) {
      link.awaited = true;
    } else {
      later(() -> feedIfCurrent(running, link, new SyncInput.Writable(peer)));
    }
  }

  private void feedIfCurrent(Running running, StreamLink link, SyncInput input) {
    if (running.links.get(link.peer()) == link) {
      feed(running, input);
    }
  }

  private void end(Running running, SyncOutput.Close close) {
    StreamLink link = running.links.get(close.peer());
    close
        .refusal()
        .ifPresent(
            refusal -> {
              String why = refusal + ": " + close.why();
              LOG.warn("peer {} is refused: {}", close.peer().toShortText(), why);
              retry.refused(running.secret.id(), close.peer(), network.timers().nowNs(), why);
            });
    if (link != null) {
      link.reset(CloseReason.local(CloseReason.Kind.PROTOCOL_VIOLATION, close.why()));
    }
  }

  private void keep(SyncOutput.KeepFork fork) {
    ForkEvidence evidence = fork.evidence();
    LOG.error("log {} is frozen: {}", evidence.log(), fork.reason());
    store.freeze(evidence.log(), fork.reason());
    CompletableFuture<Void> unused =
        forks
            .keep(evidence)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.error("evidence of a fork is not kept durably: {}", "" + failure);
                  }
                });
    ForkInfo info = new ForkInfo(fork.name(), evidence);
    forkListeners.forEach(listener -> listener.accept(info));
  }

  private void onMember(Running running, PeerId peer) {
    GroupId group = running.secret.id();
    StreamLink link = running.links.get(peer);
    if (link != null) {
      link.proved = true;
    }
    retry.succeeded(group, peer);
    members.seen(group, peer, network.timers().wallClockMs());
    later(() -> announce(running, peer));
  }

  private void onMembersLearned(Running running, SyncOutput.MembersLearned told) {
    for (MemberRecord record : told.records()) {
      if (running.announcements.learn(told.peer(), record)) {
        members.learn(running.secret.id(), record);
        network.learn(record.peer(), record.addresses(), ADDRESS_TTL);
      }
    }
    later(() -> announceToAll(running));
  }

  private void announceToAll(Running running) {
    List.copyOf(running.links.values()).stream()
        .filter(link -> link.proved)
        .forEach(link -> announce(running, link.peer()));
  }

  /** Tells a member what it has not been told of where members are. */
  private void announce(Running running, PeerId peer) {
    List<byte[]> due =
        running.announcements.dueFor(
            peer, network.advertisedAddresses(), network.timers().wallClockMs());
    for (int from = 0; from < due.size(); from += SyncCodec.MAX_RECORDS) {
      int to = Math.min(due.size(), from + SyncCodec.MAX_RECORDS);
      feed(running, new SyncInput.Announce(peer, due.subList(from, to)));
    }
  }

  // ---- streams

  private StreamHandler accept(Stream stream) {
    return new StreamLink(this, stream.remotePeer(), false, null);
  }

  void onOpen(StreamLink link) {
    if (link.isInitiator()) {
      later(() -> opened(link));
    } else {
      Timers.Timer unused =
          network
              .timers()
              .schedule(
                  Duration.ofNanos(limits.membershipTimeoutNs()),
                  () -> later(() -> endSilent(link)));
    }
  }

  /** Who opens a stream and names no group in time has to go. */
  private static void endSilent(StreamLink link) {
    if (link.group == null) {
      link.reset(NO_SESSION);
    }
  }

  private void opened(StreamLink link) {
    Running running = link.group == null ? null : groups.get(link.group);
    if (running == null || !admit(running, link)) {
      link.reset(CloseReason.local(CloseReason.Kind.REQUESTED, "there is a session already"));
      return;
    }
    feed(running, new SyncInput.Opened(link.peer()));
  }

  /**
   * One session for a group and peer: of two that cross, the one the smaller peer id opened. A peer
   * that opens another after it proved itself has lost the first, which our side of a connection
   * may notice half a minute later.
   */
  private boolean admit(Running running, StreamLink link) {
    StreamLink other = running.links.get(link.peer());
    if (other != null && other != link) {
      boolean oursWins = network.peerId().compareTo(link.peer()) < 0;
      boolean crossed = !other.proved && other.isInitiator() != link.isInitiator();
      if (crossed && link.isInitiator() != oursWins) {
        return false;
      }
      feed(running, new SyncInput.Closed(link.peer()));
      other.reset(CloseReason.local(CloseReason.Kind.REQUESTED, "replaced by a newer session"));
    }
    running.links.put(link.peer(), link);
    return true;
  }

  void onFrame(StreamLink link, ByteBuffer frame) {
    int length = frame.remaining();
    later(
        () -> {
          try {
            frame(link, frame);
          } finally {
            link.release(length);
          }
        });
  }

  private void frame(StreamLink link, ByteBuffer frame) {
    GroupId group = link.group;
    Running running = group == null ? null : groups.get(group);
    if (group == null) {
      invited(link, frame);
    } else if (running != null) {
      feedIfCurrent(running, link, new SyncInput.Frame(link.peer(), frame));
    }
  }

  /** The first frame of a stream that was opened to us: for which group, if for any of ours. */
  private void invited(StreamLink link, ByteBuffer frame) {
    if (decodeFirst(frame) instanceof SyncMessage.Open open) {
      long nowNs = network.timers().nowNs();
      for (Running running : groups.values()) {
        if (running.state.membership().isTag(open, link.peer(), network.peerId())
            && !isRefused(running, link.peer(), nowNs)) {
          link.group = running.secret.id();
          if (admit(running, link)) {
            feed(running, new SyncInput.Invited(link.peer(), open));
            return;
          }
        }
      }
    }
    // The same answer to a stranger and to a member that is not wanted now: none.
    link.reset(NO_SESSION);
  }

  private static @Nullable SyncMessage decodeFirst(ByteBuffer frame) {
    try {
      return SyncCodec.decode(frame);
    } catch (XfException e) {
      LOG.debug("a stream began with what is no frame: {}", e.getMessage());
      return null;
    }
  }

  private boolean isRefused(Running running, PeerId peer, long nowNs) {
    return retry
        .find(running.secret.id(), peer)
        .filter(wait -> wait.isRefusal() && nowNs < wait.untilNs())
        .isPresent();
  }

  void onWritable(StreamLink link) {
    later(
        () -> {
          link.blocked = false;
          Running running = link.group == null ? null : groups.get(link.group);
          if (link.awaited && running != null) {
            link.awaited = false;
            feedIfCurrent(running, link, new SyncInput.Writable(link.peer()));
          }
        });
  }

  void onClosed(StreamLink link, CloseReason reason) {
    later(
        () -> {
          Running running = link.group == null ? null : groups.get(link.group);
          if (running == null) {
            return;
          }
          running.dialling.remove(link.peer());
          if (running.links.remove(link.peer(), link)) {
            feed(running, new SyncInput.Closed(link.peer()));
            GroupId group = running.secret.id();
            long nowNs = network.timers().nowNs();
            boolean stranger = !link.proved && !members.has(group, link.peer());
            if (retry.find(group, link.peer()).filter(Retry.Wait::isRefusal).isPresent()) {
              return;
            } else if (stranger) {
              retry.notAMember(group, link.peer(), nowNs);
            } else {
              retry.failed(group, link.peer(), nowNs, reason.toString());
            }
          }
        });
  }

  // ---- connecting

  private void onNetwork(NetworkEvent event) {
    if (event instanceof NetworkEvent.PeerIdentified identified) {
      PeerInfo info = identified.peer();
      if (info.protocols().contains(PROTOCOL)) {
        later(() -> groups.values().forEach(group -> meet(group, info.peer())));
      }
    } else if (event instanceof NetworkEvent.PeerDiscovered discovered) {
      CompletableFuture<Connection> unused =
          network
              .dial(discovered.peer(), DIAL_TIMEOUT)
              .whenComplete(
                  (connection, failure) -> {
                    if (failure != null) {
                      LOG.debug("discovered peer cannot be reached: {}", "" + failure);
                    }
                  });
    }
  }

  /** A peer that speaks the protocol is here: the smaller id calls, the other one waits for it. */
  private void meet(Running running, PeerId peer) {
    if (network.peerId().compareTo(peer) > 0) {
      retry.yieldTo(running.secret.id(), peer, network.timers().nowNs());
      network.timers().schedule(Duration.ofSeconds(2), () -> later(() -> connect(running, peer)));
    } else {
      connect(running, peer);
    }
  }

  private void connectMembers() {
    for (Running running : groups.values()) {
      for (MemberTable.Entry entry : members.members(running.secret.id())) {
        connect(running, entry.peer());
      }
    }
  }

  private void connect(Running running, PeerId peer) {
    GroupId group = running.secret.id();
    long nowNs = network.timers().nowNs();
    if (closed
        || running.links.containsKey(peer)
        || running.dialling.contains(peer)
        || running.dialling.size() >= MAX_DIALS
        || groups.get(group) != running
        || !retry.isDue(group, peer, nowNs)) {
      return;
    }
    running.dialling.add(peer);
    members.members(group).stream()
        .filter(entry -> entry.peer().equals(peer) && !entry.addresses().isEmpty())
        .forEach(entry -> network.learn(peer, entry.addresses(), ADDRESS_TTL));
    StreamLink link = new StreamLink(this, peer, true, group);
    CompletableFuture<Stream> unused =
        network
            .openStream(peer, List.of(PROTOCOL), link, DIAL_TIMEOUT)
            .whenComplete((stream, failure) -> later(() -> dialled(running, peer, failure)));
  }

  private void dialled(Running running, PeerId peer, @Nullable Throwable failure) {
    running.dialling.remove(peer);
    if (failure != null) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      retry.failed(
          running.secret.id(), peer, network.timers().nowNs(), String.valueOf(cause.getMessage()));
    }
  }

  // ---- time and our own events

  private void scheduleTick() {
    Timers.Timer unused =
        network
            .timers()
            .schedule(
                TICK,
                () -> {
                  if (!closed) {
                    later(this::tick);
                    scheduleTick();
                  }
                });
  }

  private void tick() {
    for (Running running : groups.values()) {
      feed(running, new SyncInput.Tick());
      long events = running.state.committedEvents();
      double rate = (events - running.countedEvents) * 1e9 / TICK.toNanos();
      running.countedEvents = events;
      running.eventsPerSecond += RATE_WEIGHT * (rate - running.eventsPerSecond);
    }
    connectMembers();
    if (++ticks % ANNOUNCE_TICKS == 0) { // we may be found elsewhere by now
      groups.values().forEach(this::announceToAll);
    }
  }

  private void wakeScan() {
    if (scanWanted.compareAndSet(false, true)) {
      later(this::scan);
    }
  }

  /** Tells the groups which logs of ours have grown; a step at a time, so that others get turns. */
  private void scan() {
    scanWanted.set(false);
    Map<GroupId, Set<LogName>> grown = new LinkedHashMap<>();
    scannedTo =
        store.scan(
            scannedTo,
            SCAN_EVENTS,
            (log, position, event) -> {
              if (groups.containsKey(log.name().group())) {
                grown.computeIfAbsent(log.name().group(), g -> new HashSet<>()).add(log.name());
              }
              return true;
            });
    grown.forEach(
        (group, names) -> {
          names.removeIf(name -> keyring.find(name.author()).isEmpty());
          Running running = groups.get(group);
          if (running != null && !names.isEmpty()) {
            feed(running, new SyncInput.Grown(names));
          }
        });
    if (scannedTo < store.endPosition()) {
      wakeScan();
    }
  }

  // ---- status

  @Override
  public SyncStatus status(GroupId group) {
    lock.lock();
    try {
      Running running = groups.get(group);
      if (running == null) {
        return new SyncStatus(group, List.of(), 0, 0, 0, List.of());
      }
      List<LogProgress> logs = new ArrayList<>(running.state.progress());
      logs.sort(Comparator.comparingLong(LogProgress::missing).reversed());
      long have = logs.stream().mapToLong(LogProgress::have).sum();
      long want = logs.stream().mapToLong(LogProgress::want).sum();
      return new SyncStatus(
          group, logs, have, want, running.eventsPerSecond, running.state.sessionInfos());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<Checkpoint> heads(GroupId group) {
    lock.lock();
    try {
      Running running = groups.get(group);
      return running == null
          ? List.of()
          : running.state.heads().all().stream().map(HeadTable.Entry::head).toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<ForkInfo> forks() {
    return forks.all().stream()
        .map(each -> new ForkInfo(store.find(each.log()).map(log -> log.name()), each))
        .toList();
  }

  @Override
  public Subscription onFork(Consumer<ForkInfo> listener) {
    forkListeners.add(listener);
    return () -> forkListeners.remove(listener);
  }

  @Override
  public List<String> why(PeerId peer) {
    lock.lock();
    try {
      List<String> sentences = new ArrayList<>();
      for (Running running : groups.values()) {
        sentences.add("group " + running.secret.id() + ": " + why(running, peer));
      }
      return sentences;
    } finally {
      lock.unlock();
    }
  }

  private String why(Running running, PeerId peer) {
    for (SessionInfo session : running.state.sessionInfos()) {
      if (session.peer().equals(peer)) {
        return session.why() + ".";
      }
    }
    GroupId group = running.secret.id();
    String known =
        members.has(group, peer) ? "a member, not connected" : "not known to be a member";
    if (running.dialling.contains(peer)) {
      return known + "; it is being called.";
    }
    Optional<Retry.Wait> wait = retry.find(group, peer);
    if (wait.isEmpty()) {
      return known + ".";
    }
    long seconds = Math.max(0, wait.get().untilNs() - network.timers().nowNs()) / 1_000_000_000L;
    String refused = wait.get().isRefusal() ? "refused, " : "";
    return known + "; " + refused + wait.get().why() + "; next attempt in " + seconds + " s.";
  }

  @Override
  public void subscribe(GroupId group, String topic) {
    changeTopics(group, topics -> topics.add(topic));
  }

  @Override
  public void unsubscribe(GroupId group, String topic) {
    changeTopics(group, topics -> topics.remove(topic));
  }

  private void changeTopics(GroupId group, Consumer<Set<String>> change) {
    later(
        () -> {
          Running running = groups.get(group);
          if (running != null) {
            Set<String> topics = running.topics == null ? new HashSet<>() : running.topics;
            change.accept(topics);
            running.topics = topics;
            feed(running, new SyncInput.Subscribed(topics));
          }
        });
  }

  /** Ends all sessions; what is being written is finished by the store. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      commits.close();
      registrations.forEach(Registration::close);
      CloseReason reason = CloseReason.local(CloseReason.Kind.SHUTDOWN, "sync is being stopped");
      for (Running running : groups.values()) {
        running.links.values().forEach(link -> link.reset(reason));
      }
      groups.clear();
    } finally {
      lock.unlock();
    }
  }
}
