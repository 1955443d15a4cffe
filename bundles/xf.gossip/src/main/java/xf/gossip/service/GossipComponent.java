package xf.gossip.service;

import java.security.SecureRandom;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import xf.event.GroupId;
import xf.event.Keyring;
import xf.event.LogName;
import xf.event.Subscription;
import xf.gossip.ForkInfo;
import xf.gossip.GroupInfo;
import xf.gossip.Groups;
import xf.gossip.Invitation;
import xf.gossip.MemberInfo;
import xf.gossip.ProvedEvent;
import xf.gossip.Sync;
import xf.gossip.SyncStatus;
import xf.gossip.group.GroupRegistry;
import xf.gossip.net.Network;
import xf.gossip.net.PeerId;
import xf.gossip.sync.SyncEngine;
import xf.merkle.Checkpoint;
import xf.merkle.MerkleIndex;
import xf.store.EventStore;

/**
 * {@link Groups} and {@link Sync} for as long as network, stores and keys are there. When one of
 * them is exchanged sessions end and begin again where they were; connections stay.
 */
@Component(
    service = {Groups.class, Sync.class},
    immediate = true)
public final class GossipComponent implements Groups, Sync {
  private static final long CLOSE_TIMEOUT_MS = 10_000;

  private final ExecutorService thread;
  private final SyncEngine engine;
  private final GroupRegistry groups;

  /** Begins to sync all groups of the keyring. */
  @Activate
  public GossipComponent(
      @Reference Network network,
      @Reference EventStore store,
      @Reference MerkleIndex index,
      @Reference Keyring keyring) {
    // What waits for this thread is bounded by what each stream may have pending.
    // Tasks that come while it stops have nobody left to do them for.
    thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            GossipComponent::daemon,
            new ThreadPoolExecutor.DiscardPolicy());
    SecureRandom random = new SecureRandom();
    engine = new SyncEngine(network, store, index, keyring, thread, random);
    groups = new GroupRegistry(keyring, store, engine, random);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "xf-sync");
    thread.setDaemon(true);
    return thread;
  }

  /** Ends the sessions. */
  @Deactivate
  public void close() {
    engine.close();
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public List<GroupInfo> list() {
    return groups.list();
  }

  @Override
  public Optional<GroupInfo> find(String nameOrId) {
    return groups.find(nameOrId);
  }

  @Override
  public Optional<String> name(GroupId group) {
    return groups.name(group);
  }

  @Override
  public GroupInfo create(String name) {
    return groups.create(name);
  }

  @Override
  public Invitation invite(GroupId group) {
    return groups.invite(group);
  }

  @Override
  public GroupInfo join(Invitation invitation) {
    return groups.join(invitation);
  }

  @Override
  public void leave(GroupId group) {
    groups.leave(group);
  }

  @Override
  public List<MemberInfo> members(GroupId group) {
    return groups.members(group);
  }

  @Override
  public SyncStatus status(GroupId group) {
    return engine.status(group);
  }

  @Override
  public List<Checkpoint> heads(GroupId group) {
    return engine.heads(group);
  }

  @Override
  public List<ForkInfo> forks() {
    return engine.forks();
  }

  @Override
  public Subscription onFork(Consumer<ForkInfo> listener) {
    return engine.onFork(listener);
  }

  @Override
  public List<String> why(PeerId peer) {
    return engine.why(peer);
  }

  @Override
  public CompletableFuture<List<ProvedEvent>> read(LogName log, Collection<Long> indexes) {
    return engine.read(log, indexes);
  }

  @Override
  public void subscribe(GroupId group, String topic) {
    engine.subscribe(group, topic);
  }

  @Override
  public void unsubscribe(GroupId group, String topic) {
    engine.unsubscribe(group, topic);
  }
}
