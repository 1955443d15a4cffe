package xf.gossip.sync;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import xf.event.LogId;
import xf.gossip.net.PeerId;

/**
 * What was asked of whom: requests go to who has fewest, and answers that come late are excused.
 */
final class Requests {
  private static final int PER_PEER = 32;

  private final Context context;
  private final Sessions sessions;
  private final Map<PeerId, Integer> waiting = new HashMap<>();
  private final LateAnswers late = new LateAnswers();

  Requests(Context context, Sessions sessions) {
    this.context = context;
    this.sessions = sessions;
  }

  /**
   * The peer with the fewest requests of those that have so much of a log; one that is slow only
   * when there is no other.
   */
  Optional<PeerId> pickSource(LogState log, long size) {
    PeerId best = null;
    int fewest = 2 * PER_PEER;
    for (PeerId peer : log.whoHas(size)) {
      PeerSession session = sessions.find(peer);
      int count = waiting.getOrDefault(peer, 0);
      int rank = session != null && session.isSlow() ? PER_PEER + count : count;
      if (session != null && count < PER_PEER && rank < fewest) {
        best = peer;
        fewest = rank;
      }
    }
    return Optional.ofNullable(best);
  }

  boolean isSlow(PeerId peer) {
    PeerSession session = sessions.find(peer);
    return session != null && session.isSlow();
  }

  void setSlow(PeerId peer) {
    PeerSession session = sessions.find(peer);
    if (session != null) {
      session.setSlow();
    }
  }

  /** So many requests more, or less, wait for a peer. */
  void count(PeerId peer, int change) {
    waiting.merge(peer, change, Integer::sum);
  }

  /** Until when a request that is made now must have been answered. */
  long deadlineNs() {
    return context.nowNs() + context.limits.requestTimeoutNs();
  }

  void send(PeerId peer, SyncMessage message) {
    PeerSession session = sessions.find(peer);
    if (session != null) {
      session.send(message);
    }
  }

  /** An answer is no longer waited for, and may come all the same. */
  void expectLate(PeerId peer, LogId log, long items) {
    late.expect(peer, log, items);
  }

  boolean excuses(PeerId peer, LogId log, long items) {
    return late.excuses(peer, log, items);
  }

  void onClosed(PeerId peer) {
    waiting.remove(peer);
    late.onClosed(peer);
  }
}
