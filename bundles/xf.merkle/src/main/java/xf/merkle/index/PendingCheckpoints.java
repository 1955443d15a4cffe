package xf.merkle.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import xf.event.LogId;
import xf.merkle.Checkpoint;
import xf.merkle.PageDescriptor;
import xf.store.StageChange;

/**
 * Checkpoints that are in use and not in the stage's table yet. They need not hurry there: one of
 * our own is in the ratchet and would be signed again, the same, and one of a peer's would be sent
 * again. So they wait for the follower's next durable step instead of asking for one each, which
 * would hold up the appends. Safe for use by any thread.
 */
final class PendingCheckpoints {
  private final Map<LogId, Checkpoint> heads = new HashMap<>();
  private final Map<Place, Checkpoint> seals = new HashMap<>();
  private CompletableFuture<Void> durable = new CompletableFuture<>();
  private long oldestNanos;

  private record Place(LogId log, long size) {}

  /** What one durable step takes along. */
  record Batch(List<Checkpoint> heads, List<Checkpoint> seals, CompletableFuture<Void> durable) {
    void putInto(StageChange change) {
      seals.forEach(seal -> CheckpointTable.putSeal(change, seal));
      heads.forEach(head -> CheckpointTable.putHead(change, head));
    }
  }

  /** Adds the newest head of a log; done when it is durable. */
  synchronized CompletableFuture<Void> addHead(Checkpoint head) {
    noteTime();
    heads.merge(head.log(), head, (a, b) -> a.head().size() > b.head().size() ? a : b);
    return durable;
  }

  /** Adds the checkpoint at the end of a page; done when it is durable. */
  synchronized CompletableFuture<Void> addSeal(Checkpoint seal) {
    noteTime();
    seals.put(new Place(seal.log(), seal.head().size()), seal);
    return durable;
  }

  private void noteTime() {
    if (heads.isEmpty() && seals.isEmpty()) {
      oldestNanos = System.nanoTime();
    }
  }

  synchronized boolean isEmpty() {
    return heads.isEmpty() && seals.isEmpty();
  }

  /** Since when something waits. */
  synchronized long oldestNanos() {
    return oldestNanos;
  }

  synchronized Optional<Checkpoint> head(LogId log) {
    return Optional.ofNullable(heads.get(log));
  }

  synchronized Optional<Checkpoint> seal(LogId log, long size) {
    return size % PageDescriptor.LEAVES == 0
        ? Optional.ofNullable(seals.get(new Place(log, size)))
        : Optional.empty();
  }

  /** All that waits; it stays visible here until {@link #finish}. */
  synchronized Batch take() {
    Batch batch =
        new Batch(new ArrayList<>(heads.values()), new ArrayList<>(seals.values()), durable);
    durable = new CompletableFuture<>();
    return batch;
  }

  /** A batch is durable, or is not and waits for the next step. */
  void finish(Batch batch, @Nullable Throwable failure) {
    if (failure != null) {
      batch.durable().completeExceptionally(failure);
      return;
    }
    synchronized (this) {
      batch.heads().forEach(head -> heads.remove(head.log(), head));
      batch.seals().forEach(seal -> seals.remove(new Place(seal.log(), seal.head().size()), seal));
      if (!heads.isEmpty() || !seals.isEmpty()) {
        oldestNanos = System.nanoTime();
      }
    }
    batch.durable().complete(null);
  }
}
