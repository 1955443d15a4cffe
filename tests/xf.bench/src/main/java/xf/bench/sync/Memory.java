package xf.bench.sync;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;
import xf.bench.Figures;

/** How much memory this JVM needs: the most heap left by a collection, and what is resident. */
final class Memory {
  private static final double MIB = 1 << 20;

  private final AtomicLong peakBytes = new AtomicLong();

  @SuppressWarnings("this-escape") // called by the collector's thread, which needs nothing else
  Memory() {
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener((what, unused) -> collected(what), null, null);
      }
    }
  }

  private void collected(Notification what) {
    if (what.getUserData() instanceof CompositeData data) {
      long bytes =
          GarbageCollectionNotificationInfo.from(data)
              .getGcInfo()
              .getMemoryUsageAfterGc()
              .entrySet()
              .stream()
              .filter(pool -> isHeap(pool.getKey()))
              .mapToLong(pool -> used(pool.getValue()))
              .sum();
      peakBytes.accumulateAndGet(bytes, Math::max);
    }
  }

  private static long used(MemoryUsage usage) {
    return usage.getUsed();
  }

  private static boolean isHeap(String pool) {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .anyMatch(each -> each.getName().equals(pool) && each.getType() == MemoryType.HEAP);
  }

  void figures(Figures figures) {
    figures.add("heap.peak", peakBytes.get() / MIB);
    figures.add("rss.peak", resident() / MIB);
  }

  /** The most that was resident at a time; not a number where Linux does not say it. */
  private static double resident() {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return Double.NaN;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToDouble(line -> 1024.0 * Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
