package xf.gossip.sync;

import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;

/**
 * Receives logs: takes verified heads, fetches what is missing, verifies it before anything is
 * stored, and hands it to the one commit path.
 *
 * <p>A short gap is one range: hashed into the frontier, its root compared with the signed one. A
 * long one begins with the roots of its pages, which are folded and compared with the signed root
 * once; from then on every page from any peer is verified by itself. Nothing else is held than
 * units that wait for an earlier one.
 */
final class Fetcher {
  private static final int MAX_PAGE_ROOTS = 1 << 18;

  /** Logs of which nothing is missing now: the frontier of one is read again when it moves. */
  private static final int MAX_IDLE_LOGS = 64;

  /** One fetch in so many may be from a peer that is slow. */
  private static final int SLOW_SHARE = 8;

  /** What a commit under way holds besides its events: small ones would count as nothing. */
  private static final int COMMIT_BYTES = 1 << 10;

  private final Context context;
  private final Sessions sessions;
  private final Map<LogId, LogState> logs = new LinkedHashMap<>();
  private final Map<StreamClass, Set<LogId>> waiting = new EnumMap<>(StreamClass.class);

  /** Logs that only slow peers have: their turn comes when no other log can be begun. */
  private final Set<LogId> last = new LinkedHashSet<>();

  private final Requests requests;
  private final Conflicts conflicts;
  private final Arrivals arrivals;
  private final Set<LogId> dead = new HashSet<>();
  private final Set<LogState> active = new LinkedHashSet<>();
  private long backlogBytes;
  private boolean pumping;

  Fetcher(Context context, Sessions sessions) {
    this.context = context;
    this.sessions = sessions;
    PageVerifier verifier = new PageVerifier(context);
    this.requests = new Requests(context, sessions);
    this.conflicts = new Conflicts(context, verifier);
    this.arrivals = new Arrivals(context, this, sessions, requests, verifier, conflicts);
  }

  // ---- heads

  /** Null when so many logs wait that one more has to come again later. */
  @Nullable LogState open(LogName name, LogId id) {
    LogState log = logs.get(id);
    if (log == null && logs.size() >= context.limits.pendingLogs()) {
      forgetIdle(0);
      if (logs.size() >= context.limits.pendingLogs()) {
        return null;
      }
    }
    if (log == null) {
      log = new LogState(name, id, context.replica.frontier(id));
      logs.put(id, log);
    }
    return log;
  }

  boolean isDead(LogId log) {
    return dead.contains(log);
  }

  /** Nothing more is taken for this log. */
  void markDead(LogId log) {
    dead.add(log);
  }

  /** A verified head that goes beyond what is here, with the events that came with it. */
  void offer(PeerSession session, LogState log, Checkpoint head, SyncMessage.Run run) {
    log.offer(session.peer(), head);
    if (!arrivals.ride(session, log, head, run)) {
      schedule(log);
    }
  }

  // ---- which log is next

  void schedule(LogState log) {
    if (log.fetch == null && log.target().isPresent()) {
      waiting.computeIfAbsent(log.name.streamClass(), each -> new LinkedHashSet<>()).add(log.id);
    }
    pump();
  }

  /** Starts what may be started: classes in order, a bounded number of logs at a time. */
  void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    try {
      boolean started = true;
      while (started && hasRoom()) {
        started = false;
        for (Set<LogId> queue : waiting.values()) { // in the order of classes
          started = started || startNext(queue, false);
        }
        started = started || (slowFetches() < slowShare() && startNext(last, true));
      }
    } finally {
      pumping = false;
    }
  }

  private boolean hasRoom() {
    return active.size() < context.limits.fetches()
        && backlogBytes <= context.limits.commitBytes()
        && heldBytes() < context.limits.heldBytes() / 2;
  }

  /** What is held of all fetches and not verified, or not yet in turn. */
  long heldBytes() {
    long held = 0;
    for (LogState log : active) {
      held += log.fetch == null ? 0 : log.fetch.heldBytes();
    }
    return held;
  }

  private int slowShare() {
    return Math.max(1, context.limits.fetches() / SLOW_SHARE);
  }

  private long slowFetches() {
    return last.isEmpty() ? 0 : active.stream().filter(this::isSlow).count();
  }

  private boolean isSlow(LogState log) {
    return log.fetch != null && log.fetch.awaitedPeers().stream().anyMatch(requests::isSlow);
  }

  private boolean startNext(Set<LogId> queue, boolean fromSlow) {
    for (Iterator<LogId> each = queue.iterator(); each.hasNext(); ) {
      LogState log = logs.get(each.next());
      Optional<Checkpoint> target = log == null ? Optional.empty() : log.target();
      if (log == null || target.isEmpty() || log.fetch != null) {
        each.remove();
        continue;
      }
      Optional<PeerId> source = requests.pickSource(log, target.get().head().size());
      if (source.isPresent() && !fromSlow && requests.isSlow(source.get())) {
        each.remove();
        last.add(log.id);
      } else if (source.isPresent()) {
        each.remove();
        start(log, target.get(), source.get());
        return true;
      }
    }
    return false;
  }

  private void start(LogState log, Checkpoint target, PeerId source) {
    long gap = target.head().size() - log.verifiedSize();
    boolean isRange = gap <= context.limits.rangeEvents() && !log.pagesOnly;
    LogState.Fetch fetch = new LogState.Fetch(log, target, source, isRange, context.nowNs());
    if (fetch.pages() > MAX_PAGE_ROOTS) {
      log.sources.values().remove(target); // 67 million events in one step: nothing to hold it in
      return;
    }
    log.fetch = fetch;
    active.add(log);
    if (isRange) {
      request(log, fetch, source, log.verifiedSize(), target.head().size());
    } else {
      fetch.nodesDeadlineNs = requests.deadlineNs();
      requests.count(source, 1);
      requests.send(
          source, new SyncMessage.GetNodes(log.id, target.head().size(), fetch.firstPage));
    }
  }

  void request(LogState log, LogState.Fetch fetch, PeerId peer, long from, long to) {
    fetch.units.put(
        from, new LogState.Unit(log, from, to, peer, context.nowNs(), requests.deadlineNs()));
    fetch.requested = Math.max(fetch.requested, to);
    requests.count(peer, 1);
    requests.send(peer, new SyncMessage.GetEvents(log.id, from, to));
  }

  // ---- what goes wrong

  Arrivals arrivals() {
    return arrivals;
  }

  Conflicts conflicts() {
    return conflicts;
  }

  void onUnavailable(PeerSession session, SyncMessage.Unavailable answer) {
    if (conflicts.onUnavailable(session, answer.log())) {
      return;
    }
    LogState log = logs.get(answer.log());
    if (log == null || log.fetch == null || !log.fetch.concerns(session.peer())) {
      if (!requests.excuses(session.peer(), answer.log(), 1)) {
        session.refuse(Refusal.UNSOLICITED, "a refusal of what was not asked for");
      }
      return;
    }
    session.refuse(Refusal.WITHHELD, "log " + answer.log() + " from " + answer.from());
    abandon(log, session.peer());
  }

  /** No longer counts on a peer for a log. */
  void abandon(LogState log, PeerId peer) {
    log.sources.remove(peer);
    LogState.Fetch fetch = log.fetch;
    if (fetch == null || !fetch.concerns(peer)) {
      return;
    }
    if (fetch.isRange || fetch.roots == null) {
      abandonAll(log);
      schedule(log);
      return;
    }
    for (LogState.Unit unit : List.copyOf(fetch.units.values())) {
      if (unit.peer.equals(peer) && !unit.isComplete() && log.fetch == fetch) {
        fetch.units.remove(unit.from);
        requests.count(peer, -1);
        requests.expectLate(peer, log.id, unit.to - unit.run.end());
        arrivals.again(log, fetch, unit);
      }
    }
  }

  void abandonAll(LogState log) {
    LogState.Fetch fetch = log.fetch;
    if (fetch == null) {
      return;
    }
    if (fetch.nodesDeadlineNs != 0) {
      requests.count(fetch.source, -1);
      requests.expectLate(fetch.source, log.id, 1);
    }
    for (LogState.Unit unit : fetch.units.values()) {
      if (!unit.isComplete()) {
        requests.count(unit.peer, -1);
        requests.expectLate(unit.peer, log.id, unit.to - unit.run.end());
      }
    }
    endFetch(log);
  }

  /** Ends fetches until what is held is within its bound: the last that was begun goes first. */
  void keepHeldWithinBound() {
    while (active.size() > 1 && heldBytes() > context.limits.heldBytes()) {
      giveWay(List.copyOf(active).get(active.size() - 1));
    }
  }

  /** What is not verified of it is fetched again, page by page, when its turn comes again. */
  private void giveWay(LogState log) {
    log.pagesOnly = true;
    abandonAll(log);
    schedule(log);
  }

  /**
   * A peer that answers piece by piece, each just in time, is not late, and could keep all others
   * waiting: it is known as slow for some time, and gives way when somebody waits.
   */
  private void onSlow() {
    for (LogState log : List.copyOf(active)) {
      LogState.Fetch fetch = log.fetch;
      if (fetch != null
          && context.nowNs() - fetch.awaitedSinceNs() > context.limits.requestTimeoutNs()) {
        fetch.awaitedPeers().forEach(requests::setSlow);
        if (isCrowded() || isElsewhere(log, fetch)) {
          giveWay(log);
        }
      }
    }
  }

  /** Whether a peer that is not slow has what is awaited, too. */
  private boolean isElsewhere(LogState log, LogState.Fetch fetch) {
    return requests
        .pickSource(log, fetch.target.head().size())
        .filter(peer -> !requests.isSlow(peer))
        .isPresent();
  }

  /** Whether a log waits for one of the fetches under way to end. */
  private boolean isCrowded() {
    boolean isFull =
        active.size() >= context.limits.fetches() || heldBytes() >= context.limits.heldBytes() / 2;
    return isFull && waiting.values().stream().anyMatch(queue -> !queue.isEmpty());
  }

  void endFetch(LogState log) {
    active.remove(log);
    log.fetch = null;
  }

  void onClosed(PeerId peer) {
    conflicts.onClosed(peer);
    for (LogState log : List.copyOf(logs.values())) {
      abandon(log, peer);
    }
    requests.onClosed(peer);
    pump();
  }

  /** Gives up on answers that are late. */
  void onTick() {
    for (LogState log : List.copyOf(active)) {
      LogState.Fetch fetch = log.fetch;
      if (fetch == null) {
        continue;
      }
      if (fetch.nodesDeadlineNs != 0 && context.nowNs() > fetch.nodesDeadlineNs) {
        stalled(log, fetch.source);
        continue;
      }
      for (LogState.Unit unit : List.copyOf(fetch.units.values())) {
        if (!unit.isComplete() && context.nowNs() > unit.deadlineNs && log.fetch == fetch) {
          stalled(log, unit.peer);
        }
      }
    }
    forgetIdle(MAX_IDLE_LOGS);
    conflicts.onTick(sessions);
    onSlow();
    pump();
  }

  /** Those first that were opened first, until no more than so many logs are left. */
  private void forgetIdle(int kept) {
    int before = logs.size();
    Iterator<LogState> each = logs.values().iterator();
    for (int left = before - kept; left > 0 && each.hasNext(); ) {
      if (each.next().isIdle()) {
        each.remove();
        left--;
      }
    }
    if (logs.size() < before) {
      waiting.values().forEach(queue -> queue.retainAll(logs.keySet()));
      last.retainAll(logs.keySet());
    }
  }

  private void stalled(LogState log, PeerId peer) {
    PeerSession session = sessions.find(peer);
    if (session != null) {
      session.refuse(Refusal.STALLED, "no answer for log " + log.id);
    }
    abandon(log, peer);
  }

  // ---- commits

  void commit(LogState log, @Nullable EventRun run, long firstIndex, List<Checkpoint> checkpoints) {
    log.commitsInFlight++;
    backlogBytes += weightBytes(run);
    context.emit(new SyncOutput.Commit(log.name, run, firstIndex, checkpoints));
  }

  private static int weightBytes(@Nullable EventRun run) {
    return COMMIT_BYTES + (run == null ? 0 : run.lengthBytes());
  }

  /** What was committed is durable, or is not; the largest head it covers, if it is. */
  @Nullable Checkpoint onCommitted(SyncOutput.Commit commit, @Nullable Throwable failure) {
    backlogBytes -= weightBytes(commit.run());
    LogId id = commit.log().id();
    LogState log = logs.get(id);
    if (log != null) {
      log.commitsInFlight--;
      if (failure != null) {
        abandonAll(log);
        log.setTail(context.replica.frontier(id));
        if (context.replica.isFrozen(id)) {
          dead.add(id);
          log.sources.clear();
        }
      }
      LogState.Fetch fetch = log.fetch;
      if (fetch != null && fetch.roots != null) {
        arrivals.requestPages(log, fetch);
      }
      schedule(log);
    }
    if (failure != null) {
      return null;
    }
    return commit.checkpoints().stream()
        .reduce((a, b) -> a.head().size() >= b.head().size() ? a : b)
        .orElse(null);
  }

  /** Our own log grew, or was frozen: what is known of its frontier is no longer right. */
  void forget(LogId id) {
    LogState log = logs.get(id);
    if (log != null && log.isIdle()) {
      logs.remove(id);
    }
  }

  void freeze(LogId id) {
    dead.add(id);
    LogState log = logs.get(id);
    if (log != null) {
      abandonAll(log);
      log.sources.clear();
    }
  }

  // ---- for status

  /** What waits to become durable. */
  long backlogBytes() {
    return backlogBytes;
  }

  /** Whether nothing moves; what a slow peer sends may go on for ever. */
  boolean isIdle() {
    return backlogBytes == 0 && active.stream().allMatch(this::isSlow);
  }

  Collection<LogState> logs() {
    return logs.values();
  }

  @Nullable LogState log(LogId id) {
    return logs.get(id);
  }
}
