package xf.gossip.sync;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import xf.event.LogId;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;

/**
 * Peers whose data did not lead to the head that a log's author signed. They are asked to prove
 * that our copy is a prefix of that head. If it is, their data were wrong; if not, there may be two
 * histories, and the peer is told ours so that either side can prove it.
 *
 * <p>Of a log that forked half of the honest members hold the other history, and one author may
 * have many: so who does not prove its copy is only to blame when no evidence of a fork came in
 * time.
 */
final class Conflicts {
  /** Of each peer, or else one that leaves them open would have them all. */
  static final int MOST_OF_A_PEER = 64;

  private final Context context;
  private final PageVerifier verifier;
  private final Map<Conflict, Open> open = new HashMap<>();

  /** Logs that a peer did not prove, and until when evidence that they forked may come. */
  private final Map<Unproved, Long> unproved = new HashMap<>();

  private record Open(Refusal refusal, long deadlineNs) {}

  private record Unproved(PeerId peer, LogId log) {}

  private record Conflict(PeerId peer, LogId log, long oldSize, Checkpoint head) {
    boolean isAnsweredBy(PeerId from, SyncMessage.Consistency answer) {
      return peer.equals(from)
          && log.equals(answer.log())
          && oldSize == answer.oldSize()
          && head.head().size() == answer.newSize();
    }
  }

  Conflicts(Context context, PageVerifier verifier) {
    this.context = context;
    this.verifier = verifier;
  }

  /** Something a peer sent does not lead to a head; {@code refusal} is what that costs it. */
  void found(PeerSession session, LogState log, Checkpoint head, Refusal refusal) {
    long have = context.replica.size(log.id);
    if (log.commitsInFlight > 0) {
      session.passOver(); // what is being written may be one of two histories, and the peer's other
    } else if (have == 0 || countOf(session.peer()) >= MOST_OF_A_PEER) {
      session.refuse(refusal, "log " + log.id + " at size " + head.head().size());
    } else {
      open.put(new Conflict(session.peer(), log.id, have, head), new Open(refusal, deadlineNs()));
      session.send(new SyncMessage.GetConsistency(log.id, have, head.head().size()));
    }
  }

  private long deadlineNs() {
    return context.nowNs() + context.limits.requestTimeoutNs();
  }

  private long countOf(PeerId peer) {
    return open.keySet().stream().filter(conflict -> conflict.peer().equals(peer)).count()
        + unproved.keySet().stream().filter(log -> log.peer().equals(peer)).count();
  }

  void onConsistency(PeerSession session, SyncMessage.Consistency answer) {
    Conflict conflict = find(session.peer(), answer);
    if (conflict == null) {
      session.refuse(Refusal.UNSOLICITED, "a proof that was not asked for");
      return;
    }
    Open was = open.remove(conflict);
    if (verifier.isPrefix(conflict.oldSize(), conflict.head(), answer.path())) {
      session.refuse(
          was == null ? Refusal.WRONG_EVENTS : was.refusal(),
          "log " + conflict.log() + ": data that its own proof contradicts");
    } else {
      unproved(session, conflict.log());
    }
  }

  private @Nullable Conflict find(PeerId peer, SyncMessage.Consistency answer) {
    for (Conflict each : open.keySet()) {
      if (each.isAnsweredBy(peer, answer)) {
        return each;
      }
    }
    return null;
  }

  /** Whether the peer was asked for a proof and has none. */
  boolean onUnavailable(PeerSession session, LogId log) {
    boolean wasAsked =
        open.keySet().removeIf(c -> c.peer().equals(session.peer()) && c.log().equals(log));
    if (wasAsked) {
      unproved(session, log);
    }
    return wasAsked;
  }

  private void unproved(PeerSession session, LogId log) {
    unproved.putIfAbsent(new Unproved(session.peer(), log), deadlineNs());
    HeadTable.Entry ours = context.heads.get(log);
    if (ours != null) {
      session.pushFrom(ours, PeerSession.UNKNOWN);
    }
  }

  /** Blames who did not answer, and who had no proof where there is no fork. */
  void onTick(Sessions sessions) {
    for (Map.Entry<Conflict, Open> each : List.copyOf(open.entrySet())) {
      PeerSession session = sessions.find(each.getKey().peer());
      if (session != null && context.nowNs() > each.getValue().deadlineNs()) {
        open.remove(each.getKey());
        unproved(session, each.getKey().log());
      }
    }
    for (Map.Entry<Unproved, Long> each : List.copyOf(unproved.entrySet())) {
      if (context.nowNs() > each.getValue()) {
        unproved.remove(each.getKey());
        blame(sessions.find(each.getKey().peer()), each.getKey().log());
      }
    }
  }

  private void blame(@Nullable PeerSession session, LogId log) {
    if (session != null && !context.replica.isFrozen(log)) {
      session.refuse(Refusal.WRONG_PROOF, "log " + log + ": not proved to continue ours");
    }
  }

  void onClosed(PeerId peer) {
    open.keySet().removeIf(conflict -> conflict.peer().equals(peer));
    unproved.keySet().removeIf(log -> log.peer().equals(peer));
  }
}
