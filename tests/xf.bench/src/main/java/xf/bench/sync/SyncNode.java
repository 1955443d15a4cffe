package xf.bench.sync;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import xf.event.EventLog;
import xf.event.GroupSecret;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.identity.FileKeyring;
import xf.gossip.SessionInfo;
import xf.gossip.SyncStatus;
import xf.gossip.identity.KeyringIdentity;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Network;
import xf.gossip.net.PeerId;
import xf.gossip.sync.SyncEngine;
import xf.libp2p.host.HostFactory;
import xf.libp2p.host.HostOptions;
import xf.merkle.index.LiveMerkleIndex;
import xf.store.lmdb.LmdbEventStore;
import xf.store.segment.SegmentPageStore;

/** A whole device in one group: stores, index, keys, network and sync; without OSGi around it. */
final class SyncNode implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(90);
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(2);

  /** Everybody's: a measurement has nothing to hide. */
  private static final GroupSecret GROUP = GroupSecret.of(new byte[GroupSecret.LENGTH_BYTES]);

  final FileKeyring keyring;
  final LmdbEventStore store;
  final SegmentPageStore pages;
  final LiveMerkleIndex index;
  final Network network;
  final SyncEngine engine;
  private final ExecutorService serial;

  SyncNode(Path folder) {
    SecureRandom random = new SecureRandom();
    keyring = FileKeyring.open(folder.resolve("identity"), random);
    keyring.keep(GROUP);
    store = LmdbEventStore.open(folder.resolve("events"));
    pages = new SegmentPageStore(folder.resolve("pages"));
    index = new LiveMerkleIndex(store, pages, keyring, folder.resolve("identity/ratchet"));
    network = HostFactory.start(new KeyringIdentity(keyring), HostOptions.DEFAULT);
    serial = Executors.newSingleThreadExecutor();
    engine = new SyncEngine(network, store, index, keyring, serial, random);
    engine.add(GROUP);
  }

  /** Where it may be reached, with its peer id. */
  Multiaddr listen(String address) {
    return network.listen(Multiaddr.parse(address)).join().withPeer(network.peerId());
  }

  /** Tells sync of a member, as an invitation does. */
  void meet(Multiaddr address) {
    engine.addMembers(GROUP.id(), List.of(address));
  }

  /** Ends every connection with a peer. */
  void disconnect(PeerId peer) {
    CloseReason reason = CloseReason.local(CloseReason.Kind.REQUESTED, "measured without");
    network.disconnect(peer, reason).join();
  }

  LogName name(String topic) {
    return new LogName(GROUP.id(), StreamClass.TOPIC, topic, keyring.device().author(), 0);
  }

  EventLog log(String topic) {
    return store.open(name(topic));
  }

  SyncStatus status() {
    return engine.status(GROUP.id());
  }

  /** Events that a verified, durable, signed head of the group covers here. */
  long headed() {
    return engine.heads(GROUP.id()).stream().mapToLong(head -> head.head().size()).sum();
  }

  Optional<SessionInfo> session() {
    return status().sessions().stream().findFirst();
  }

  Optional<Connection> connection() {
    return network.connections().stream().findFirst();
  }

  /** Round trips that the network measures, in nanoseconds, in order of size. */
  long[] pings(int count) {
    PeerId peer = connection().orElseThrow().remotePeer();
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      nanos[i] = network.ping(peer, TIMEOUT).join().toNanos();
    }
    Arrays.sort(nanos);
    return nanos;
  }

  long fsyncs() {
    return store.stats().fsyncs() + pages.stats().forces();
  }

  /** Waits, looking every fifth of a millisecond. */
  void await(String what, BooleanSupplier condition) {
    long endNs = System.nanoTime() + DEADLINE_NS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > endNs) {
        throw new IllegalStateException(what + " did not come: " + status());
      }
      LockSupport.parkNanos(LOOK_NS);
    }
  }

  @Override
  public void close() throws IOException {
    engine.close();
    serial.shutdown();
    network.close().join();
    index.close();
    pages.close();
    store.close();
  }
}
