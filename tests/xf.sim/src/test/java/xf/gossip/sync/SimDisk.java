package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.EventView;
import xf.event.EventVisitor;
import xf.event.GroupId;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Signer;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.CompactRange;
import xf.merkle.ConsistencyProof;
import xf.merkle.ForkEvidence;
import xf.merkle.InclusionProof;
import xf.merkle.ProofPlan;
import xf.merkle.SubtreeProof;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/** What is durable on a simulated device; survives its crashes. */
final class SimDisk implements Replica {
  private static final int HEADER_BYTES = 32;

  private final TreeHasher hasher = new TreeHasher();
  private final Signer signer;
  private final Map<LogId, Log> logs = new LinkedHashMap<>();
  private final Map<LogId, ForkEvidence> forks = new HashMap<>();

  /** A log with all nodes of its tree in memory. */
  final class Log {
    final LogName name;
    final List<byte[]> events = new ArrayList<>();
    private final List<List<byte[]>> levels = new ArrayList<>();
    final TreeMap<Long, Checkpoint> checkpoints = new TreeMap<>();
    boolean frozen;

    Log(LogName name) {
      this.name = name;
    }

    void add(byte[] event) {
      events.add(event);
      byte[] node = hasher.leaf(event).toByteArray();
      int level = 0;
      while (true) {
        if (levels.size() == level) {
          levels.add(new ArrayList<>());
        }
        List<byte[]> row = levels.get(level);
        row.add(node);
        if (row.size() % 2 == 1) {
          return;
        }
        byte[] parent = new byte[Hash.LENGTH_BYTES];
        hasher.node(row.get(row.size() - 2), 0, node, 0, parent, 0);
        node = parent;
        level++;
      }
    }

    void read(int level, long index, byte[] out, int at) {
      System.arraycopy(levels.get(level).get((int) index), 0, out, at, Hash.LENGTH_BYTES);
    }

    Hash rootAt(long size) {
      return ProofPlan.root(size).buildRoot(this::read, hasher);
    }
  }

  SimDisk(Signer signer) {
    this.signer = signer;
  }

  Log log(LogName name) {
    return logs.computeIfAbsent(name.id(), id -> new Log(name));
  }

  Optional<Log> find(LogId id) {
    return Optional.ofNullable(logs.get(id));
  }

  /** Appends an event of our own. */
  void publish(LogName name, byte[] payload) {
    Log log = log(name);
    ByteBuffer event =
        ByteBuffer.allocate(HEADER_BYTES + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    event.put(0, (byte) 1).put(1, (byte) name.streamClass().code());
    event.putInt(4, payload.length).putLong(8, log.events.size());
    event.putLong(16, log.events.size() + 1L);
    event.put(HEADER_BYTES, payload);
    log.add(event.array());
  }

  /** What the store and the index would do with a commit. */
  void apply(SyncOutput.Commit commit) {
    Log log = log(commit.log());
    EventRun run = commit.run();
    if (run != null) {
      if (log.frozen || commit.firstIndex() != log.events.size()) {
        throw new XfException(
            ErrorCode.OUT_OF_RANGE,
            "index " + commit.firstIndex() + ", expected " + log.events.size());
      }
      for (long index = commit.firstIndex(); index < run.end(); index++) {
        log.add(run.copy((int) (index - run.from())));
      }
    }
    for (Checkpoint checkpoint : commit.checkpoints()) {
      if (!log.rootAt(checkpoint.head().size()).equals(checkpoint.head().root())) {
        throw new XfException(ErrorCode.NOT_VERIFIED, "a checkpoint of another tree");
      }
      log.checkpoints.put(checkpoint.head().size(), checkpoint);
    }
  }

  void keep(ForkEvidence evidence) {
    forks.put(evidence.log(), evidence);
    find(evidence.log()).ifPresent(log -> log.frozen = true);
  }

  private Log existing(LogId id) {
    return find(id).orElseThrow(() -> new XfException(ErrorCode.NOT_FOUND, "no log " + id));
  }

  @Override
  public List<LogName> logs(GroupId group) {
    return logs.values().stream()
        .filter(log -> log.name.group().equals(group) && !log.events.isEmpty())
        .map(log -> log.name)
        .toList();
  }

  @Override
  public long size(LogId log) {
    return find(log).map(l -> (long) l.events.size()).orElse(0L);
  }

  @Override
  public boolean isFrozen(LogId log) {
    return find(log).filter(l -> l.frozen).isPresent();
  }

  @Override
  public boolean isOwn(AuthorKey author) {
    return signer.author().equals(author);
  }

  @Override
  public List<Optional<Checkpoint>> newest(List<LogId> wanted) {
    return wanted.stream().map(this::newest).toList();
  }

  private Optional<Checkpoint> newest(LogId id) {
    Log log = existing(id);
    long size = log.events.size();
    if (isOwn(log.name.author()) && !log.frozen && !log.checkpoints.containsKey(size)) {
      log.checkpoints.put(size, Checkpoint.sign(signer, id, new TreeHead(size, log.rootAt(size))));
    }
    return Optional.ofNullable(log.checkpoints.floorEntry(size)).map(Map.Entry::getValue);
  }

  @Override
  public Optional<Checkpoint> checkpointAt(LogId log, long size) {
    return find(log).map(l -> l.checkpoints.get(size));
  }

  @Override
  public CompactRange frontier(LogId id) {
    CompactRange range = new CompactRange();
    find(id)
        .ifPresent(
            log ->
                log.levels.stream()
                    .limit(1)
                    .forEach(row -> row.forEach(leaf -> range.append(hasher, leaf, 0))));
    return range;
  }

  @Override
  public Hash rootAt(LogId log, long size) {
    return existing(log).rootAt(size);
  }

  @Override
  public Hash node(LogId log, int level, long index) {
    return Hash.of(existing(log).levels.get(level).get((int) index));
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
    List<byte[]> events = existing(id).events;
    for (int i = (int) fromIndex; i < events.size(); i++) {
      byte[] event = events.get(i);
      ByteBuffer buffer = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
      // The machine does not look at the log, which is known.
      if (!visitor.visit(null, i, view.wrap(buffer, 0, event.length))) {
        return;
      }
    }
  }

  @Override
  public List<ForkEvidence> forks() {
    return List.copyOf(forks.values());
  }
}
