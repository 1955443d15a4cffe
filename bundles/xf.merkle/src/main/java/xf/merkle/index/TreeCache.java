package xf.merkle.index;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import xf.event.EventLog;
import xf.event.LogId;
import xf.merkle.index.LogTree.Workspace;

/**
 * Trees in memory, the least recently used go first when they take more than their share of the
 * heap. A tree that somebody still works with after it went is no harm: what it writes is what its
 * successor writes.
 */
final class TreeCache {
  private static final int MAX_SPARE_WORKSPACES = 8;

  private final long maxBytes;
  private final Function<EventLog, LogTree> load;
  private final Map<LogId, Held> trees = new LinkedHashMap<>(64, 0.75f, true);
  private final ArrayDeque<Workspace> spare = new ArrayDeque<>();
  private long heldBytes;

  private static final class Held {
    final LogTree tree;
    long bytes;

    Held(LogTree tree) {
      this.tree = tree;
    }
  }

  TreeCache(long maxBytes, Function<EventLog, LogTree> load) {
    this.maxBytes = maxBytes;
    this.load = load;
  }

  /** The tree of a log, loaded when it is not here. */
  LogTree get(EventLog log) {
    synchronized (this) {
      Held held = trees.get(log.id());
      if (held != null && held.tree.log() == log) {
        return held.tree;
      }
    }
    LogTree loaded = load.apply(log); // reads: not under our lock
    LogTree kept = keep(log, loaded);
    grew(kept);
    return kept;
  }

  private LogTree keep(EventLog log, LogTree loaded) {
    synchronized (this) {
      Held raced = trees.get(log.id());
      if (raced != null && raced.tree.log() == log) {
        return raced.tree;
      }
      if (raced != null) {
        heldBytes -= raced.bytes; // of a store that has been exchanged
      }
      trees.put(log.id(), new Held(loaded));
      return loaded;
    }
  }

  /** Accounts for what a tree has grown by, and lets go of others if that is too much. */
  void grew(LogTree tree) {
    long bytes = tree.memoryBytes();
    synchronized (this) {
      Held held = trees.get(tree.log().id());
      if (held == null || held.tree != tree || held.bytes == bytes) {
        return;
      }
      heldBytes += bytes - held.bytes;
      held.bytes = bytes;
      Iterator<Held> oldest = trees.values().iterator();
      while (heldBytes > maxBytes && trees.size() > 1) {
        Held gone = oldest.next();
        heldBytes -= gone.bytes;
        oldest.remove();
      }
    }
  }

  synchronized void forget(LogId log) {
    Held gone = trees.remove(log);
    if (gone != null) {
      heldBytes -= gone.bytes;
    }
  }

  synchronized void clear() {
    trees.clear();
    heldBytes = 0;
  }

  synchronized int size() {
    return trees.size();
  }

  synchronized Workspace takeWorkspace() {
    Workspace workspace = spare.poll();
    return workspace == null ? new Workspace() : workspace;
  }

  synchronized void returnWorkspace(Workspace workspace) {
    if (spare.size() < MAX_SPARE_WORKSPACES) {
      spare.push(workspace);
    }
  }
}
