package xf.gossip.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.function.UnaryOperator;
import xf.event.AuthorKey;
import xf.event.Durability;
import xf.event.EventBatch;
import xf.event.EventLog;
import xf.event.GroupSecret;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.identity.FileKeyring;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;
import xf.merkle.index.LiveMerkleIndex;
import xf.store.lmdb.LmdbEventStore;
import xf.store.segment.SegmentPageStore;

/**
 * A device with real stores, and its machine for one group. Frames go by way of a {@link Wire};
 * commits are waited for, so a test is one thread and one order.
 */
final class Node implements AutoCloseable {
  final Path folder;
  final GroupSecret group;
  final FileKeyring keyring;
  final LmdbEventStore store;
  final SegmentPageStore pages;
  final LiveMerkleIndex index;
  final ForkTable forks;
  final PeerId peer;
  final List<Refusal> refusals = new ArrayList<>();
  final List<PeerId> members = new ArrayList<>();
  final List<SyncOutput.ReadDone> reads = new ArrayList<>();
  private final Committer committer;
  GroupState state;

  /** Changes or drops (null) what this node sends: how it lies. */
  UnaryOperator<SyncMessage> lie = UnaryOperator.identity();

  boolean failNextCommit;

  Node(Path folder, GroupSecret group) {
    this(folder, group, SyncLimits.DEFAULT);
  }

  Node(Path folder, GroupSecret group, SyncLimits limits) {
    this.folder = folder;
    this.group = group;
    keyring = FileKeyring.open(folder.resolve("identity"), new SecureRandom());
    store = LmdbEventStore.open(folder.resolve("events"));
    pages = new SegmentPageStore(folder.resolve("pages"));
    index = new LiveMerkleIndex(store, pages, keyring, folder.resolve("identity/ratchet"));
    forks = new ForkTable(store.stage("gossip"));
    peer = PeerId.of(keyring.device().author());
    committer = new Committer(store, index, ForkJoinPool.commonPool());
    state =
        new GroupState(
            group,
            peer,
            new StoreReplica(store, index, keyring, forks),
            limits,
            new SplittableRandom(folder.hashCode()));
  }

  AuthorKey author() {
    return keyring.device().author();
  }

  LogName name(String topic) {
    return new LogName(group.id(), StreamClass.TOPIC, topic, author(), 0);
  }

  EventLog log(String topic) {
    return store.open(name(topic));
  }

  /** Appends events of so many payload bytes; the machine is not told. */
  LogId append(String topic, int events, int payloadBytes) {
    EventLog log = log(topic);
    Random random = new Random(topic.hashCode() + log.size());
    byte[] payload = new byte[payloadBytes];
    EventBatch batch = new EventBatch(4_096);
    for (int left = events; left > 0; ) {
      batch.clear();
      List<byte[]> keep = new ArrayList<>();
      for (; left > 0 && batch.size() < batch.capacity(); left--) {
        random.nextBytes(payload);
        keep.add(payload.clone());
        batch.add(log, 7, ByteBuffer.wrap(keep.get(keep.size() - 1)), 0, payloadBytes);
      }
      store.append(batch, Durability.DURABLE).join();
    }
    return log.id();
  }

  /** Appends one event to each of many logs; the machine is not told. */
  void appendToLogs(String prefix, int from, int to) {
    EventBatch batch = new EventBatch(4_096);
    for (int i = from; i < to; i++) {
      batch.add(log(prefix + i), 0, ByteBuffer.wrap(new byte[] {(byte) i}), 0, 1);
      if (batch.size() == batch.capacity() || i == to - 1) {
        store.append(batch, Durability.DURABLE).join();
        batch = new EventBatch(4_096);
      }
    }
  }

  /** Tells the machine that logs of ours have grown. */
  SyncInput grown(String... topics) {
    HashSet<LogName> names = new HashSet<>();
    for (String topic : topics) {
      names.add(name(topic));
    }
    return new SyncInput.Grown(names);
  }

  CompletableFuture<Void> commit(SyncOutput.Commit commit) {
    if (failNextCommit) {
      failNextCommit = false;
      return CompletableFuture.failedFuture(new IllegalStateException("the disk is full"));
    }
    return committer.commit(commit);
  }

  /** Every event of every log of the group: log, index, id. */
  List<String> export() {
    TreeMap<String, EventLog> logs = new TreeMap<>();
    for (EventLog log : store.all()) {
      if (log.name().group().equals(group.id())) {
        logs.put(log.id().toHex(), log);
      }
    }
    List<String> lines = new ArrayList<>();
    logs.forEach(
        (id, log) ->
            log.scan(
                0,
                (each, position, event) ->
                    lines.add(id + " " + event.index() + " " + event.copyId().toHex())));
    return lines;
  }

  byte[] pageFile(LogId log) {
    index.catchUp().join();
    try {
      Path file = pages.file(log, 0);
      return Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    index.close();
    pages.close();
    store.close();
  }
}
