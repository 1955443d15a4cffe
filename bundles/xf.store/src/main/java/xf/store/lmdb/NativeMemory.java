package xf.store.lmdb;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads and writes memory at native addresses through ordinary direct buffers.
 *
 * <p>LMDB hands out addresses. A buffer per value would be garbage per value, and {@code Unsafe}
 * needs flags or warns on newer platforms. So the address space is covered, where it is touched, by
 * windows: direct buffers of almost 2 GiB that start at every multiple of 1 GiB. Whatever starts in
 * the first half of a window and is shorter than 1 GiB lies wholly inside it. Making a window
 * touches no memory; only an access through it does, and those happen between the bounds LMDB gave.
 *
 * <p>Safe for use by any thread.
 */
final class NativeMemory {
  private static final int WINDOW_SHIFT = 30;
  private static final int WINDOW_BYTES = Integer.MAX_VALUE;
  private static final long LOWEST_ADDRESS = 4096;

  /** More than the map and the heap need; beyond it the cache starts anew. */
  private static final int MAX_WINDOWS = 1024;

  private static final MemoryIO IO = MemoryIO.getInstance();

  private volatile Window[] windows = {};

  /** A buffer over the addresses from {@code base} on. */
  record Window(long key, long base, ByteBuffer buffer) {
    int offset(long address) {
      return (int) (address - base);
    }
  }

  /** The address of a direct buffer's first byte. */
  static long address(ByteBuffer direct) {
    return IO.getDirectBufferAddress(direct);
  }

  /** The window in which a value at this address lies. */
  Window window(long address) {
    long key = address >>> WINDOW_SHIFT;
    for (Window window : windows) {
      if (window.key == key) {
        return window;
      }
    }
    return add(key);
  }

  private synchronized Window add(long key) {
    for (Window window : windows) {
      if (window.key == key) {
        return window;
      }
    }
    long base = Math.max(key << WINDOW_SHIFT, LOWEST_ADDRESS);
    ByteBuffer buffer = IO.newDirectByteBuffer(base, WINDOW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    Window window = new Window(key, base, buffer);
    Window[] old = windows.length < MAX_WINDOWS ? windows : new Window[0];
    Window[] grown = java.util.Arrays.copyOf(old, old.length + 1);
    grown[old.length] = window;
    windows = grown;
    return window;
  }
}
