package xf.gossip.sync;

import java.util.PriorityQueue;

/** Virtual time: what happens next, and in which order what happens at one time. */
final class Schedule {
  static final long MS = 1_000_000;

  private final PriorityQueue<Action> actions = new PriorityQueue<>();
  private long nowNs;
  private long order;
  private long steps;

  private record Action(long atNs, long order, Runnable body) implements Comparable<Action> {
    @Override
    public int compareTo(Action other) {
      int byTime = Long.compare(atNs, other.atNs);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  long nowNs() {
    return nowNs;
  }

  long steps() {
    return steps;
  }

  void at(long ns, Runnable body) {
    actions.add(new Action(Math.max(nowNs, ns), order++, body));
  }

  void after(long delayNs, Runnable body) {
    at(nowNs + delayNs, body);
  }

  /** Does what is next, if that is before the end. */
  boolean step(long endNs) {
    Action next = actions.peek();
    if (next == null || next.atNs > endNs) {
      nowNs = endNs;
      return false;
    }
    actions.remove();
    nowNs = next.atNs;
    steps++;
    next.body.run();
    return true;
  }
}
