package xf.crash;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import xf.event.EventLog;
import xf.event.Keyring;
import xf.event.identity.FileKeyring;
import xf.merkle.index.LiveMerkleIndex;
import xf.merkle.index.WatchedIndex;
import xf.store.lmdb.LmdbEventStore;
import xf.store.lmdb.WatchedStore;
import xf.store.segment.SegmentPageStore;
import xf.store.segment.WatchedPages;

/** Keys, events, pages and index of one folder, as a node has them. */
final class Node implements AutoCloseable {
  static final String EVENTS = "events";
  static final String PAGES = "pages";
  static final String IDENTITY = "identity";
  static final String RATCHET = "identity/ratchet";

  final Keyring keyring;
  final LmdbEventStore store;
  final SegmentPageStore pages;
  final LiveMerkleIndex index;

  private Node(Path folder, LongSupplier clockMillis, DiskWatch watch) {
    keyring = FileKeyring.open(folder.resolve(IDENTITY), new SecureRandom());
    store = WatchedStore.open(folder.resolve(EVENTS), WatchedStore.SMALL_MAP, clockMillis, watch);
    try {
      pages = WatchedPages.open(folder.resolve(PAGES), watch);
      index = WatchedIndex.open(store, pages, keyring, folder.resolve(RATCHET), watch);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  static Node open(Path folder) {
    return new Node(folder, System::currentTimeMillis, DiskWatch.NONE);
  }

  static Node open(Path folder, LongSupplier clockMillis, DiskWatch watch) {
    return new Node(folder, clockMillis, watch);
  }

  /** The logs the tests append to: our own, those of derived authors, and copies of others'. */
  List<EventLog> logs() {
    List<EventLog> logs = new ArrayList<>();
    for (int i = 0; i < Logs.COUNT; i++) {
      logs.add(store.open(Logs.name(keyring, i)));
    }
    return logs;
  }

  /** Reports of a check that repairs nothing. */
  List<String> problems() {
    List<String> problems = new ArrayList<>();
    index.check(false, problems::add, progress -> {});
    return problems;
  }

  /** Reports of a check that repairs. */
  List<String> repair() {
    List<String> problems = new ArrayList<>();
    index.check(true, problems::add, progress -> {});
    return problems;
  }

  @Override
  public void close() {
    try {
      index.close();
    } finally {
      try {
        pages.close();
      } finally {
        store.close();
      }
    }
  }
}
