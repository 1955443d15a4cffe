package xf.gossip.sync;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many salted heads all reconciliations of a group hold. Each peer may begin one and leave it
 * unfinished, and each needs all heads once more: beyond the bound the oldest ones are dropped,
 * never the newest, however many heads there are.
 */
final class SaltedRoom {
  /** Some 250 bytes each. */
  static final int MOST = 65_536;

  private final Map<Reconciliation, Integer> held = new LinkedHashMap<>();
  private long total;

  void add(Reconciliation begun, int heads) {
    remove(begun);
    held.put(begun, heads);
    total += heads;
    while (total > MOST && held.size() > 1) {
      Iterator<Reconciliation> eldest = held.keySet().iterator();
      eldest.next().drop();
    }
  }

  void remove(Reconciliation ended) {
    Integer heads = held.remove(ended);
    total -= heads == null ? 0 : heads;
  }

  /** Heads that are held. */
  long total() {
    return total;
  }
}
