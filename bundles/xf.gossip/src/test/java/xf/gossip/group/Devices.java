package xf.gossip.group;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import xf.event.GroupId;
import xf.testkit.net.MemoryFabric;
import xf.testkit.net.VirtualTimers;

/** Devices on one network in memory, in virtual time: only disks are real. */
final class Devices implements AutoCloseable {
  private static final long PATIENCE_MS = 20_000;

  private final Path folder;
  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  final VirtualTimers timers = new VirtualTimers();
  final MemoryFabric fabric = new MemoryFabric(timers, 42, Duration.ofMillis(1), Duration.ZERO);
  private final Map<String, Device> devices = new TreeMap<>();

  Devices(Path folder) {
    this.folder = folder;
  }

  /** Starts the device whose data is in the folder of that name. */
  Device start(String name) {
    Device device = new Device(folder.resolve(name), fabric, tasks);
    devices.put(name, device);
    return device;
  }

  void stop(String name) {
    devices.remove(name).close();
  }

  Device restart(String name) {
    stop(name);
    return start(name);
  }

  /** Runs tasks and time until something holds. */
  void await(BooleanSupplier condition, Supplier<String> what) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, what);
      step(Duration.ofMillis(5));
    }
  }

  /** Lets so much time go by. */
  void pass(Duration time) {
    long endNs = timers.nowNs() + time.toNanos();
    while (timers.nowNs() < endNs) {
      step(Duration.ofMillis(50));
    }
  }

  private void step(Duration time) {
    try {
      Runnable task = tasks.poll(1, TimeUnit.MILLISECONDS);
      for (; task != null; task = tasks.poll()) {
        task.run();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    timers.advance(time);
  }

  void awaitEvents(GroupId group, long count, Device... where) {
    for (Device device : where) {
      await(() -> device.events(group) == count, () -> "" + device.sync.status(group));
    }
  }

  @Override
  public void close() {
    devices.values().forEach(Device::close);
    devices.clear();
  }
}
