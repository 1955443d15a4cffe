package xf.gossip.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.EventVisitor;
import xf.event.GroupId;
import xf.event.Hash;
import xf.event.Keyring;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.CompactRange;
import xf.merkle.ConsistencyProof;
import xf.merkle.ForkEvidence;
import xf.merkle.InclusionProof;
import xf.merkle.MerkleIndex;
import xf.merkle.SubtreeProof;
import xf.merkle.TreeHasher;
import xf.store.EventStore;

/** The device's copy in its event store and Merkle index. */
final class StoreReplica implements Replica {
  private final EventStore store;
  private final MerkleIndex index;
  private final Keyring keyring;
  private final ForkTable forks;

  StoreReplica(EventStore store, MerkleIndex index, Keyring keyring, ForkTable forks) {
    this.store = store;
    this.index = index;
    this.keyring = keyring;
    this.forks = forks;
  }

  @Override
  public List<LogName> logs(GroupId group) {
    return store.all().stream().map(EventLog::name).filter(n -> n.group().equals(group)).toList();
  }

  @Override
  public long size(LogId log) {
    return store.find(log).map(EventLog::size).orElse(0L);
  }

  @Override
  public boolean isFrozen(LogId log) {
    return store.find(log).flatMap(EventLog::frozen).isPresent();
  }

  @Override
  public boolean isOwn(AuthorKey author) {
    return keyring.find(author).isPresent();
  }

  @Override
  public List<Optional<Checkpoint>> newest(List<LogId> logs) {
    return index.checkpoints(logs);
  }

  @Override
  public Optional<Checkpoint> checkpointAt(LogId log, long size) {
    return store.find(log).flatMap(known -> index.checkpointAt(log, size));
  }

  @Override
  public CompactRange frontier(LogId log) {
    long size = size(log);
    byte[] peaks = new byte[Long.bitCount(size) * TreeHasher.HASH_BYTES];
    int to = 0;
    long at = 0;
    for (long rest = size; rest != 0; rest ^= Long.highestOneBit(rest)) {
      int level = 63 - Long.numberOfLeadingZeros(rest);
      index.node(log, level, at >>> level).copyTo(peaks, to);
      at += 1L << level;
      to += TreeHasher.HASH_BYTES;
    }
    return CompactRange.of(size, peaks, 0);
  }

  @Override
  public Hash rootAt(LogId log, long size) {
    return index.rootAt(log, size);
  }

  @Override
  public Hash node(LogId log, int level, long at) {
    return index.node(log, level, at);
  }

  @Override
  public ConsistencyProof proveConsistency(LogId log, long oldSize, long newSize) {
    return index.proveConsistency(log, oldSize, newSize);
  }

  @Override
  public SubtreeProof proveSubtree(LogId log, long start, long end, long size) {
    return index.proveSubtree(log, start, end, size);
  }

  @Override
  public InclusionProof proveInclusion(LogId log, long at, long size) {
    return index.proveInclusion(log, at, size);
  }

  @Override
  public void scan(LogId log, long fromIndex, EventVisitor visitor) {
    EventLog known =
        store
            .find(log)
            .orElseThrow(() -> new XfException(ErrorCode.NOT_FOUND, "log " + log + ": not here"));
    known.scan(fromIndex, visitor);
  }

  @Override
  public List<ForkEvidence> forks() {
    return new ArrayList<>(forks.all());
  }
}
