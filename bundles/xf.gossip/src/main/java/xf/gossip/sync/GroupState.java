package xf.gossip.sync;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.GroupSecret;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.XfException;
import xf.gossip.LogProgress;
import xf.gossip.Refusal;
import xf.gossip.SessionInfo;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.ForkEvidence;

/**
 * Sync of one group, without I/O: {@link #handle} takes what happened and gives what is to be done.
 *
 * <p>The way of an event that is missing here: a peer's {@link SyncMessage.Head} → {@link Fetcher}
 * verifies its signature, fetches, hashes, compares roots → {@link SyncOutput.Commit} → durable →
 * {@link SyncInput.Committed} → the head moves in the {@link HeadTable} → it is pushed to every
 * member that was told of less.
 */
final class GroupState {
  static final int MAX_SESSIONS = 256;
  private static final int MAX_SIGN_BATCH = 4_096;

  private final Context context;
  private final Map<PeerId, PeerSession> sessions = new LinkedHashMap<>();
  private final Map<PeerId, Comparison> comparisons = new HashMap<>();
  private final ForkWatch forks;
  private final Fetcher fetcher;
  private final MemberExchange members;
  private final HeadIntake intake;
  private final FetchReport report;
  private final SparseReader reader;

  private final OwnHeads own;

  /** Names of logs that have events but no head here. */
  private final Map<LogId, LogName> headless = new HashMap<>();

  private long changedAtNs;
  private boolean checkDue;
  private long committedEvents;

  GroupState(
      GroupSecret secret, PeerId self, Replica replica, SyncLimits limits, RandomGenerator random) {
    this(secret, self, replica, limits, random, Signatures.VERIFIED);
  }

  GroupState(
      GroupSecret secret,
      PeerId self,
      Replica replica,
      SyncLimits limits,
      RandomGenerator random,
      Signatures signatures) {
    this.context = new Context(secret, self, replica, limits, random, signatures);
    this.own = new OwnHeads(context);
    this.forks = new ForkWatch(context);
    this.fetcher = new Fetcher(context, this::find);
    this.intake = new HeadIntake(context, fetcher, forks);
    this.report = new FetchReport(fetcher);
    this.reader = new SparseReader(context, sessions.values());
    this.members = new MemberExchange(context);
    load();
  }

  private void load() {
    List<LogName> names = context.replica.logs(context.group);
    for (int from = 0; from < names.size(); from += MAX_SIGN_BATCH) {
      publish(names.subList(from, Math.min(names.size(), from + MAX_SIGN_BATCH)));
    }
  }

  private @Nullable PeerSession find(PeerId peer) {
    PeerSession session = sessions.get(peer);
    return session == null || session.isClosed() || !session.isProved() ? null : session;
  }

  /** The only entry: what happened, and when; what is to be done, in order. */
  List<SyncOutput> handle(SyncInput input, long nowNs) {
    context.setNow(nowNs);
    if (input instanceof SyncInput.Frame frame) {
      onFrame(frame);
    } else if (input instanceof SyncInput.Committed committed) {
      onCommitted(committed);
    } else if (input instanceof SyncInput.Grown grown) {
      own.onGrown(grown.logs());
    } else if (input instanceof SyncInput.Writable writable) {
      Optional.ofNullable(sessions.get(writable.peer())).ifPresent(PeerSession::onWritable);
    } else if (input instanceof SyncInput.Opened opened) {
      onOpened(opened.peer());
    } else if (input instanceof SyncInput.Invited invited) {
      onInvited(invited);
    } else if (input instanceof SyncInput.Closed closed) {
      onClosed(closed.peer());
    } else if (input instanceof SyncInput.Announce announce) {
      PeerSession session = find(announce.peer());
      if (session != null) {
        session.send(new SyncMessage.Members(announce.records()));
      }
    } else if (input instanceof SyncInput.Read read) {
      reader.start(read);
    } else if (input instanceof SyncInput.Subscribed subscribed) {
      context.subscribe(subscribed.topics());
      sessions.keySet().forEach(this::compareAgain);
    } else {
      onTick();
    }
    askForOurFuture();
    publish(own.takeDue(isHeard()));
    spreadForks();
    for (PeerSession session : sessions.values()) {
      session.pump();
    }
    return context.takeOutputs();
  }

  // ---- sessions

  private void onOpened(PeerId peer) {
    PeerSession session = admit(peer, true);
    if (session != null) {
      session.open();
    }
  }

  private void onInvited(SyncInput.Invited invited) {
    PeerSession session = admit(invited.peer(), false);
    if (session != null && session.onOpen(invited.open())) {
      tellOfForks(session);
      if (session.isInStep()) {
        context.heads.rememberInStep(session.peer());
        session.setState(SessionInfo.State.LIVE);
      }
    }
  }

  private @Nullable PeerSession admit(PeerId peer, boolean initiator) {
    if (sessions.size() >= MAX_SESSIONS) {
      context.emit(new SyncOutput.Close(peer, Optional.empty(), "too many sessions"));
      return null;
    }
    onClosed(peer);
    PeerSession session = new PeerSession(context, peer, initiator);
    sessions.put(peer, session);
    comparisons.put(peer, new Comparison(context, session));
    return session;
  }

  private void onClosed(PeerId peer) {
    PeerSession session = sessions.remove(peer);
    Comparison comparison = comparisons.remove(peer);
    if (session != null && comparison != null) {
      comparison.reconciliation().end();
      session.close();
      fetcher.onClosed(peer);
      forks.onClosed(peer);
      members.onClosed(peer);
      reader.onClosed(peer);
    }
  }

  // ---- frames

  private void onFrame(SyncInput.Frame frame) {
    PeerSession session = sessions.get(frame.peer());
    Comparison comparison = comparisons.get(frame.peer());
    if (session == null || comparison == null || session.isClosed()) {
      return;
    }
    SyncMessage message = session.receive(frame.bytes());
    if (message == null) {
      return;
    }
    try {
      if (session.isProved()) {
        onMessage(session, comparison, message);
      } else {
        onMembership(session, comparison, message);
      }
    } catch (XfException e) {
      // A log that was frozen or taken away meanwhile: the peer is not to blame.
      if (e.code() == ErrorCode.BAD_FORMAT || e.code() == ErrorCode.TOO_LARGE) {
        session.refuse(Refusal.BAD_FRAME, e.getMessage());
      }
    }
  }

  private void onMembership(PeerSession session, Comparison comparison, SyncMessage message) {
    if (!(message instanceof SyncMessage.Accept accept)) {
      session.refuse(Refusal.NOT_A_MEMBER, "it spoke before it proved to be a member");
    } else if (session.onAccept(accept)) {
      tellOfForks(session);
      comparison.begin();
    }
  }

  private void tellOfForks(PeerSession session) {
    for (ForkEvidence evidence : context.replica.forks()) {
      if (context.heads.get(evidence.log()) != null) {
        session.pushEvidence(evidence.log(), evidence.toBytes());
      }
    }
  }

  private void onMessage(PeerSession session, Comparison comparison, SyncMessage message) {
    if (message instanceof SyncMessage.Head head) {
      onHead(session, head);
    } else if (message instanceof SyncMessage.Events events) {
      fetcher.arrivals().onEvents(session, events);
    } else if (message instanceof SyncMessage.Nodes nodes) {
      fetcher.arrivals().onNodes(session, nodes);
    } else if (message instanceof SyncMessage.Consistency answer) {
      fetcher.conflicts().onConsistency(session, answer);
    } else if (message instanceof SyncMessage.Unavailable answer) {
      fetcher.onUnavailable(session, answer);
    } else if (message instanceof SyncMessage.Sparse sparse) {
      reader.onSparse(session, sparse);
    } else if (message instanceof SyncMessage.Peaks peaks) {
      forks.onPeaks(session, peaks);
    } else if (message instanceof SyncMessage.Fork fork) {
      forks.onEvidence(session, fork.evidence());
    } else if (message instanceof SyncMessage.Heads heads) {
      comparison.onHeads(heads);
    } else if (message instanceof SyncMessage.UnknownReference) {
      comparison.beginAfresh();
    } else if (message instanceof SyncMessage.Reconcile reconcile) {
      comparison.reconciliation().onReconcile(reconcile);
    } else if (message instanceof SyncMessage.NeedIds need) {
      comparison.reconciliation().onNeedIds(need);
    } else if (message instanceof SyncMessage.Want want) {
      comparison.onWant(want);
    } else if (message instanceof SyncMessage.Check check) {
      comparison.onCheck(check);
      if (!check.ask() && session.toldAll()) {
        own.onAsked();
      }
    } else if (message instanceof SyncMessage.Members told) {
      members.onMembers(session, told);
    } else if (isRequest(message)) {
      session.answer(message);
    } else {
      session.refuse(
          Refusal.BAD_FRAME, message.getClass().getSimpleName() + " in a session that is open");
    }
  }

  private static boolean isRequest(SyncMessage message) {
    return message instanceof SyncMessage.GetEvents
        || message instanceof SyncMessage.GetNodes
        || message instanceof SyncMessage.GetPeaks
        || message instanceof SyncMessage.GetConsistency
        || message instanceof SyncMessage.GetSparse;
  }

  private void onHead(PeerSession session, SyncMessage.Head head) {
    if (head.size() == 0) {
      session.refuse(Refusal.BAD_FRAME, "a head of no events");
      return;
    }
    if (!forks.isForked(head.log())) {
      changed(); // copies of a log that forked stay different: comparing again would not end
    }
    Optional<LogName> name = nameOf(head);
    if (name.isEmpty()) {
      session.want(List.of(new SyncMessage.WantEntry(head.log(), 0)));
      return;
    }
    if (!name.get().id().equals(head.log())) {
      session.refuse(Refusal.BAD_FRAME, "a log's name that does not give its id");
      return;
    }
    if (!context.isSubscribed(name.get())) {
      return; // nothing is remembered of logs that are not taken: there is no end to them
    }
    HeadTable.Entry ours = context.heads.get(head.log());
    if (ours == null && context.heads.size() >= context.limits.logs()) {
      session.refuse(Refusal.FLOOD, "more than " + context.limits.logs() + " logs in the group");
      return;
    }
    if (ours == null && !session.mayTellOfANewLog()) {
      session.passOver();
      return;
    }
    session.noteTold(head.log(), head.size());
    if (ours == null
        || ours.size() != head.size()
        || !ours.head().head().root().equals(head.root())) {
      intake.onHead(session, name.get(), head);
    }
    if (ours != null && ours.size() > head.size()) {
      session.headMoved(ours, head.size());
    }
  }

  private Optional<LogName> nameOf(SyncMessage.Head head) {
    HeadTable.Entry entry = context.heads.get(head.log());
    if (entry != null) {
      return Optional.of(entry.name());
    }
    return head.name()
        .map(name -> name.in(context.group))
        .or(() -> Optional.ofNullable(headless.get(head.log())));
  }

  // ---- our own copy

  private boolean isHeard() {
    for (PeerSession session : sessions.values()) {
      if (session.isProved()) {
        return true;
      }
    }
    return false;
  }

  /** Before the first signature: does anybody hold more of our logs than we do? */
  private void askForOurFuture() {
    if (!own.wantsToAsk()) {
      return;
    }
    for (PeerSession session : sessions.values()) {
      if (session.state() != SessionInfo.State.LIVE || session.isClosed()) {
        continue;
      }
      if (session.isInStep()) {
        own.onAsked();
      } else {
        session.askForAll();
      }
    }
  }

  private void publish(List<LogName> names) {
    if (names.isEmpty()) {
      return;
    }
    List<LogId> ids = names.stream().map(LogName::id).toList();
    List<Optional<Checkpoint>> newest = context.replica.newest(ids);
    for (int i = 0; i < names.size(); i++) {
      LogName name = names.get(i);
      LogId id = ids.get(i);
      own.noteSigned(id);
      fetcher.forget(id);
      if (newest.get(i).isPresent()) {
        moveHead(name, newest.get(i).get());
      } else {
        headless.put(id, name);
      }
    }
  }

  private void moveHead(LogName name, Checkpoint head) {
    long before = context.heads.put(name, head);
    if (before < 0) {
      return;
    }
    changed();
    headless.remove(head.log());
    HeadTable.Entry entry = context.heads.get(head.log());
    if (entry != null) {
      sessions.values().forEach(session -> session.headMoved(entry, before));
    }
  }

  private void changed() {
    changedAtNs = context.nowNs();
    checkDue = true;
  }

  private void onCommitted(SyncInput.Committed committed) {
    EventRun run = committed.commit().run();
    if (run != null && committed.failure() == null) {
      committedEvents += run.end() - committed.commit().firstIndex();
    }
    Checkpoint head = fetcher.onCommitted(committed.commit(), committed.failure());
    if (head != null) {
      moveHead(committed.commit().log(), head);
    }
  }

  private void spreadForks() {
    for (ForkWatch.Found found : forks.takeFresh()) {
      fetcher.freeze(found.log());
      for (PeerSession session : sessions.values()) {
        if (session.isProved()) {
          session.pushEvidence(found.log(), found.file());
        }
      }
    }
  }

  // ---- time

  private void onTick() {
    sessions.values().forEach(PeerSession::checkDeadline);
    fetcher.onTick();
    reader.onTick(this::find);
    own.onTick();
    if (checkDue && fetcher.isIdle() && context.nowNs() - changedAtNs > context.limits.quietNs()) {
      checkDue = false;
      sessions.keySet().forEach(this::compareAgain);
    }
  }

  /** The dialling side compares; the other one only asks it to when it could not take all. */
  private void compareAgain(PeerId peer) {
    PeerSession session = find(peer);
    if (session != null && (session.isInitiator() || session.takePassedOver())) {
      session.send(new SyncMessage.Check(session.blindedDigest(), session.isInitiator()));
    }
  }

  /** Whether calling with {@link SyncInput.Tick} now and then may change anything. */
  boolean wantsTicks() {
    return !sessions.isEmpty() || !own.isEmpty();
  }

  /** When a tick is wanted at the latest; {@link Long#MAX_VALUE} for never. */
  long dueNs() {
    return own.dueNs(isHeard());
  }

  // ---- for status

  HeadTable heads() {
    return context.heads;
  }

  Membership membership() {
    return context.membership;
  }

  /** What is held of logs that are fetched, in bytes. */
  long heldBytes() {
    return fetcher.heldBytes();
  }

  long committedEvents() {
    return committedEvents;
  }

  List<LogProgress> progress() {
    Map<LogId, LogProgress> all = new LinkedHashMap<>();
    Set<LogName> names = new LinkedHashSet<>();
    context.heads.all().forEach(entry -> names.add(entry.name()));
    names.addAll(headless.values());
    report.incoming().forEach(log -> names.add(log.name));
    for (LogName name : names) {
      LogId id = name.id();
      long have = context.replica.size(id);
      all.put(
          id,
          new LogProgress(name, id, have, report.wanted(id, have), context.replica.isFrozen(id)));
    }
    return List.copyOf(all.values());
  }

  List<SessionInfo> sessionInfos() {
    List<SessionInfo> infos = new ArrayList<>();
    for (PeerSession session : sessions.values()) {
      infos.add(session.toInfo(why(session)));
    }
    return infos;
  }

  private String why(PeerSession session) {
    String refused =
        session.lastRefusal().isEmpty() ? "" : "; it was refused " + session.lastRefusal();
    String what =
        switch (session.state()) {
          case PROVING -> "waiting for its proof that it is a member";
          case COMPARING -> "finding out which logs differ";
          case LIVE -> report.why(session);
        };
    return what + refused;
  }
}
