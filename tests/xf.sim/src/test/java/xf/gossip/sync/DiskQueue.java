package xf.gossip.sync;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

/**
 * What a device is writing: one write after the other, each durable some time after it was asked
 * for. A crash tears the first of them somewhere and loses the others.
 */
final class DiskQueue {
  private static final long FASTEST_NS = 100_000;
  private static final long SPREAD_NS = 5_000_000;

  private final Schedule schedule;
  private final SplittableRandom random;
  private final int slowness;
  private final Deque<Write> underWay = new ArrayDeque<>();
  private long freeAtNs;
  private long bytes;

  /** Something to be made durable. */
  interface Write {
    long lengthBytes();

    /** All of it is durable now. */
    void done();

    /** The device crashed while it was written: any beginning of it may be durable. */
    void torn(SplittableRandom random);
  }

  DiskQueue(Schedule schedule, SplittableRandom random, int slowness) {
    this.schedule = schedule;
    this.random = random;
    this.slowness = slowness;
  }

  void write(Write write) {
    underWay.add(write);
    bytes += write.lengthBytes();
    freeAtNs =
        Math.max(schedule.nowNs(), freeAtNs) + slowness * (FASTEST_NS + random.nextLong(SPREAD_NS));
    schedule.at(freeAtNs, () -> finish(write));
  }

  private void finish(Write write) {
    if (underWay.peek() == write) { // or it was lost in a crash
      underWay.remove();
      bytes -= write.lengthBytes();
      write.done();
    }
  }

  /** Canonical bytes of events that wait to become durable. */
  long bytesUnderWay() {
    return bytes;
  }

  void crash() {
    if (!underWay.isEmpty()) {
      underWay.remove().torn(random);
    }
    underWay.clear();
    bytes = 0;
    freeAtNs = 0;
  }
}
