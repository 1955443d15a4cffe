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
  private static final int MAX_IDLE_LOGS = 1_024;
  private static final int MAX_HELD_BYTES = 48 << 20;

  /** What a commit under way holds besides its events: small ones would count as nothing. */
  private static final int COMMIT_BYTES = 1 << 10;

  private final Context context;
  private final Sessions sessions;
  private final Map<LogId, LogState> logs = new LinkedHashMap<>();
  private final Map<StreamClass, Set<LogId>> waiting = new EnumMap<>(StreamClass.class);
  private final Requests requests;
  private final Conflicts conflicts;
  private final Arrivals arrivals;
  private final Set<LogId> dead = new HashSet<>();
  private final Set<LogState.Fetch> active = new LinkedHashSet<>();
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
      logs.values().removeIf(LogState::isIdle);
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
          started = started || startNext(queue);
        }
      }
    } finally {
      pumping = false;
    }
  }

  private boolean hasRoom() {
    return active.size() < context.limits.fetches()
        && backlogBytes <= context.limits.commitBytes()
        && heldBytes() < MAX_HELD_BYTES / 2;
  }

  private long heldBytes() {
    long held = 0;
    for (LogState.Fetch fetch : active) {
      held += fetch.heldBytes();
    }
    return held;
  }

  private boolean startNext(Set<LogId> queue) {
    for (Iterator<LogId> each = queue.iterator(); each.hasNext(); ) {
      LogState log = logs.get(each.next());
      Optional<Checkpoint> target = log == null ? Optional.empty() : log.target();
      if (log == null || target.isEmpty() || log.fetch != null) {
        each.remove();
        continue;
      }
      Optional<PeerId> source = requests.pickSource(log, target.get().head().size());
      if (source.isPresent()) {
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
    LogState.Fetch fetch = new LogState.Fetch(log, target, source, isRange);
    if (fetch.pages() > MAX_PAGE_ROOTS) {
      log.sources.values().remove(target); // 67 million events in one step: nothing to hold it in
      return;
    }
    log.fetch = fetch;
    active.add(fetch);
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
    fetch.units.put(from, new LogState.Unit(log, from, to, peer, requests.deadlineNs()));
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

  void endFetch(LogState log) {
    active.remove(log.fetch);
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
    for (LogState log : List.copyOf(logs.values())) {
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
    if (logs.size() > MAX_IDLE_LOGS) {
      logs.values().removeIf(LogState::isIdle);
    }
    pump();
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

  boolean isIdle() {
    return active.isEmpty() && backlogBytes == 0;
  }

  Collection<LogState> logs() {
    return logs.values();
  }

  @Nullable LogState log(LogId id) {
    return logs.get(id);
  }
}
