package xf.gossip.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.PageDescriptor;

/**
 * What peers send of logs that are being received: each answer finds the request it belongs to, is
 * verified, and is handed on for its commit in the order of the log.
 */
final class Arrivals {
  private static final int PAGE_EVENTS = PageDescriptor.LEAVES;
  private static final int HASH_SHIFT = 5;
  private static final int UNIT_BYTES = 4 << 20;

  /** Events turned out to be longer than those before: such a unit is asked for again, in parts. */
  private static final int MAX_UNIT_BYTES = 2 * UNIT_BYTES;

  private final Context context;
  private final Fetcher fetcher;
  private final Sessions sessions;
  private final Requests requests;
  private final PageVerifier verifier;
  private final Conflicts conflicts;

  Arrivals(
      Context context,
      Fetcher fetcher,
      Sessions sessions,
      Requests requests,
      PageVerifier verifier,
      Conflicts conflicts) {
    this.context = context;
    this.fetcher = fetcher;
    this.sessions = sessions;
    this.requests = requests;
    this.verifier = verifier;
    this.conflicts = conflicts;
  }

  /** Takes events that ride with their head; whether nothing else is to be done. */
  boolean ride(PeerSession session, LogState log, Checkpoint checkpoint, SyncMessage.Run run) {
    LogState.Fetch fetch = log.fetch;
    if (run.count() == 0
        || (fetch != null && !fetch.isRange)
        || run.from() > log.verifiedSize()
        || run.end() != checkpoint.head().size()
        || fetcher.backlogBytes() > context.limits.commitBytes()) {
      return false;
    }
    LogState.Unit unit =
        new LogState.Unit(log, run.from(), run.end(), session.peer(), context.nowNs(), 0);
    if (!unpack(session, unit, run)) {
      return true;
    }
    return fetch == null
        ? finishRange(session, log, checkpoint, unit)
        : overtake(session, log, checkpoint, unit);
  }

  /**
   * The same events came from somebody else while a range is awaited: who is slow, or says nothing,
   * does not hold them up; and who sends wrong ones does not end the fetch.
   */
  private boolean overtake(
      PeerSession session, LogState log, Checkpoint checkpoint, LogState.Unit unit) {
    PageVerifier.Verified verified = verifier.range(log, unit, checkpoint);
    if (verified == null) {
      log.sources.remove(session.peer());
      conflicts.found(session, log, checkpoint, Refusal.WRONG_EVENTS);
      return true;
    }
    fetcher.abandonAll(log);
    accept(session, log, checkpoint, unit, verified);
    fetcher.schedule(log);
    return true;
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
    accept(session, log, checkpoint, unit, verified);
    return true;
  }

  private void accept(
      PeerSession session,
      LogState log,
      Checkpoint checkpoint,
      LogState.Unit unit,
      PageVerifier.Verified verified) {
    punishBadSeals(session, verified);
    session.countEvents(unit.run.count());
    commitVerified(log, unit, verified, checkpoint);
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
    fetcher.commit(log, unit.run, first, checkpoints);
  }

  // ---- page roots

  void onNodes(PeerSession session, SyncMessage.Nodes nodes) {
    LogState log = fetcher.log(nodes.log());
    LogState.Fetch fetch = log == null ? null : log.fetch;
    if (log == null
        || fetch == null
        || fetch.isRange
        || fetch.roots != null
        || !fetch.source.equals(session.peer())
        || nodes.size() != fetch.target.head().size()
        || nodes.firstPage() != fetch.nextPage()
        || nodes.roots().remaining() > (fetch.pages() << HASH_SHIFT) - fetch.claimed().length) {
      if (!requests.excuses(session.peer(), nodes.log(), 1)) {
        session.refuse(Refusal.UNSOLICITED, "page roots that were not asked for");
      }
      return;
    }
    boolean hasAll = fetch.claim(nodes.roots());
    fetcher.keepHeldWithinBound();
    if (log.fetch != fetch) {
      return;
    }
    if (!hasAll && nodes.roots().hasRemaining()) {
      fetch.nodesDeadlineNs = requests.deadlineNs();
      requests.send(fetch.source, new SyncMessage.GetNodes(log.id, nodes.size(), fetch.nextPage()));
      return;
    }
    requests.count(fetch.source, -1);
    fetch.nodesDeadlineNs = 0;
    byte[] roots = verifier.nodes(fetch, nodes.tail());
    if (roots == null) {
      conflict(session, log, fetch.target, Refusal.WRONG_NODES);
      return;
    }
    fetch.roots = roots;
    requestPages(log, fetch);
  }

  void requestPages(LogState log, LogState.Fetch fetch) {
    long end = fetch.target.head().size();
    while (fetch.requested < end
        && fetch.units.size() < mostUnits(log)
        && fetcher.backlogBytes() <= context.limits.commitBytes()) {
      long from = fetch.requested;
      long to = Math.min(end, (from / PAGE_EVENTS + pagesPerRequest(log)) * PAGE_EVENTS);
      Optional<PeerId> peer = requests.pickSource(log, to);
      if (peer.isEmpty()) {
        return;
      }
      fetcher.request(log, fetch, peer.get(), from, to);
    }
  }

  /** So many that all of them are not too long to hold either; one of the longest pages is. */
  private int mostUnits(LogState log) {
    int most = context.limits.requestsPerLog();
    long unitBytes = (long) log.meanBytes * PAGE_EVENTS * pagesPerRequest(log);
    return log.meanBytes == 0
        ? 1
        : (int) Math.max(1, Math.min(most, (long) most * UNIT_BYTES / unitBytes));
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
    LogState log = fetcher.log(events.log());
    LogState.Fetch fetch = log == null ? null : log.fetch;
    LogState.Unit unit = fetch == null ? null : unitFor(fetch, session.peer(), events.run().from());
    if (log == null || fetch == null || unit == null) {
      if (!requests.excuses(session.peer(), events.log(), Math.max(1, events.run().count()))) {
        session.refuse(Refusal.UNSOLICITED, "events that were not asked for");
      }
      return;
    }
    if (events.run().count() == 0 || events.run().end() > unit.to) {
      session.refuse(Refusal.BAD_FRAME, "an answer of no or too many events");
      fetcher.abandon(log, session.peer());
      return;
    }
    if (!unpack(session, unit, events.run())) {
      fetcher.abandon(log, session.peer());
      return;
    }
    unit.deadlineNs = requests.deadlineNs();
    if (unit.isComplete()) {
      requests.count(unit.peer, -1);
      complete(session, log, fetch, unit);
    } else if (fetch.isRange && unit.run.lengthBytes() > context.limits.rangeBytes()) {
      log.pagesOnly = true;
      fetcher.abandonAll(log);
      fetcher.schedule(log);
    } else if (unit.to - unit.from > PAGE_EVENTS && unit.run.lengthBytes() > MAX_UNIT_BYTES) {
      log.meanBytes = unit.run.lengthBytes() / unit.run.count();
      fetcher.abandonAll(log);
      fetcher.schedule(log);
    } else {
      fetcher.keepHeldWithinBound();
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
      fetcher.endFetch(log);
      finishRange(session, log, fetch.target, unit);
      fetcher.schedule(log);
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
  void again(LogState log, LogState.Fetch fetch, LogState.Unit unit) {
    Optional<PeerId> other = requests.pickSource(log, unit.to);
    if (other.isPresent()) {
      fetcher.request(log, fetch, other.get(), unit.from, unit.to);
    } else {
      fetcher.abandonAll(log);
      fetcher.schedule(log);
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
          fetcher.abandonAll(log);
          fetcher.schedule(log);
        }
        return;
      }
      if (session != null) {
        punishBadSeals(session, verified);
      }
      commitVerified(log, unit, verified, isLast ? fetch.target : null);
      if (isLast) {
        fetcher.endFetch(log);
        fetcher.schedule(log);
      }
    }
  }

  /**
   * What a peer sent does not lead to the head that its author signed. If our copy is a prefix of
   * that head the peer's data are wrong; if not, there may be two histories, and the peer is told
   * ours so that either side can prove it.
   */
  private void conflict(PeerSession session, LogState log, Checkpoint head, Refusal refusal) {
    fetcher.abandonAll(log);
    log.sources.remove(session.peer());
    conflicts.found(session, log, head, refusal);
    fetcher.schedule(log);
  }
}
