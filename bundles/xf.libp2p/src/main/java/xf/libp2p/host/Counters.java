package xf.libp2p.host;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a host counts. For any thread. */
final class Counters {
  final AtomicInteger streams = new AtomicInteger();
  final AtomicInteger dials = new AtomicInteger();
  final LongAdder refused = new LongAdder();
  final LongAdder trimmed = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder listenerFailures = new LongAdder();

  /** Adds one unless that is above the limit, which counts as a refusal. */
  boolean tryEnter(AtomicInteger count, int limit) {
    if (count.incrementAndGet() > limit) {
      count.decrementAndGet();
      refused.increment();
      return false;
    }
    return true;
  }
}
