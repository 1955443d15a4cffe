package xf.gossip.group;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import xf.event.AuthorKey;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.GroupId;
import xf.event.dispatch.LogEventBus;
import xf.event.identity.FileKeyring;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.gossip.sync.SyncEngine;
import xf.merkle.index.LiveMerkleIndex;
import xf.store.lmdb.LmdbEventStore;
import xf.store.segment.SegmentPageStore;
import xf.testkit.net.MemoryFabric;
import xf.testkit.net.MemoryNetwork;

/** All of a device but the sockets: keys, stores, groups and sync over a network in memory. */
final class Device implements AutoCloseable {
  private static final long PUBLISH_TIMEOUT_MS = 5_000;

  final FileKeyring keyring;
  final LmdbEventStore store;
  final SegmentPageStore pages;
  final LiveMerkleIndex index;
  final LogEventBus bus;
  final MemoryNetwork network;
  final SyncEngine sync;
  final GroupRegistry groups;

  Device(Path folder, MemoryFabric fabric, BlockingQueue<Runnable> tasks) {
    keyring = FileKeyring.open(folder.resolve("identity"), new SecureRandom());
    store = LmdbEventStore.open(folder.resolve("events"));
    pages = new SegmentPageStore(folder.resolve("pages"));
    index = new LiveMerkleIndex(store, pages, keyring, folder.resolve("identity/ratchet"));
    bus = new LogEventBus(keyring, PUBLISH_TIMEOUT_MS, 4);
    bus.storeArrived(store);
    network = fabric.join(identity(keyring), NetworkLimits.DEFAULT);
    network.listen(Multiaddr.parse("/memory/" + folder.getFileName())).join();
    sync =
        new SyncEngine(
            network, store, index, keyring, tasks::add, new SplittableRandom(folder.hashCode()));
    groups = new GroupRegistry(keyring, store, sync, new SecureRandom());
  }

  private static NetworkIdentity identity(FileKeyring keyring) {
    return new NetworkIdentity() {
      @Override
      public AuthorKey publicKey() {
        return keyring.device().author();
      }

      @Override
      public byte[] sign(byte[] message) {
        return keyring.device().sign(message);
      }
    };
  }

  void publish(GroupId group, String topic, String text, int count) {
    for (int i = 0; i < count; i++) {
      byte[] payload = (text + i).getBytes(StandardCharsets.UTF_8);
      bus.in(group).publish(topic, EventDraft.of(payload)).join();
    }
  }

  long events(GroupId group) {
    return store.all().stream()
        .filter(log -> log.name().group().equals(group))
        .mapToLong(EventLog::size)
        .sum();
  }

  @Override
  public void close() {
    bus.close();
    sync.close();
    network.close().join();
    index.close();
    pages.close();
    store.close();
  }
}
