package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.EventView;
import xf.event.EventVisitor;
import xf.event.GroupId;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.CompactRange;
import xf.merkle.ConsistencyProof;
import xf.merkle.ForkEvidence;
import xf.merkle.InclusionProof;
import xf.merkle.PageDescriptor;
import xf.merkle.ProofPlan;
import xf.merkle.SubtreeProof;
import xf.merkle.TreeHasher;

/**
 * What is durable on a simulated device; survives its crashes.
 *
 * <p>A copy of a log is a branch of its author's {@link History} and a length, because {@link
 * #append} has compared every byte with it; so ten thousand devices fit into one heap, and a copy
 * cannot become another one later. Nothing beyond that length can be read, as on a real device.
 */
final class SimDisk implements Replica {
  private final AuthorKey author;
  private final TreeHasher hasher;
  private final Map<LogId, Copy> logs = new LinkedHashMap<>();
  private final Map<LogId, ForkEvidence> forks = new LinkedHashMap<>();

  /** A log as far as it is here. */
  final class Copy {
    final History history;
    private Branch branch;
    private long size;
    private boolean frozen;

    private @Nullable Checkpoint newest;

    /** Those of whole pages; most copies have none. */
    private @Nullable TreeMap<Long, Checkpoint> seals;

    Copy(History history, Branch branch) {
      this.history = history;
      this.branch = branch;
    }

    long size() {
      return size;
    }

    Branch branch() {
      return branch;
    }

    boolean isFrozen() {
      return frozen;
    }

    private boolean isOwn() {
      return history.name.author().equals(author);
    }

    private Optional<Checkpoint> newest() {
      if (isOwn() && !frozen && size > 0) {
        keep(branch.sign(size));
      }
      return Optional.ofNullable(newest);
    }

    private void keep(Checkpoint checkpoint) {
      long at = checkpoint.head().size();
      if (newest == null || newest.head().size() <= at) {
        newest = checkpoint;
      }
      if (at % PageDescriptor.LEAVES == 0) {
        seals = seals == null ? new TreeMap<>() : seals;
        seals.put(at, checkpoint);
      }
    }

    private Optional<Checkpoint> at(long wanted) {
      if (isOwn() && !frozen && wanted <= size && wanted % PageDescriptor.LEAVES == 0) {
        keep(branch.sign(wanted));
      }
      if (newest != null && newest.head().size() == wanted) {
        return Optional.of(newest);
      }
      return Optional.ofNullable(seals == null ? null : seals.get(wanted));
    }

    /** Forgets what a backup does not have. */
    private void restore(long restored) {
      size = restored;
      frozen = false;
      if (seals != null) {
        seals.tailMap(restored, false).clear();
      }
      if (newest != null && newest.head().size() > restored) {
        newest = seals == null || seals.isEmpty() ? null : seals.lastEntry().getValue();
      }
    }

    private void read(int level, long index, byte[] out, int at) {
      if (((index + 1) << level) > size) {
        throw new XfException(
            ErrorCode.NOT_FOUND,
            "node (" + level + ", " + index + ") of a log of " + size + " events");
      }
      branch.node(level, index, out, at);
    }
  }

  SimDisk(AuthorKey author, TreeHasher hasher) {
    this.author = author;
    this.hasher = hasher;
  }

  Optional<Copy> find(LogId id) {
    return Optional.ofNullable(logs.get(id));
  }

  Iterable<Copy> copies() {
    return logs.values();
  }

  Copy open(History history) {
    return logs.computeIfAbsent(history.id, id -> new Copy(history, history.main()));
  }

  /** Events that this device's own writer has put at the end of a branch are durable. */
  void grow(History history, Branch branch, long size) {
    Copy copy = open(history);
    copy.branch = branch;
    copy.size = size;
  }

  /** Goes back to an older state, as from a backup. */
  void restore(History history, long size) {
    open(history).restore(size);
  }

  /**
   * Appends verified events; every one is compared with the author's.
   *
   * @param most events to append: fewer than there are when the device crashes on the way
   * @return the copy's size
   */
  long append(History history, EventRun run, long firstIndex, long most) {
    Copy copy = open(history);
    if (copy.frozen || firstIndex != copy.size || firstIndex < run.from()) {
      throw new XfException(
          ErrorCode.OUT_OF_RANGE,
          "events from "
              + firstIndex
              + (copy.frozen ? " of a frozen log" : "")
              + ", have "
              + copy.size);
    }
    long end = firstIndex + Math.min(run.end() - firstIndex, most);
    Branch source = source(copy, run, firstIndex, end);
    copy.branch = source;
    copy.size = end;
    return end;
  }

  /** The branch that goes on like this; that there is none means that a lie was believed. */
  private static Branch source(Copy copy, EventRun run, long from, long end) {
    for (Branch branch : copy.history.branches()) {
      boolean isReachable = branch == copy.branch || copy.history.isCommon(copy.size);
      if (isReachable && continues(branch, run, from, end)) {
        return branch;
      }
    }
    throw new AssertionError(
        "events " + from + " to " + end + " of log " + copy.history.id + " are not its author's");
  }

  private static boolean continues(Branch branch, EventRun run, long from, long end) {
    if (branch.size() < end) {
      return false;
    }
    for (long index = from; index < end; index++) {
      byte[] event = run.copy((int) (index - run.from()));
      if (!Arrays.equals(event, branch.event(index).array())) {
        return false;
      }
    }
    return true;
  }

  /** Keeps a checkpoint of events that are here; it must be one that the author signed. */
  void keep(History history, Checkpoint checkpoint) {
    Copy copy = open(history);
    long at = checkpoint.head().size();
    Checkpoint signed =
        copy.branch
            .signed(at)
            .or(() -> copy.history.isCommon(at) ? anywhere(history, at) : Optional.empty())
            .filter(checkpoint::equals)
            .orElseThrow(
                () ->
                    new AssertionError(
                        "a checkpoint of log "
                            + history.id
                            + " at "
                            + at
                            + " that its author never signed for these events"));
    if (at > copy.size) {
      throw new AssertionError("a checkpoint at " + at + " of " + copy.size + " durable events");
    }
    if (!copy.frozen) {
      copy.keep(signed);
    }
  }

  private static Optional<Checkpoint> anywhere(History history, long at) {
    return history.branches().stream().flatMap(b -> b.signed(at).stream()).findFirst();
  }

  /** Keeps verified evidence; whether it is the first of its log. */
  boolean keep(ForkEvidence evidence) {
    find(evidence.log()).ifPresent(copy -> copy.frozen = true);
    return forks.putIfAbsent(evidence.log(), evidence) == null;
  }

  void freeze(LogId log) {
    find(log).ifPresent(copy -> copy.frozen = true);
  }

  // ---- for the machine

  private Copy existing(LogId id) {
    return find(id).orElseThrow(() -> new XfException(ErrorCode.NOT_FOUND, "no log " + id));
  }

  @Override
  public List<LogName> logs(GroupId group) {
    List<LogName> names = new ArrayList<>();
    for (Copy copy : logs.values()) {
      if (copy.size > 0 && copy.history.name.group().equals(group)) {
        names.add(copy.history.name);
      }
    }
    return names;
  }

  @Override
  public long size(LogId log) {
    Copy copy = logs.get(log);
    return copy == null ? 0 : copy.size;
  }

  @Override
  public boolean isFrozen(LogId log) {
    Copy copy = logs.get(log);
    return copy != null && copy.frozen;
  }

  @Override
  public boolean isOwn(AuthorKey key) {
    return author.equals(key);
  }

  @Override
  public List<Optional<Checkpoint>> newest(List<LogId> wanted) {
    return wanted.stream().map(id -> existing(id).newest()).toList();
  }

  @Override
  public Optional<Checkpoint> checkpointAt(LogId log, long size) {
    return find(log).flatMap(copy -> copy.at(size));
  }

  @Override
  public CompactRange frontier(LogId id) {
    Copy copy = logs.get(id);
    if (copy == null) {
      return new CompactRange();
    }
    byte[] peaks = new byte[Long.bitCount(copy.size) * TreeHasher.HASH_BYTES];
    int to = 0;
    long at = 0;
    for (long rest = copy.size; rest != 0; rest ^= Long.highestOneBit(rest)) {
      int level = 63 - Long.numberOfLeadingZeros(rest);
      copy.read(level, at >>> level, peaks, to);
      at += 1L << level;
      to += TreeHasher.HASH_BYTES;
    }
    return CompactRange.of(copy.size, peaks, 0);
  }

  @Override
  public Hash rootAt(LogId log, long size) {
    return size == 0
        ? TreeHasher.EMPTY_ROOT
        : ProofPlan.root(size).buildRoot(existing(log)::read, hasher);
  }

  @Override
  public Hash node(LogId log, int level, long index) {
    byte[] node = new byte[Hash.LENGTH_BYTES];
    existing(log).read(level, index, node, 0);
    return Hash.of(node);
  }

  @Override
  public ConsistencyProof proveConsistency(LogId log, long oldSize, long newSize) {
    ProofPlan plan = ProofPlan.consistency(oldSize, newSize);
    return new ConsistencyProof(oldSize, newSize, plan.build(existing(log)::read, hasher));
  }

  @Override
  public SubtreeProof proveSubtree(LogId log, long start, long end, long size) {
    ProofPlan plan = ProofPlan.subtree(start, end, size);
    return new SubtreeProof(start, end, size, plan.build(existing(log)::read, hasher));
  }

  @Override
  public InclusionProof proveInclusion(LogId log, long index, long size) {
    ProofPlan plan = ProofPlan.inclusion(index, size);
    return new InclusionProof(index, size, plan.build(existing(log)::read, hasher));
  }

  @Override
  public void scan(LogId id, long fromIndex, EventVisitor visitor) {
    EventView view = new EventView();
    Copy copy = existing(id);
    for (long i = fromIndex; i < copy.size; i++) {
      ByteBuffer event = copy.branch.event(i);
      // The machine does not look at the log, which is known.
      if (!visitor.visit(null, i, view.wrap(event, 0, event.capacity()))) {
        return;
      }
    }
  }

  @Override
  public List<ForkEvidence> forks() {
    return List.copyOf(forks.values());
  }
}
