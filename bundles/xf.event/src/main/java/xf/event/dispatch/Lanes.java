package xf.event.dispatch;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import xf.event.StreamClass;

/**
 * A bounded queue with a lane for each stream class: higher classes go first, but a lane that was
 * passed over {@value #MAX_PASSES} times goes before them once. Not for use by several threads.
 */
final class Lanes<T> {
  static final int MAX_PASSES = 16;

  private static final class Lane<T> {
    private final ArrayDeque<T> values = new ArrayDeque<>();
    private int passes;
  }

  /** In order of priority, which is the order of the constants. */
  private final Map<StreamClass, Lane<T>> lanes = new EnumMap<>(StreamClass.class);

  private final int capacity;
  private int size;

  Lanes(int capacity) {
    this.capacity = capacity;
    for (StreamClass streamClass : StreamClass.values()) {
      lanes.put(streamClass, new Lane<>());
    }
  }

  boolean isFull() {
    return size >= capacity;
  }

  int size() {
    return size;
  }

  void add(StreamClass streamClass, T value) {
    if (isFull()) {
      throw new IllegalStateException("inbox is full: " + size);
    }
    lanes.computeIfAbsent(streamClass, c -> new Lane<>()).values.addLast(value);
    size++;
  }

  @Nullable T poll() {
    Lane<T> next = nextLane();
    if (next == null) {
      return null;
    }
    next.passes = 0;
    size--;
    return next.values.pollFirst();
  }

  private @Nullable Lane<T> nextLane() {
    Lane<T> first = null;
    for (Lane<T> lane : lanes.values()) {
      if (lane.values.isEmpty()) {
        continue;
      }
      if (first == null) {
        first = lane;
      } else if (++lane.passes > MAX_PASSES) {
        return lane;
      }
    }
    return first;
  }

  /** Removes the oldest of the lowest class that has any. */
  void dropOldest() {
    Lane<T> last = null;
    for (Lane<T> lane : lanes.values()) {
      last = lane.values.isEmpty() ? last : lane;
    }
    if (last != null) {
      last.values.removeFirst();
      size--;
    }
  }

  void clear() {
    lanes.values().forEach(lane -> lane.values.clear());
    size = 0;
  }
}
