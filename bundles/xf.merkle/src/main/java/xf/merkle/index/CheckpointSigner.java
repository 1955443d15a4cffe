package xf.merkle.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.Keyring;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Signer;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.TreeHead;
import xf.merkle.index.Follower.Seal;
import xf.merkle.index.LogTree.Workspace;
import xf.store.EventStore;

/**
 * Signs heads; nobody gets a signature before the ratchet has noted its head durably. Before the
 * first signature for a log in this process the log must still be what the ratchet remembers; if it
 * is not, the log is frozen and nothing is signed.
 */
final class CheckpointSigner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointSigner.class);

  /** More are nobody's honest history; a name from elsewhere may say any number. */
  private static final int MAX_EPOCHS = 1_024;

  private final EventStore store;
  private final Keyring keyring;
  private final Ratchet ratchet;

  /** Whoever queues something waits for it, so the queue is no longer than there are callers. */
  private final ExecutorService meanwhile =
      Executors.newSingleThreadExecutor(CheckpointSigner::newThread);

  /** Logs that were found to agree with the ratchet; they only grow from there. */
  private final Set<LogId> agreed = ConcurrentHashMap.newKeySet();

  CheckpointSigner(EventStore store, Keyring keyring, Ratchet ratchet) {
    this.store = store;
    this.keyring = keyring;
    this.ratchet = ratchet;
  }

  private static Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "xf-merkle-signer");
    thread.setDaemon(true);
    return thread;
  }

  /** After that nothing is signed any more. */
  @Override
  public void close() {
    meanwhile.shutdown();
  }

  /**
   * Freezes every log that has fewer events than were signed for. That is for good, so the store
   * first makes sure that it is not its own tables that are short: the events say it.
   */
  void checkSizes() {
    List<LogId> shorter = ratchet.logs().stream().filter(this::seemsShort).toList();
    if (shorter.isEmpty()) {
      return;
    }
    boolean unused =
        store.repair(problem -> LOG.warn("repaired, or to be: {}", problem), progress -> {});
    for (LogId log : shorter) {
      try {
        freezeIfShort(log);
      } catch (XfException e) {
        // Its records are damaged: it cannot be appended to either, and a check has to be able to
        // run.
        LOG.error("log {} cannot be compared with the ratchet: {}", log, e.getMessage());
      }
    }
  }

  private boolean seemsShort(LogId log) {
    try {
      return stored(log) < signed(log);
    } catch (XfException e) {
      return true;
    }
  }

  private void freezeIfShort(LogId log) {
    long stored = stored(log);
    if (stored < signed(log)) {
      freeze(log, "it has " + stored + " events here, but " + signed(log) + " were signed");
    }
  }

  private long signed(LogId log) {
    return ratchet.get(log).map(TreeHead::size).orElse(0L);
  }

  private long stored(LogId log) {
    return store.find(log).map(EventLog::size).orElse(0L);
  }

  /**
   * Reports what is wrong with the ratchet, and logs that are not what was signed. What was lost
   * with a log whose author has gone on in a later epoch is known, and settled by that.
   *
   * @param damaged logs whose pages are reported already and cannot be asked
   */
  void check(Consumer<String> problem, Function<LogId, LogTree> trees, Set<LogId> damaged) {
    ratchet.check(problem);
    Set<LogId> left = leftForLaterEpochs();
    for (LogId log : ratchet.logs()) {
      if (damaged.contains(log) || left.contains(log)) {
        continue;
      }
      TreeHead signed = ratchet.get(log).orElseThrow();
      try {
        LogTree tree = trees.apply(log);
        if (tree.size() < signed.size() || !tree.rootAt(signed.size()).equals(signed.root())) {
          problem.accept(
              "log " + log + ": its first " + signed.size() + " events are not those signed");
        }
      } catch (XfException e) {
        problem.accept("log " + log + ": cannot be compared with the ratchet: " + e.getMessage());
      }
    }
  }

  private Set<LogId> leftForLaterEpochs() {
    Set<LogId> left = new HashSet<>();
    for (EventLog log : store.all()) {
      LogName name = log.name();
      for (int epoch = 0; epoch < name.epoch() && epoch < MAX_EPOCHS; epoch++) {
        left.add(
            new LogName(name.group(), name.streamClass(), name.topic(), name.author(), epoch).id());
      }
    }
    return left;
  }

  private void freeze(LogId log, String why) {
    String reason = why + ": the data was restored from an older backup; go on in a new epoch";
    LOG.error("log {} is frozen: {}", log, reason);
    store.freeze(log, reason);
  }

  boolean canSign(EventLog log) {
    return keyring.find(log.name().author()).isPresent();
  }

  /**
   * Signs heads of trees whose keys are here; others are left out. One fsync of the ratchet for
   * all.
   */
  List<Checkpoint> sign(List<Seal> heads) {
    Map<LogId, TreeHead> newest = new HashMap<>();
    List<Seal> ours = new ArrayList<>();
    for (Seal each : heads) {
      if (canSign(each.tree().log()) && agrees(each.tree())) {
        ours.add(each);
        newest.merge(each.tree().log().id(), each.head(), CheckpointSigner::larger);
      }
    }
    if (ours.size() == 1) {
      return List.of(noteAndSign(ours.get(0), newest));
    }
    ratchet.advance(newest);
    return ours.stream().map(this::signed).toList();
  }

  /**
   * A single head is somebody's event that is waited for: it is signed while the ratchet's fsync
   * runs. When that fails the signature is dropped.
   */
  private Checkpoint noteAndSign(Seal head, Map<LogId, TreeHead> noted) {
    CompletableFuture<Checkpoint> signed = signMeanwhile(head);
    ratchet.advance(noted);
    return signed.join();
  }

  private CompletableFuture<Checkpoint> signMeanwhile(Seal head) {
    try {
      return CompletableFuture.supplyAsync(() -> signed(head), meanwhile);
    } catch (RejectedExecutionException e) {
      throw new XfException(ErrorCode.UNAVAILABLE, "index: it is being stopped", e);
    }
  }

  private Checkpoint signed(Seal head) {
    EventLog log = head.tree().log();
    Signer signer = keyring.find(log.name().author()).orElseThrow();
    return Checkpoint.sign(signer, log.id(), head.head());
  }

  private static TreeHead larger(TreeHead a, TreeHead b) {
    return a.size() > b.size() ? a : b;
  }

  /** Signs one head. */
  Checkpoint sign(LogTree tree, TreeHead head) {
    List<Checkpoint> signed = sign(List.of(new Seal(tree, head)));
    if (signed.isEmpty()) {
      throw refusal(tree.log());
    }
    return signed.get(0);
  }

  private static XfException refusal(EventLog log) {
    return log.frozen()
        .map(
            reason ->
                new XfException(ErrorCode.FROZEN, "log " + log.id() + " is frozen: " + reason))
        .orElseGet(
            () ->
                new XfException(
                    ErrorCode.NOT_FOUND,
                    "log "
                        + log.id()
                        + ": the key of its author is not here, and no peer gave a"
                        + " checkpoint"));
  }

  private boolean agrees(LogTree tree) {
    LogId log = tree.log().id();
    if (agreed.contains(log)) {
      return true;
    }
    Optional<TreeHead> signed = ratchet.get(log);
    if (signed.isPresent()) {
      TreeHead last = signed.get();
      long stored = tree.log().size();
      if (stored < last.size()) {
        freeze(log, "it has " + stored + " events here, but " + last.size() + " were signed");
        return false;
      }
      if (tree.size() < last.size()) {
        tree.catchUp(last.size(), new Workspace()); // a page was sealed on the way there
      }
      if (!tree.rootAt(last.size()).equals(last.root())) {
        freeze(log, "its first " + last.size() + " events are not those that were signed");
        return false;
      }
    }
    agreed.add(log);
    return true;
  }
}
