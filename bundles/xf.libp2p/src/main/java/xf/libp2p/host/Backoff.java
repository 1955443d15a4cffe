package xf.libp2p.host;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Timers;

/**
 * Which addresses failed lately and when they may be tried again: after one second, then twice as
 * long each time, up to five minutes, each with up to half as much again at random so that peers
 * cut off together do not come back together. Remembers so many addresses. For any thread.
 */
final class Backoff {
  private static final long FIRST_NS = Duration.ofSeconds(1).toNanos();
  private static final long LAST_NS = Duration.ofMinutes(5).toNanos();
  private static final int MAX_ADDRESSES = 4096;
  private static final int MAX_DOUBLINGS = 9;

  private record Failures(int count, long untilNs) {}

  private final Timers timers;
  private final RandomGenerator random;
  private final Map<Multiaddr, Failures> failures = new LinkedHashMap<>(16, 0.75f, true);

  Backoff(Timers timers, RandomGenerator random) {
    this.timers = timers;
    this.random = random;
  }

  synchronized void failed(Multiaddr address) {
    Failures was = failures.get(address);
    int count = was == null ? 1 : was.count() + 1;
    long waitNs = Math.min(LAST_NS, FIRST_NS << Math.min(count - 1, MAX_DOUBLINGS));
    long untilNs = timers.nowNs() + waitNs + random.nextLong(waitNs / 2);
    failures.put(address, new Failures(count, untilNs));
    if (failures.size() > MAX_ADDRESSES) {
      failures.remove(failures.keySet().iterator().next());
    }
  }

  synchronized void succeeded(Multiaddr address) {
    failures.remove(address);
  }

  /** How long to wait still; zero: it may be tried. */
  synchronized Duration remaining(Multiaddr address) {
    Failures was = failures.get(address);
    long ns = was == null ? 0 : was.untilNs() - timers.nowNs();
    return ns <= 0 ? Duration.ZERO : Duration.ofNanos(ns);
  }
}
