package xf.gossip.sync;

import java.util.HashMap;
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
 */
final class Conflicts {
  /** Of each peer, or else one that leaves them open would have them all. */
  static final int MOST_OF_A_PEER = 16;

  private final Context context;
  private final PageVerifier verifier;
  private final Map<Conflict, Refusal> open = new HashMap<>();

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
      open.put(new Conflict(session.peer(), log.id, have, head), refusal);
      session.send(new SyncMessage.GetConsistency(log.id, have, head.head().size()));
    }
  }

  private long countOf(PeerId peer) {
    return open.keySet().stream().filter(conflict -> conflict.peer().equals(peer)).count();
  }

  void onConsistency(PeerSession session, SyncMessage.Consistency answer) {
    Conflict conflict = find(session.peer(), answer);
    if (conflict == null) {
      session.refuse(Refusal.UNSOLICITED, "a proof that was not asked for");
      return;
    }
    Refusal refusal = open.remove(conflict);
    if (verifier.isPrefix(conflict.oldSize(), conflict.head(), answer.path())) {
      session.refuse(
          refusal == null ? Refusal.WRONG_EVENTS : refusal,
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
    session.refuse(Refusal.WRONG_PROOF, "log " + log + ": not proved to continue ours");
    HeadTable.Entry ours = context.heads.get(log);
    if (ours != null) {
      session.pushFrom(ours, PeerSession.UNKNOWN);
    }
  }

  void onClosed(PeerId peer) {
    open.keySet().removeIf(conflict -> conflict.peer().equals(peer));
  }
}
