package xf.gossip.sync;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import xf.event.Durability;
import xf.event.EventLog;
import xf.event.XfException;
import xf.merkle.MerkleIndex;
import xf.store.EventStore;

/**
 * The one way in for events from elsewhere: the store's own writer. Events first, durably; then the
 * checkpoints that cover them. A crash in between leaves events without a head, which the next
 * session supplies.
 */
final class Committer {
  private final EventStore store;
  private final MerkleIndex index;
  private final Executor executor;

  /**
   * A committer.
   *
   * @param executor runs what reads the index once events are durable; never the writer's thread
   */
  Committer(EventStore store, MerkleIndex index, Executor executor) {
    this.store = store;
    this.index = index;
    this.executor = executor;
  }

  CompletableFuture<Void> commit(SyncOutput.Commit commit) {
    try {
      EventRun run = commit.run();
      if (run == null) {
        return index.accept(commit.checkpoints());
      }
      EventLog log = store.open(commit.log());
      return store
          .append(run.toBatch(log, commit.firstIndex()), Durability.DURABLE)
          .thenComposeAsync(batch -> index.accept(commit.checkpoints()), executor);
    } catch (XfException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
