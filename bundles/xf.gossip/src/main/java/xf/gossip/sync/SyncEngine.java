package xf.gossip.sync;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
import xf.gossip.MemberInfo;
import xf.gossip.ProvedEvent;
import xf.gossip.Sync;
import xf.gossip.SyncStatus;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Network;
import xf.gossip.net.PeerId;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Registration;
import xf.gossip.net.Timers;
import xf.merkle.Checkpoint;
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
  private static final int SCAN_EVENTS = 8_192;

  private final Network network;
  private final EventStore store;
  private final MerkleIndex index;
  private final Keyring keyring;
  private final Executor serial;
  private final RandomGenerator random;
  private final SyncLimits limits;
  private final ForkTable forks;
  private final MemberTable members;
  private final Connector connector;
  private final SessionStreams streams;
  private final Announcer announcer;
  private final OutputRunner outputs;
  private final SyncReport report;
  private final ReadTable reads = new ReadTable();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<GroupId, SyncedGroup> groups = new LinkedHashMap<>();
  private final AtomicBoolean scanWanted = new AtomicBoolean();
  private final List<Registration> registrations = new ArrayList<>();
  private final Subscription commits;
  private long scannedTo;
  private volatile boolean closed;

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
    Retry retry = new Retry(random);
    Committer committer = new Committer(store, index, serial);
    this.connector = new Connector(this, network, members, retry);
    this.streams = new SessionStreams(this, network, connector);
    this.announcer = new Announcer(this, network, members);
    this.outputs =
        new OutputRunner(this, network, store, committer, forks, members, retry, reads, announcer);
    this.report = new SyncReport(network, store, forks, members, retry);
    this.scannedTo = store.endPosition();
    this.commits = store.onCommit(position -> wakeScan());
    registrations.add(network.handle(PROTOCOL, streams::accept));
    registrations.add(network.addListener(connector::onNetwork));
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
            new SyncedGroup(
                secret,
                new GroupState(secret, network.peerId(), replica, limits, random),
                new Announcements(keyring.device(), secret.id(), members.records(secret.id()))));
      }
    } finally {
      lock.unlock();
    }
    later(connector::connectMembers);
  }

  /** Ends sync of a group and forgets its members. */
  public void remove(GroupId group) {
    lock.lock();
    try {
      SyncedGroup running = groups.remove(group);
      if (running != null) {
        CloseReason reason =
            CloseReason.local(CloseReason.Kind.FINISHED, "this device left the group");
        running.links.values().forEach(link -> link.reset(reason));
        reads.leave(group);
        members.forget(group);
      }
    } finally {
      lock.unlock();
    }
  }

  SessionStreams streams() {
    return streams;
  }

  /** All groups, for who holds the lock. */
  Collection<SyncedGroup> groups() {
    return groups.values();
  }

  /** Whether a group is still being synced. */
  boolean isCurrent(SyncedGroup running) {
    return !closed && groups.get(running.id()) == running;
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
    later(connector::connectMembers);
  }

  /** Addresses of ours to put into an invitation, ending in our peer id. */
  public List<Multiaddr> invitationAddresses() {
    return network.advertisedAddresses().stream()
        .map(address -> Multiaddr.parse(address + "/p2p/" + network.peerId()))
        .toList();
  }

  // ---- what happens

  void later(Runnable task) {
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

  void feed(SyncedGroup running, SyncInput input) {
    for (SyncOutput output : running.state.handle(input, network.timers().nowNs())) {
      outputs.perform(running, output);
    }
    tickWhenDue(running);
  }

  /** Tells a group what happened on a stream, unless another one has taken its place. */
  void feedIfCurrent(SyncedGroup running, StreamLink link, SyncInput input) {
    if (running.links.get(link.peer()) == link) {
      feed(running, input);
    }
  }

  @Nullable SyncedGroup group(@Nullable GroupId id) {
    return id == null ? null : groups.get(id);
  }

  /** What waits for its time to be signed should not wait for the next regular tick as well. */
  private void tickWhenDue(SyncedGroup running) {
    long dueNs = running.state.dueNs();
    if (dueNs >= running.tickNs) {
      return;
    }
    running.tickNs = dueNs;
    Duration left = Duration.ofNanos(Math.max(0, dueNs - network.timers().nowNs()));
    Timers.Timer unused =
        network
            .timers()
            .schedule(
                left,
                () ->
                    later(
                        () -> {
                          running.tickNs = Long.MAX_VALUE;
                          if (isCurrent(running)) {
                            feed(running, new SyncInput.Tick());
                          }
                        }));
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
    for (SyncedGroup running : groups.values()) {
      feed(running, new SyncInput.Tick());
      running.measureRate(TICK.toNanos());
    }
    connector.connectMembers();
    announcer.onTick();
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
          SyncedGroup running = groups.get(group);
          if (running != null && !names.isEmpty()) {
            feed(running, new SyncInput.Grown(names));
          }
        });
    if (scannedTo < store.endPosition()) {
      wakeScan();
    }
  }

  // ---- status

  /** Members that are known, those with a session first. */
  public List<MemberInfo> members(GroupId group) {
    return underLock(() -> report.members(group, groups.get(group)));
  }

  @Override
  public SyncStatus status(GroupId group) {
    return underLock(() -> report.status(group, groups.get(group)));
  }

  @Override
  public List<Checkpoint> heads(GroupId group) {
    return underLock(() -> report.heads(groups.get(group)));
  }

  @Override
  public List<ForkInfo> forks() {
    return report.forks();
  }

  @Override
  public Subscription onFork(Consumer<ForkInfo> listener) {
    return outputs.onFork(listener);
  }

  @Override
  public List<String> why(PeerId peer) {
    return underLock(() -> report.why(groups.values(), peer));
  }

  private <T> T underLock(Supplier<T> question) {
    lock.lock();
    try {
      return question.get();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public CompletableFuture<List<ProvedEvent>> read(LogName log, Collection<Long> indexes) {
    List<Long> sorted = indexes.stream().sorted().distinct().toList();
    return reads.begin(
        log,
        sorted,
        number ->
            later(
                () -> {
                  SyncedGroup running = groups.get(log.group());
                  if (running == null) {
                    reads.unknownGroup(number, log);
                  } else {
                    feed(running, new SyncInput.Read(number, log, sorted));
                  }
                }));
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
          SyncedGroup running = groups.get(group);
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
      for (SyncedGroup running : groups.values()) {
        running.links.values().forEach(link -> link.reset(reason));
      }
      groups.clear();
      reads.close();
    } finally {
      lock.unlock();
    }
  }
}
