package xf.gossip.sync;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time: what happens next, and in which order what happens at one time. A heap over arrays:
 * among millions of actions it is memory that comparing costs.
 */
final class Schedule {
  static final long MS = 1_000_000;
  private static final int FIRST = 1_024;

  /** Children of a place: four make it half as deep as two. */
  private static final int WIDTH = 4;

  private long[] atNs = new long[FIRST];
  private long[] orders = new long[FIRST];
  private @Nullable Runnable[] bodies = new Runnable[FIRST];
  private int size;
  private long nowNs;
  private long order;
  private long steps;

  long nowNs() {
    return nowNs;
  }

  long steps() {
    return steps;
  }

  void at(long ns, Runnable body) {
    if (size == atNs.length) {
      atNs = Arrays.copyOf(atNs, 2 * size);
      orders = Arrays.copyOf(orders, 2 * size);
      bodies = Arrays.copyOf(bodies, 2 * size);
    }
    siftUp(size++, Math.max(nowNs, ns), order++, body);
  }

  void after(long delayNs, Runnable body) {
    at(nowNs + delayNs, body);
  }

  /** Does what is next, if that is before the end. */
  boolean step(long endNs) {
    Runnable next = bodies[0];
    if (size == 0 || next == null || atNs[0] > endNs) {
      nowNs = endNs;
      return false;
    }
    nowNs = atNs[0];
    removeFirst();
    steps++;
    next.run();
    return true;
  }

  // ---- the heap

  private void removeFirst() {
    int last = --size;
    Runnable body = bodies[last];
    bodies[last] = null;
    if (last > 0) {
      siftDown(atNs[last], orders[last], body);
    }
  }

  private void siftUp(int from, long ns, long number, Runnable body) {
    int place = from;
    while (place > 0) {
      int parent = (place - 1) / WIDTH;
      if (!isBefore(ns, number, parent)) {
        break;
      }
      move(parent, place);
      place = parent;
    }
    put(place, ns, number, body);
  }

  private void siftDown(long ns, long number, @Nullable Runnable body) {
    int place = 0;
    for (int child = firstChild(0); child >= 0; child = firstChild(place)) {
      if (isBefore(ns, number, child)) {
        break;
      }
      move(child, place);
      place = child;
    }
    put(place, ns, number, body);
  }

  /** The child of a place that is first, -1 when it has none. */
  private int firstChild(int place) {
    int begin = WIDTH * place + 1;
    int first = begin < size ? begin : -1;
    for (int child = begin + 1; child < Math.min(size, begin + WIDTH); child++) {
      if (isBefore(atNs[child], orders[child], first)) {
        first = child;
      }
    }
    return first;
  }

  private boolean isBefore(long ns, long number, int other) {
    return ns != atNs[other] ? ns < atNs[other] : number < orders[other];
  }

  private void move(int from, int to) {
    put(to, atNs[from], orders[from], bodies[from]);
  }

  private void put(int place, long ns, long number, @Nullable Runnable body) {
    atNs[place] = ns;
    orders[place] = number;
    bodies[place] = body;
  }
}
