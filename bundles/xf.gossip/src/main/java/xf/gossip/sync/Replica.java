package xf.gossip.sync;

import java.util.List;
import java.util.Optional;
import xf.event.AuthorKey;
import xf.event.EventVisitor;
import xf.event.GroupId;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.merkle.Checkpoint;
import xf.merkle.CompactRange;
import xf.merkle.ConsistencyProof;
import xf.merkle.ForkEvidence;
import xf.merkle.InclusionProof;
import xf.merkle.SubtreeProof;

/** The device's own copy of the logs, for reading. Failures are {@link xf.event.XfException}s. */
interface Replica {
  /** Names of all logs of a group with at least one event here. */
  List<LogName> logs(GroupId group);

  /** Events of a log that are durable here; 0 for one that is not here. */
  long size(LogId log);

  /** Whether a log takes no more events. */
  boolean isFrozen(LogId log);

  /** Whether the author's key is here. */
  boolean isOwn(AuthorKey author);

  /** The newest checkpoint of each log, signed now where the key is here. */
  List<Optional<Checkpoint>> newest(List<LogId> logs);

  /** The checkpoint kept for a size. */
  Optional<Checkpoint> checkpointAt(LogId log, long size);

  /** The peaks of all that is durable in a log; of nothing when it is not here. */
  CompactRange frontier(LogId log);

  /** The root at a size that is durable here. */
  Hash rootAt(LogId log, long size);

  /** A node of a log's tree. */
  Hash node(LogId log, int level, long index);

  /** See {@link xf.merkle.MerkleIndex#proveConsistency}. */
  ConsistencyProof proveConsistency(LogId log, long oldSize, long newSize);

  /** See {@link xf.merkle.MerkleIndex#proveSubtree}. */
  SubtreeProof proveSubtree(LogId log, long start, long end, long size);

  /** See {@link xf.merkle.MerkleIndex#proveInclusion}. */
  InclusionProof proveInclusion(LogId log, long index, long size);

  /** Visits a log's events from an index on. */
  void scan(LogId log, long fromIndex, EventVisitor visitor);

  /** Evidence that is kept. */
  List<ForkEvidence> forks();
}
