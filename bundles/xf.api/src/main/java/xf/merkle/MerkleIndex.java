package xf.merkle;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;
import xf.event.Hash;
import xf.event.LogId;
import xf.store.Progress;

/**
 * The index that follows every log: its tree, its pages, its checkpoints. Calls about a log first
 * bring that log up to date with what is durable. Safe for use by any thread. All calls throw
 * {@link xf.event.XfException} with {@code NOT_FOUND} for an unknown log and {@code OUT_OF_RANGE}
 * for an index or size beyond it.
 */
@ProviderType
public interface MerkleIndex {
  /** Size and root of everything durable in the log. */
  TreeHead head(LogId log);

  /** The root the log had, or has, at a size from 0 to its size now. */
  Hash rootAt(LogId log, long size);

  /** The leaf hash (event id) at an index. */
  Hash leaf(LogId log, long index);

  /** A node of the tree: {@code (level, index)} covers leaves from {@code index << level} on. */
  Hash node(LogId log, int level, long index);

  /** Proves that the event at {@code index} is in the tree of {@code size}. */
  InclusionProof proveInclusion(LogId log, long index, long size);

  /** Proves that the tree of {@code oldSize} (1 or more) is a prefix of that of {@code newSize}. */
  ConsistencyProof proveConsistency(LogId log, long oldSize, long newSize);

  /** Proves that leaves {@code [start, end)} are part of the tree of {@code size}. */
  SubtreeProof proveSubtree(LogId log, long start, long end, long size);

  /**
   * The newest checkpoint of the log: signed now when its author's key is here and the last one
   * does not cover everything. What is returned has been made durable in the ratchet first.
   *
   * @throws xf.event.XfException {@code NOT_FOUND} when there is none and the key is not here
   */
  Checkpoint checkpoint(LogId log);

  /**
   * The newest checkpoint of each of several logs, in their order, like {@link #checkpoint} but for
   * one durable step in all; empty for a log that has none and whose key is not here, or that is
   * frozen.
   */
  List<Optional<Checkpoint>> checkpoints(List<LogId> logs);

  /**
   * Keeps checkpoints that came from elsewhere, their signatures verified by the caller: for {@link
   * #checkpointAt}, and as the newest of its log where it is. Each is compared with the log's tree
   * before anything is kept.
   *
   * @return done when they are durable
   * @throws xf.event.XfException {@code NOT_VERIFIED} when a root is not the tree's at that size;
   *     {@code OUT_OF_RANGE} when the log is shorter
   */
  CompletableFuture<Void> accept(List<Checkpoint> checkpoints);

  /** The checkpoint kept for a size, if there is one: every sealed page has one. */
  Optional<Checkpoint> checkpointAt(LogId log, long size);

  /** Done when everything durable at the time of the call is indexed. */
  CompletableFuture<Void> catchUp();

  /** Counters. */
  IndexStats stats();

  /**
   * Re-reads every event, page and checkpoint and proves them against one another; reports each
   * thing that is wrong by its place.
   */
  CheckReport check(boolean repair, Consumer<String> problem, Consumer<Progress> progress);

  /**
   * Writes a log and its newest checkpoint as static files in the layout of C2SP tlog-tiles.
   *
   * @param folder new or empty
   * @return the checkpoint that the files are of
   */
  Checkpoint exportTiles(LogId log, Path folder, Consumer<Progress> progress);

  /** Deletes a log's pages and builds them again from its events. */
  void rebuild(LogId log, Consumer<Progress> progress);
}
