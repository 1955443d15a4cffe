package xf.store.lmdb;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Runs read lately, one to a slot: a random read then costs one lookup in LMDB, not two. Losing a
 * race or a slot costs a lookup, nothing else, so there is no lock.
 */
final class RunCache {
  private static final int RUN_BYTES = 1100;
  private static final int HEAP_SHARE = 32;
  private static final int MIN_SLOTS = 256;
  private static final int MAX_SLOTS = 1 << 15;

  private final AtomicReferenceArray<@Nullable Entry> slots;

  private record Entry(int log, long number, Run run) {}

  RunCache(long maxHeapBytes) {
    long fitting = maxHeapBytes / HEAP_SHARE / RUN_BYTES;
    long bounded = Math.max(MIN_SLOTS, Math.min(MAX_SLOTS, fitting));
    slots = new AtomicReferenceArray<>((int) Long.highestOneBit(bounded));
  }

  @Nullable Run get(int log, long number) {
    Entry entry = slots.get(slot(log, number));
    return entry != null && entry.log == log && entry.number == number ? entry.run : null;
  }

  void put(int log, long number, Run run) {
    slots.set(slot(log, number), new Entry(log, number, run));
  }

  void clear() {
    for (int i = 0; i < slots.length(); i++) {
      slots.set(i, null);
    }
  }

  private int slot(int log, long number) {
    // Neighbouring runs of a log stand side by side; logs are spread by a Fibonacci step.
    return (int) (((log * 0x9E3779B97F4A7C15L) >>> 32) ^ number) & (slots.length() - 1);
  }
}
