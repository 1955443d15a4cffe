package xf.gossip.sync;

import java.util.HashMap;
import java.util.Map;
import xf.event.LogId;
import xf.gossip.net.PeerId;

/**
 * Answers that are still on their way to requests we no longer wait for: their senders are not to
 * blame, as far as no more comes than was asked for.
 */
final class LateAnswers {
  static final int MAX_LOGS = 4_096;

  private record Asked(PeerId peer, LogId log) {}

  private final Map<Asked, Long> rest = new HashMap<>();

  void expect(PeerId peer, LogId log, long items) {
    if (rest.size() < MAX_LOGS) {
      rest.merge(new Asked(peer, log), items, Long::sum);
    }
  }

  /** Whether so much may still come from a peer for a log. */
  boolean excuses(PeerId peer, LogId log, long items) {
    Asked asked = new Asked(peer, log);
    long left = rest.getOrDefault(asked, 0L) - items;
    if (left > 0) {
      rest.put(asked, left);
    } else {
      rest.remove(asked);
    }
    return left >= 0;
  }

  void onClosed(PeerId peer) {
    rest.keySet().removeIf(asked -> asked.peer().equals(peer));
  }
}
