package xf.merkle.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.LogId;
import xf.event.XfException;
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
  /**
   * Most that wait, some 13 MB of them: a step is due long before. Only while steps fail, because a
   * disk is full, so many come together; what peers send then has to come again.
   */
  static final int MOST = 32_768;

  private final Map<LogId, Checkpoint> heads = new HashMap<>();
  private final Map<Place, Checkpoint> seals = new HashMap<>();
  private final int most;
  private CompletableFuture<Void> durable = new CompletableFuture<>();
  private long oldestNanos;

  private record Place(LogId log, long size) {}

  PendingCheckpoints() {
    this(MOST);
  }

  PendingCheckpoints(int most) {
    this.most = most;
  }

  /** What one durable step takes along. */
  record Batch(List<Checkpoint> heads, List<Checkpoint> seals, CompletableFuture<Void> durable) {
    void putInto(StageChange change) {
      seals.forEach(seal -> CheckpointTable.putSeal(change, seal));
      heads.forEach(head -> CheckpointTable.putHead(change, head));
    }
  }

  /**
   * Adds the newest head of a log; done when it is durable.
   *
   * @throws XfException {@code OVERLOADED} when too many wait
   */
  synchronized CompletableFuture<Void> addHead(Checkpoint head) {
    requireRoom(heads.containsKey(head.log()));
    noteTime();
    heads.merge(head.log(), head, (a, b) -> a.head().size() > b.head().size() ? a : b);
    return durable;
  }

  /** Adds a head of our own, which is signed again, the same, when there is no room for it. */
  synchronized void offerHead(Checkpoint head) {
    if (heads.containsKey(head.log()) || size() < most) {
      CompletableFuture<Void> unused = addHead(head);
    }
  }

  /**
   * Adds the checkpoint at the end of a page; done when it is durable.
   *
   * @throws XfException {@code OVERLOADED} when too many wait
   */
  synchronized CompletableFuture<Void> addSeal(Checkpoint seal) {
    Place place = new Place(seal.log(), seal.head().size());
    requireRoom(seals.containsKey(place));
    noteTime();
    seals.put(place, seal);
    return durable;
  }

  private void requireRoom(boolean replaces) {
    if (!replaces && size() >= most) {
      throw new XfException(
          ErrorCode.OVERLOADED,
          "index: "
              + size()
              + " checkpoints wait for a durable step, expected at most "
              + most
              + "; see whether the disk is full");
    }
  }

  synchronized int size() {
    return heads.size() + seals.size();
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
