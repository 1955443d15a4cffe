package xf.gossip.sync;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.Durability;
import xf.event.EventLog;
import xf.event.XfException;
import xf.merkle.MerkleIndex;
import xf.store.EventStore;

/**
 * The one way in for events from elsewhere: the store's own writer. Events first, durably; then the
 * index compares the checkpoints that cover them with its own tree and takes them into use. It
 * keeps them in its own time: a crash before that leaves events without a head, which the next
 * session supplies.
 */
final class Committer {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

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
        accept(commit);
        return CompletableFuture.completedFuture(null);
      }
      EventLog log = store.open(commit.log());
      return store
          .append(run.toBatch(log, commit.firstIndex()), Durability.DURABLE)
          .thenAcceptAsync(batch -> accept(commit), executor);
    } catch (XfException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void accept(SyncOutput.Commit commit) {
    CompletableFuture<Void> unused =
        index
            .accept(commit.checkpoints())
            .whenComplete(
                (kept, failure) -> {
                  if (failure != null) {
                    LOG.warn("log {}: its head is not kept yet: {}", commit.log(), "" + failure);
                  }
                });
  }
}
