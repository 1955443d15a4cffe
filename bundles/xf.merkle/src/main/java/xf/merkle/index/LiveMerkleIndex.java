package xf.merkle.index;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.Hash;
import xf.event.Keyring;
import xf.event.LogId;
import xf.event.XfException;
import xf.merkle.CheckReport;
import xf.merkle.Checkpoint;
import xf.merkle.ConsistencyProof;
import xf.merkle.InclusionProof;
import xf.merkle.IndexStats;
import xf.merkle.MerkleIndex;
import xf.merkle.PageDescriptor;
import xf.merkle.ProofPlan;
import xf.merkle.SubtreeProof;
import xf.merkle.TreeHead;
import xf.merkle.check.IndexCheck;
import xf.merkle.check.IndexCheck.UnsoundCheckpoint;
import xf.merkle.index.LogTree.Workspace;
import xf.store.EventStore;
import xf.store.PageStore;
import xf.store.Progress;
import xf.store.Stage;
import xf.store.StageChange;
import xf.store.StoreException;

/**
 * The Merkle index over an event store and a page store. Usable without OSGi; the component only
 * adds a life cycle.
 */
public class LiveMerkleIndex implements MerkleIndex, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveMerkleIndex.class);
  private static final String STAGE = "merkle";

  /** Between two signatures on demand for one log; seals are not held back. */
  private static final long SIGN_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final int HEAP_SHARE = 6;

  private final EventStore store;
  private final PageStore pages;
  private final Stage stage;
  private final Ratchet ratchet;
  private final CheckpointSigner signer;
  private final PendingCheckpoints pending = new PendingCheckpoints();
  private final CheckpointTable checkpoints;
  private final TreeCache trees;
  private final IndexCounters counters = new IndexCounters();
  private final Follower follower;

  /** When each log was last signed on demand; an entry lives as long as its interval matters. */
  private final ConcurrentHashMap<LogId, Long> signedAtNanos = new ConcurrentHashMap<>();

  /**
   * Opens the index and starts to follow.
   *
   * @param ratchetFile where the last signed heads are kept
   */
  @SuppressWarnings("this-escape") // the follower starts last
  public LiveMerkleIndex(EventStore store, PageStore pages, Keyring keyring, Path ratchetFile) {
    this(store, pages, keyring, ratchetFile, RatchetSteps.NONE);
  }

  @SuppressWarnings("this-escape") // the follower starts last
  LiveMerkleIndex(
      EventStore store, PageStore pages, Keyring keyring, Path ratchetFile, RatchetSteps steps) {
    this.store = store;
    this.pages = pages;
    this.stage = store.stage(STAGE);
    this.checkpoints = new CheckpointTable(stage, pending);
    this.ratchet = Ratchet.open(ratchetFile, steps);
    try {
      this.signer = new CheckpointSigner(store, keyring, ratchet);
      signer.checkSizes();
      this.trees = new TreeCache(Runtime.getRuntime().maxMemory() / HEAP_SHARE, this::load);
      long cursor = cursor();
      this.follower = new Follower(store, pages, trees, signer, stage, cursor, pending, counters);
    } catch (RuntimeException | Error e) {
      ratchet.close();
      throw e;
    }
    if (ratchet.isNew() && follower.cursor() > 0) {
      LOG.warn(
          "{} was missing: if these events were restored from a backup, what was signed after it"
              + " is not known here, and appending would fork the log",
          ratchetFile);
    }
    follower.start();
  }

  /** Where the follower stopped; from the start when that cannot be, as all can be built again. */
  private long cursor() {
    try {
      long cursor = stage.cursor();
      if (cursor <= store.endPosition()) {
        return cursor;
      }
      LOG.warn("index: its cursor {} is beyond the last event, beginning anew", cursor);
    } catch (StoreException e) {
      LOG.warn("index: {}; beginning anew", e.getMessage());
    }
    return 0;
  }

  /** Finishes the step under way and stops following. */
  @Override
  public void close() {
    follower.close();
    signer.close();
    ratchet.close();
  }

  private LogTree load(EventLog log) {
    LogTree loaded =
        new LogTree(
            log, pages, (tree, head) -> follower.sealed(tree, head), () -> follower.cursor());
    loaded.announce();
    return loaded;
  }

  private EventLog log(LogId id) {
    return store
        .find(id)
        .orElseThrow(
            () -> new XfException(ErrorCode.NOT_FOUND, "log " + id + ": not on this device"));
  }

  /** The tree of a log with all that is durable in it. */
  private LogTree tree(LogId id) {
    EventLog log = log(id);
    LogTree tree = trees.get(log);
    long size = log.size();
    if (tree.size() < size) {
      Workspace workspace = trees.takeWorkspace();
      try {
        tree.catchUp(size, workspace);
      } finally {
        trees.returnWorkspace(workspace);
      }
      trees.grew(tree);
    }
    return tree;
  }

  private LogTree tree(LogId id, long size) {
    LogTree tree = tree(id);
    long there = tree.size();
    if (size < 0 || size > there) {
      throw new XfException(
          ErrorCode.OUT_OF_RANGE, "log " + id + ": size " + size + ", expected 0 to " + there);
    }
    return tree;
  }

  @Override
  public TreeHead head(LogId log) {
    return tree(log).head();
  }

  @Override
  public Hash rootAt(LogId log, long size) {
    return tree(log, size).rootAt(size);
  }

  @Override
  public Hash leaf(LogId log, long index) {
    return node(log, 0, index);
  }

  @Override
  public Hash node(LogId log, int level, long index) {
    LogTree tree = tree(log);
    if (level < 0 || level > 55 || index < 0 || index >= tree.size() >>> level) {
      throw new XfException(
          ErrorCode.OUT_OF_RANGE,
          "log " + log + ": no node (" + level + ", " + index + ") in a tree of " + tree.size());
    }
    return tree.node(level, index);
  }

  @Override
  public InclusionProof proveInclusion(LogId log, long index, long size) {
    return new InclusionProof(index, size, tree(log, size).build(ProofPlan.inclusion(index, size)));
  }

  @Override
  public ConsistencyProof proveConsistency(LogId log, long oldSize, long newSize) {
    return new ConsistencyProof(
        oldSize, newSize, tree(log, newSize).build(ProofPlan.consistency(oldSize, newSize)));
  }

  @Override
  public SubtreeProof proveSubtree(LogId log, long start, long end, long size) {
    return new SubtreeProof(
        start, end, size, tree(log, size).build(ProofPlan.subtree(start, end, size)));
  }

  @Override
  public Checkpoint checkpoint(LogId id) {
    LogTree tree = tree(id);
    EventLog log = tree.log();
    Optional<Checkpoint> last = newest(log, tree.size());
    if (last.isPresent() && last.get().head().size() == tree.size()) {
      return last.get();
    }
    if (!signer.canSign(log)) {
      return last.orElseGet(() -> signer.sign(tree, tree.head())); // which says why not
    }
    awaitTurn(id);
    TreeHead head = tree(id).head();
    Checkpoint signed = signer.sign(tree, head);
    counters.signed(1);
    keepSoon(List.of(signed));
    return signed;
  }

  @Override
  public List<Optional<Checkpoint>> checkpoints(List<LogId> logs) {
    List<Optional<Checkpoint>> newest = new ArrayList<>(logs.size());
    Map<LogId, Integer> unsigned = new LinkedHashMap<>();
    for (LogId id : logs) {
      LogTree tree = tree(id);
      long size = tree.size();
      Optional<Checkpoint> last = newest(tree.log(), size);
      boolean behind = last.filter(c -> c.head().size() == size).isEmpty();
      if (behind && signer.canSign(tree.log()) && tree.log().frozen().isEmpty()) {
        unsigned.put(id, newest.size());
      }
      newest.add(last);
    }
    for (Checkpoint signed : signHeads(unsigned.keySet())) {
      newest.set(Objects.requireNonNull(unsigned.get(signed.log())), Optional.of(signed));
    }
    return newest;
  }

  private List<Checkpoint> signHeads(Set<LogId> logs) {
    if (logs.isEmpty()) {
      return List.of();
    }
    List<Follower.Seal> heads = new ArrayList<>(logs.size());
    for (LogId id : logs) {
      LogTree tree = tree(id);
      heads.add(new Follower.Seal(tree, tree.head()));
    }
    List<Checkpoint> signed = signer.sign(heads);
    counters.signed(signed.size());
    keepSoon(signed);
    return signed;
  }

  /** The ratchet is durable, so they may leave; one that is lost here is signed again, the same. */
  private void keepSoon(List<Checkpoint> signed) {
    signed.forEach(pending::offerHead);
    follower.wakeForPending();
  }

  @Override
  public CompletableFuture<Void> accept(List<Checkpoint> foreign) {
    foreign.forEach(this::requireRoot);
    CompletableFuture<Void> durable = CompletableFuture.completedFuture(null);
    Map<LogId, Checkpoint> newest = new HashMap<>();
    for (Checkpoint checkpoint : foreign) {
      if (checkpoint.head().size() % PageDescriptor.LEAVES == 0) {
        durable = pending.addSeal(checkpoint);
      }
      newest.merge(
          checkpoint.log(), checkpoint, (a, b) -> a.head().size() > b.head().size() ? a : b);
    }
    for (Checkpoint checkpoint : newest.values()) {
      long kept =
          checkpoints
              .head(checkpoint.log(), checkpoint.author())
              .map(c -> c.head().size())
              .orElse(0L);
      if (checkpoint.head().size() > kept) {
        durable = pending.addHead(checkpoint);
      }
    }
    follower.wakeForPending();
    return durable;
  }

  private void requireRoot(Checkpoint checkpoint) {
    TreeHead head = checkpoint.head();
    Hash root = rootAt(checkpoint.log(), head.size());
    if (!root.equals(head.root())) {
      throw new XfException(
          ErrorCode.NOT_VERIFIED,
          "checkpoint of log %s at size %d has root %s, the log has %s"
              .formatted(checkpoint.log(), head.size(), head.root(), root));
    }
  }

  private Optional<Checkpoint> newest(EventLog log, long size) {
    Optional<Checkpoint> head = checkpoints.head(log.id(), log.name().author());
    long sealedSize = size & -PageDescriptor.LEAVES;
    if (sealedSize == 0 || head.filter(h -> h.head().size() >= sealedSize).isPresent()) {
      return head;
    }
    return checkpoints.seal(log.id(), log.name().author(), sealedSize).or(() -> head);
  }

  /** Keeps signatures on demand for one log so far apart. */
  private void awaitTurn(LogId log) {
    long now = System.nanoTime();
    Long last = signedAtNanos.get(log);
    long due = last == null ? now : last + SIGN_INTERVAL_NANOS;
    while (due - now > 0) {
      LockSupport.parkNanos(due - now);
      now = System.nanoTime();
    }
    long signedAt = now;
    signedAtNanos.values().removeIf(at -> signedAt - at > SIGN_INTERVAL_NANOS);
    signedAtNanos.put(log, signedAt);
  }

  @Override
  public Optional<Checkpoint> checkpointAt(LogId id, long size) {
    EventLog log = log(id);
    Optional<Checkpoint> kept = kept(log, size);
    if (kept.isEmpty() && mayBeSigned(log, size)) {
      catchUp().join();
      return kept(log, size);
    }
    return kept;
  }

  private Optional<Checkpoint> kept(EventLog log, long size) {
    return checkpoints
        .seal(log.id(), log.name().author(), size)
        .or(
            () ->
                checkpoints
                    .head(log.id(), log.name().author())
                    .filter(c -> c.head().size() == size));
  }

  /** Whether this is a page of our own that the follower has not made durable yet. */
  private boolean mayBeSigned(EventLog log, long size) {
    return size > 0
        && size % PageDescriptor.LEAVES == 0
        && size <= log.size()
        && follower.cursor() < store.endPosition()
        && signer.canSign(log);
  }

  @Override
  public CompletableFuture<Void> catchUp() {
    return follower.catchUp();
  }

  @Override
  public IndexStats stats() {
    return new IndexStats(
        follower.cursor(),
        counters.leaves(),
        counters.pages(),
        counters.signatures(),
        trees.size(),
        counters.failures(),
        counters.lastFailure());
  }

  @Override
  public CheckReport check(boolean repair, Consumer<String> problem, Consumer<Progress> progress) {
    IndexCheck check = new IndexCheck(store, pages, this, this::isOurs, problem, progress);
    // It looks at what is there now; what is appended meanwhile may still lack its pages.
    check.start(repair);
    awaitFollower(check);
    List<LogId> damaged = check.run();
    signer.check(check::report, this::tree, Set.copyOf(damaged));
    List<Checkpoint> forgotten = forgottenByTheRatchet(check::report);
    List<byte[]> strays = strayCheckpoints(check::report);
    if (!repair || check.problems() == 0) {
      return check.report(0);
    }
    removeCheckpoints(strays, check.unsoundCheckpoints());
    damaged.forEach(log -> rebuildIfPossible(log, progress));
    ratchet.rewrite();
    ratchet.advance(
        forgotten.stream().collect(Collectors.toMap(Checkpoint::log, Checkpoint::head)));
    long left = check(false, what -> {}, progress).problems();
    return check.report(Math.max(0, check.problems() - left));
  }

  private boolean isOurs(EventLog log) {
    return signer.canSign(log) && log.frozen().isEmpty();
  }

  /**
   * It may have stopped at what has just been repaired: then it goes on with the second question.
   */
  private void awaitFollower(IndexCheck check) {
    CompletableFuture<Void> first = catchUp();
    try {
      first.exceptionallyCompose(failed -> catchUp()).join();
    } catch (CompletionException e) {
      check.report("index: it cannot follow the log: " + e.getMessage());
    }
  }

  private void rebuildIfPossible(LogId log, Consumer<Progress> progress) {
    try {
      rebuild(log, progress);
    } catch (XfException | CompletionException e) {
      LOG.warn("log {}: its pages cannot be built again: {}", log, e.getMessage());
    }
  }

  private List<byte[]> strayCheckpoints(Consumer<String> problem) {
    try {
      List<byte[]> strays =
          checkpoints.strays(log -> store.find(log).map(EventLog::size).orElse(0L));
      strays.forEach(
          key ->
              problem.accept(
                  "checkpoints, key " + HexFormat.of().formatHex(key) + ": of no page there is"));
      return strays;
    } catch (XfException e) {
      LOG.debug("reported by the check of the store", e);
      return List.of();
    }
  }

  private void removeCheckpoints(List<byte[]> strays, List<UnsoundCheckpoint> unsound) {
    StageChange change = new StageChange(StageChange.SAME_CURSOR);
    strays.forEach(change::remove);
    unsound.forEach(each -> change.remove(CheckpointTable.keyAt(each.log(), each.size())));
    if (change.size() > 0) {
      stage.commit(change).join();
    }
  }

  /** Checkpoints that were signed here and are kept, but are ahead of the ratchet. */
  private List<Checkpoint> forgottenByTheRatchet(Consumer<String> problem) {
    List<Checkpoint> forgotten = new ArrayList<>();
    for (EventLog log : store.all()) {
      try {
        if (signer.canSign(log)) {
          newest(log, log.size())
              .filter(
                  kept -> kept.head().size() > ratchet.get(log.id()).map(TreeHead::size).orElse(0L))
              .ifPresent(forgotten::add);
        }
      } catch (XfException e) {
        LOG.debug("log {}: reported by the check of its checkpoints", log.id(), e);
      }
    }
    for (Checkpoint kept : forgotten) {
      problem.accept(
          "ratchet: it has forgotten that log "
              + kept.log()
              + " was signed at size "
              + kept.head().size());
    }
    return forgotten;
  }

  @Override
  public Checkpoint exportTiles(LogId id, Path folder, Consumer<Progress> progress) {
    Checkpoint checkpoint = checkpoint(id);
    LogTree tree = tree(id, checkpoint.head().size());
    new TileExport(tree.log(), tree, folder).write(checkpoint, progress);
    return checkpoint;
  }

  @Override
  public void rebuild(LogId id, Consumer<Progress> progress) {
    EventLog log = log(id);
    LogTree tree = trees.get(log);
    tree.restart();
    Workspace workspace = trees.takeWorkspace();
    try {
      for (long size = tree.size(); size < log.size(); size = tree.size()) {
        tree.catchUp(Math.min(log.size(), size + (PageDescriptor.LEAVES << 4)), workspace);
        progress.accept(new Progress(tree.size(), log.size()));
      }
    } finally {
      trees.returnWorkspace(workspace);
    }
    catchUp().join();
  }
}
