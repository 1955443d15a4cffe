package xf.gossip.sync;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
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
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.PageDescriptor;

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
  private static final int PAGE_EVENTS = PageDescriptor.LEAVES;
  private static final int MAX_IDLE_LOGS = 1_024;
  private static final int MAX_CONFLICTS = 256;
  private static final int UNIT_BYTES = 4 << 20;
  private static final int MAX_HELD_BYTES = 48 << 20;
  private static final int REQUESTS_PER_PEER = 32;

  private final Context context;
  private final Sessions sessions;
  private final ForkWatch forks;
  private final PageVerifier verifier;
  private final Map<LogId, LogState> logs = new LinkedHashMap<>();
  private final Map<StreamClass, Set<LogId>> waiting = new EnumMap<>(StreamClass.class);
  private final Map<PeerId, Integer> requests = new HashMap<>();
  private final Map<Conflict, Refusal> conflicts = new HashMap<>();
  private final Set<LogId> dead = new HashSet<>();
  private final LateAnswers late = new LateAnswers();
  private final Set<LogState.Fetch> active = new LinkedHashSet<>();
  private long backlogBytes;
  private boolean pumping;

  /** A peer's data did not lead to its signed head: is our own copy a prefix of that? */
  private record Conflict(PeerId peer, LogId log, long oldSize, Checkpoint head) {}

  Fetcher(Context context, Sessions sessions, ForkWatch forks) {
    this.context = context;
    this.sessions = sessions;
    this.forks = forks;
    this.verifier = new PageVerifier(context);
  }

  // ---- heads

  /** A head from a peer that goes beyond what is verified here; its signature is verified now. */
  void onHead(PeerSession session, LogName name, SyncMessage.Head head) {
    if (dead.contains(head.log()) || context.replica.isFrozen(head.log())) {
      dead.add(head.log());
      return;
    }
    LogState log = state(name, head.log());
    if (head.size() <= log.verifiedSize()) {
      known(session, log, head);
      return;
    }
    Checkpoint checkpoint = log.checkpoint(head.size(), head.root(), head.signature());
    if (!isSigned(session, checkpoint)) {
      return;
    }
    if (context.replica.isOwn(name.author())) {
      forks.ownLogIsLongerElsewhere(name, log.verifiedSize(), head.size());
      dead.add(head.log());
      return;
    }
    log.offer(session.peer(), checkpoint);
    if (!ride(session, log, checkpoint, head.run())) {
      schedule(log);
    }
  }

  private LogState state(LogName name, LogId id) {
    LogState log = logs.get(id);
    if (log == null) {
      log = new LogState(name, id, context.replica.frontier(id));
      logs.put(id, log);
    }
    return log;
  }

  private boolean isSigned(PeerSession session, Checkpoint checkpoint) {
    try {
      context.signatures.verify(checkpoint);
      return true;
    } catch (XfException e) {
      session.refuse(Refusal.BAD_SIGNATURE, e.getMessage());
      return false;
    }
  }

  /** A head of events that are here: a checkpoint for them, a peer that is behind, or a fork. */
  private void known(PeerSession session, LogState log, SyncMessage.Head head) {
    if (head.size() > context.replica.size(log.id)) {
      return; // on its way to be durable; if it is another history, digests will differ
    }
    HeadTable.Entry ours = context.heads.get(log.id);
    boolean covered = ours != null && ours.size() >= head.size();
    boolean same = context.replica.rootAt(log.id, head.size()).equals(head.root());
    if (same && covered) {
      return;
    }
    Checkpoint checkpoint = log.checkpoint(head.size(), head.root(), head.signature());
    if (!isSigned(session, checkpoint)) {
      return;
    }
    if (same) {
      commit(log, null, 0, List.of(checkpoint));
    } else {
      forks.onOtherHistory(session, log.name, checkpoint);
    }
  }

  /** Takes events that ride with their head; whether nothing else is to be done. */
  private boolean ride(
      PeerSession session, LogState log, Checkpoint checkpoint, SyncMessage.Run run) {
    if (run.count() == 0
        || log.fetch != null
        || run.from() > log.verifiedSize()
        || run.end() != checkpoint.head().size()
        || backlogBytes > context.limits.commitBytes()) {
      return false;
    }
    LogState.Unit unit =
        new LogState.Unit(log, run.from(), run.end(), session.peer(), context.nowNs());
    if (!unpack(session, unit, run)) {
      return true;
    }
    return finishRange(session, log, checkpoint, unit);
  }

  private boolean unpack(PeerSession session, LogState.Unit unit, SyncMessage.Run run) {
    try {
      unit.run.unpack(run.packed(), run.count());
      run.seals().forEach(seal -> unit.seals.put(seal.page(), seal.signature()));
      return true;
    } catch (XfException e) {
      session.refuse(Refusal.BAD_FRAME, e.getMessage());
      return false;
    }
  }

  /** Verifies a range against the signed root and commits it; whether it was right. */
  private boolean finishRange(
      PeerSession session, LogState log, Checkpoint checkpoint, LogState.Unit unit) {
    PageVerifier.Verified verified = verifier.range(log, unit, checkpoint);
    if (verified == null) {
      conflict(session, log, checkpoint, Refusal.WRONG_EVENTS);
      return true;
    }
    punishBadSeals(session, verified);
    session.countEvents(unit.run.count());
    commitVerified(log, unit, verified, checkpoint);
    return true;
  }

  private static void punishBadSeals(PeerSession session, PageVerifier.Verified verified) {
    if (verified.badSeals() > 0) {
      session.refuse(Refusal.BAD_SIGNATURE, "a seal whose signature does not hold");
    }
  }

  private void commitVerified(
      LogState log, LogState.Unit unit, PageVerifier.Verified verified, @Nullable Checkpoint head) {
    List<Checkpoint> checkpoints = new ArrayList<>(verified.seals());
    if (head != null) {
      checkpoints.add(head);
    }
    long first = log.verifiedSize();
    log.setTail(verified.tail());
    log.meanBytes = Math.max(1, unit.run.lengthBytes() / Math.max(1, unit.run.count()));
    log.dropSatisfied();
    commit(log, unit.run, first, checkpoints);
  }

  // ---- which log is next

  private void schedule(LogState log) {
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
      Optional<PeerId> source = pickSource(log, target.get().head().size());
      if (source.isPresent()) {
        each.remove();
        start(log, target.get(), source.get());
        return true;
      }
    }
    return false;
  }

  private Optional<PeerId> pickSource(LogState log, long size) {
    PeerId best = null;
    int fewest = REQUESTS_PER_PEER;
    for (PeerId peer : log.whoHas(size)) {
      int count = requests.getOrDefault(peer, 0);
      if (count < fewest && sessions.find(peer) != null) {
        best = peer;
        fewest = count;
      }
    }
    return Optional.ofNullable(best);
  }

  private void start(LogState log, Checkpoint target, PeerId source) {
    long gap = target.head().size() - log.verifiedSize();
    boolean isRange = gap <= context.limits.rangeEvents() && !log.pagesOnly;
    LogState.Fetch fetch = new LogState.Fetch(log, target, source, isRange);
    log.fetch = fetch;
    active.add(fetch);
    if (isRange) {
      request(log, fetch, source, log.verifiedSize(), target.head().size());
    } else {
      fetch.nodesDeadlineNs = deadline();
      count(source, 1);
      send(source, new SyncMessage.GetNodes(log.id, target.head().size(), fetch.firstPage));
    }
  }

  private long deadline() {
    return context.nowNs() + context.limits.requestTimeoutNs();
  }

  private void count(PeerId peer, int change) {
    requests.merge(peer, change, Integer::sum);
  }

  private void send(PeerId peer, SyncMessage message) {
    PeerSession session = sessions.find(peer);
    if (session != null) {
      session.send(message);
    }
  }

  private void request(LogState log, LogState.Fetch fetch, PeerId peer, long from, long to) {
    fetch.units.put(from, new LogState.Unit(log, from, to, peer, deadline()));
    fetch.requested = Math.max(fetch.requested, to);
    count(peer, 1);
    send(peer, new SyncMessage.GetEvents(log.id, from, to));
  }

  // ---- page roots

  void onNodes(PeerSession session, SyncMessage.Nodes nodes) {
    LogState log = logs.get(nodes.log());
    LogState.Fetch fetch = log == null ? null : log.fetch;
    if (log == null
        || fetch == null
        || fetch.isRange
        || fetch.roots != null
        || !fetch.source.equals(session.peer())
        || nodes.size() != fetch.target.head().size()
        || nodes.firstPage() != fetch.firstPage) {
      if (!late.excuses(session.peer(), nodes.log(), 1)) {
        session.refuse(Refusal.UNSOLICITED, "page roots that were not asked for");
      }
      return;
    }
    count(fetch.source, -1);
    fetch.nodesDeadlineNs = 0;
    byte[] roots = verifier.nodes(fetch, nodes);
    if (roots == null) {
      conflict(session, log, fetch.target, Refusal.WRONG_NODES);
      return;
    }
    fetch.roots = roots;
    requestPages(log, fetch);
  }

  private void requestPages(LogState log, LogState.Fetch fetch) {
    long end = fetch.target.head().size();
    while (fetch.requested < end
        && fetch.units.size() < (log.meanBytes == 0 ? 1 : context.limits.requestsPerLog())
        && backlogBytes <= context.limits.commitBytes()) {
      long from = fetch.requested;
      long to = Math.min(end, (from / PAGE_EVENTS + pagesPerRequest(log)) * PAGE_EVENTS);
      Optional<PeerId> peer = pickSource(log, to);
      if (peer.isEmpty()) {
        return;
      }
      request(log, fetch, peer.get(), from, to);
    }
  }

  /** So many that a unit is not too long to hold; one while the length of events is unknown. */
  private int pagesPerRequest(LogState log) {
    if (log.meanBytes == 0) {
      return 1;
    }
    int fitting = UNIT_BYTES / (log.meanBytes * PAGE_EVENTS);
    return Math.max(1, Math.min(context.limits.pagesPerRequest(), fitting));
  }

  // ---- events

  void onEvents(PeerSession session, SyncMessage.Events events) {
    LogState log = logs.get(events.log());
    LogState.Fetch fetch = log == null ? null : log.fetch;
    LogState.Unit unit = fetch == null ? null : unitFor(fetch, session.peer(), events.run().from());
    if (log == null || fetch == null || unit == null) {
      if (!late.excuses(session.peer(), events.log(), Math.max(1, events.run().count()))) {
        session.refuse(Refusal.UNSOLICITED, "events that were not asked for");
      }
      return;
    }
    if (events.run().count() == 0 || events.run().end() > unit.to) {
      session.refuse(Refusal.BAD_FRAME, "an answer of no or too many events");
      abandon(log, session.peer());
      return;
    }
    if (!unpack(session, unit, events.run())) {
      abandon(log, session.peer());
      return;
    }
    unit.deadlineNs = deadline();
    if (unit.isComplete()) {
      count(unit.peer, -1);
      complete(session, log, fetch, unit);
    } else if (fetch.isRange && unit.run.lengthBytes() > context.limits.rangeBytes()) {
      log.pagesOnly = true;
      abandonAll(log);
      schedule(log);
    }
  }

  private static LogState.@Nullable Unit unitFor(LogState.Fetch fetch, PeerId peer, long from) {
    for (LogState.Unit unit : fetch.units.values()) {
      if (unit.peer.equals(peer) && unit.run.end() == from && !unit.isComplete()) {
        return unit;
      }
    }
    return null;
  }

  private void complete(
      PeerSession session, LogState log, LogState.Fetch fetch, LogState.Unit unit) {
    if (fetch.isRange) {
      endFetch(log);
      finishRange(session, log, fetch.target, unit);
      schedule(log);
      return;
    }
    if (!verifier.wholePages(fetch, unit)) {
      session.refuse(Refusal.WRONG_EVENTS, "page of log " + log.id + " is not the signed one");
      log.sources.remove(session.peer());
      fetch.units.remove(unit.from);
      again(log, fetch, unit);
      return;
    }
    session.countEvents(unit.run.count());
    commitInOrder(log, fetch);
  }

  /** Asks somebody else for a unit, or gives the fetch up. */
  private void again(LogState log, LogState.Fetch fetch, LogState.Unit unit) {
    Optional<PeerId> other = pickSource(log, unit.to);
    if (other.isPresent()) {
      request(log, fetch, other.get(), unit.from, unit.to);
    } else {
      abandonAll(log);
      schedule(log);
    }
  }

  private void commitInOrder(LogState log, LogState.Fetch fetch) {
    while (log.fetch == fetch) {
      LogState.Unit unit = fetch.units.get(log.verifiedSize());
      if (unit == null || !unit.isComplete()) {
        requestPages(log, fetch);
        return;
      }
      fetch.units.remove(unit.from);
      PeerSession session = sessions.find(unit.peer);
      boolean isLast = unit.to == fetch.target.head().size();
      PageVerifier.Verified verified = verifier.pages(log, fetch, unit);
      if (verified == null) {
        if (session != null) {
          conflict(session, log, fetch.target, Refusal.WRONG_EVENTS);
        } else {
          abandonAll(log);
          schedule(log);
        }
        return;
      }
      if (session != null) {
        punishBadSeals(session, verified);
      }
      commitVerified(log, unit, verified, isLast ? fetch.target : null);
      if (isLast) {
        endFetch(log);
        schedule(log);
      }
    }
  }

  // ---- what goes wrong

  /**
   * What a peer sent does not lead to the head that its author signed. If our copy is a prefix of
   * that head the peer's data are wrong; if not, there may be two histories, and the peer is told
   * ours so that either side can prove it.
   */
  private void conflict(PeerSession session, LogState log, Checkpoint head, Refusal refusal) {
    abandonAll(log);
    log.sources.remove(session.peer());
    long have = context.replica.size(log.id);
    if (have == 0 || log.commitsInFlight > 0 || conflicts.size() >= MAX_CONFLICTS) {
      session.refuse(refusal, "log " + log.id + " at size " + head.head().size());
    } else {
      conflicts.put(new Conflict(session.peer(), log.id, have, head), refusal);
      session.send(new SyncMessage.GetConsistency(log.id, have, head.head().size()));
    }
    schedule(log);
  }

  void onConsistency(PeerSession session, SyncMessage.Consistency answer) {
    Conflict conflict = null;
    for (Conflict each : conflicts.keySet()) {
      if (each.peer().equals(session.peer())
          && each.log().equals(answer.log())
          && each.oldSize() == answer.oldSize()
          && each.head().head().size() == answer.newSize()) {
        conflict = each;
      }
    }
    if (conflict == null) {
      session.refuse(Refusal.UNSOLICITED, "a proof that was not asked for");
      return;
    }
    Refusal refusal = conflicts.remove(conflict);
    if (verifier.isPrefix(conflict.oldSize(), conflict.head(), answer.path())) {
      session.refuse(
          refusal == null ? Refusal.WRONG_EVENTS : refusal,
          "log " + conflict.log() + ": data that its own proof contradicts");
    } else {
      unproved(session, conflict.log());
    }
  }

  private void unproved(PeerSession session, LogId log) {
    session.refuse(Refusal.WRONG_PROOF, "log " + log + ": not proved to continue ours");
    HeadTable.Entry ours = context.heads.get(log);
    if (ours != null) {
      session.pushFrom(ours, PeerSession.UNKNOWN);
    }
  }

  void onUnavailable(PeerSession session, SyncMessage.Unavailable answer) {
    if (conflicts
        .keySet()
        .removeIf(c -> c.peer().equals(session.peer()) && c.log().equals(answer.log()))) {
      unproved(session, answer.log());
      return;
    }
    LogState log = logs.get(answer.log());
    if (log == null || log.fetch == null || !concerns(log.fetch, session.peer())) {
      if (!late.excuses(session.peer(), answer.log(), 1)) {
        session.refuse(Refusal.UNSOLICITED, "a refusal of what was not asked for");
      }
      return;
    }
    session.refuse(Refusal.WITHHELD, "log " + answer.log() + " from " + answer.from());
    abandon(log, session.peer());
  }

  private static boolean concerns(LogState.Fetch fetch, PeerId peer) {
    return fetch.source.equals(peer)
        || fetch.units.values().stream().anyMatch(unit -> unit.peer.equals(peer));
  }

  /** No longer counts on a peer for a log. */
  private void abandon(LogState log, PeerId peer) {
    log.sources.remove(peer);
    LogState.Fetch fetch = log.fetch;
    if (fetch == null || !concerns(fetch, peer)) {
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
        count(peer, -1);
        late.expect(peer, log.id, unit.to - unit.run.end());
        again(log, fetch, unit);
      }
    }
  }

  private void abandonAll(LogState log) {
    LogState.Fetch fetch = log.fetch;
    if (fetch == null) {
      return;
    }
    if (fetch.nodesDeadlineNs != 0) {
      count(fetch.source, -1);
      late.expect(fetch.source, log.id, 1);
    }
    for (LogState.Unit unit : fetch.units.values()) {
      if (!unit.isComplete()) {
        count(unit.peer, -1);
        late.expect(unit.peer, log.id, unit.to - unit.run.end());
      }
    }
    endFetch(log);
  }

  private void endFetch(LogState log) {
    active.remove(log.fetch);
    log.fetch = null;
  }

  void onClosed(PeerId peer) {
    conflicts.keySet().removeIf(conflict -> conflict.peer().equals(peer));
    for (LogState log : List.copyOf(logs.values())) {
      abandon(log, peer);
    }
    requests.remove(peer);
    late.onClosed(peer);
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

  private void commit(
      LogState log, @Nullable EventRun run, long firstIndex, List<Checkpoint> checkpoints) {
    log.commitsInFlight++;
    backlogBytes += run == null ? 0 : run.lengthBytes();
    context.emit(new SyncOutput.Commit(log.name, run, firstIndex, checkpoints));
  }

  /** What was committed is durable, or is not; the largest head it covers, if it is. */
  @Nullable Checkpoint onCommitted(SyncOutput.Commit commit, @Nullable Throwable failure) {
    EventRun run = commit.run();
    backlogBytes -= run == null ? 0 : run.lengthBytes();
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
        requestPages(log, fetch);
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

  boolean isIdle() {
    return active.isEmpty() && backlogBytes == 0;
  }

  /** The largest verified size on offer, or what is verified. */
  long wanted(LogId id, long have) {
    LogState log = logs.get(id);
    if (log == null) {
      return have;
    }
    long offered = log.target().map(c -> c.head().size()).orElse(0L);
    return Math.max(have, Math.max(offered, log.verifiedSize()));
  }

  /** One clause on what moves between a peer and us. */
  String why(PeerSession session, boolean nothingWaits) {
    int fetching = 0;
    int offered = 0;
    for (LogState log : logs.values()) {
      LogState.Fetch fetch = log.fetch;
      fetching += fetch != null && concerns(fetch, session.peer()) ? 1 : 0;
      offered += log.sources.containsKey(session.peer()) ? 1 : 0;
    }
    if (fetching > 0) {
      return "behind, fetching " + fetching + " logs from it";
    } else if (offered > 0) {
      return "behind by " + offered + " logs, which wait for their turn";
    } else if (!nothingWaits) {
      return "it is behind: " + session.lane.pushCount() + " heads wait to be sent to it";
    }
    return "in sync";
  }

  /** Logs that are on their way and have no head here yet. */
  List<LogState> incoming() {
    return logs.values().stream().filter(log -> !log.isIdle()).toList();
  }
}
