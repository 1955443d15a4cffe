package xf.shell.ingest;

import java.util.Arrays;

/**
 * From a fingerprint to the place of an event (which target, which index) and a check word; open
 * addressing in flat arrays, 32 bytes a slot. A place is never 0, which marks a free slot.
 */
final class PlaceTable {
  private static final int FIRST_SLOTS = 1 << 12;
  private static final int INDEX_BITS = 40;
  private static final int WORDS = 4;

  private long[] words = new long[FIRST_SLOTS * WORDS];
  private int mask = FIRST_SLOTS - 1;
  private int size;

  static long place(int target, long index) {
    return ((long) (target + 1) << INDEX_BITS) | index;
  }

  static int target(long place) {
    return (int) (place >>> INDEX_BITS) - 1;
  }

  static long index(long place) {
    return place & ((1L << INDEX_BITS) - 1);
  }

  int size() {
    return size;
  }

  /** The place under a key, or 0. */
  long get(long high, long low) {
    return words[slot(high, low) + 2];
  }

  /** The check word under a key, or 0. */
  long check(long high, long low) {
    return words[slot(high, low) + 3];
  }

  void put(long high, long low, long place, long check) {
    int slot = slot(high, low);
    if (words[slot + 2] == 0) {
      if (++size > (mask + 1) * 2 / 3) {
        grow();
        slot = slot(high, low);
      }
    }
    words[slot] = high;
    words[slot + 1] = low;
    words[slot + 2] = place;
    words[slot + 3] = check;
  }

  void clear() {
    Arrays.fill(words, 0);
    size = 0;
  }

  private int slot(long high, long low) {
    int i = (int) low & mask;
    while (true) {
      int slot = i * WORDS;
      if (words[slot + 2] == 0 || (words[slot] == high && words[slot + 1] == low)) {
        return slot;
      }
      i = (i + 1) & mask;
    }
  }

  private void grow() {
    long[] old = words;
    words = new long[old.length * 2];
    mask = mask * 2 + 1;
    for (int i = 0; i < old.length; i += WORDS) {
      if (old[i + 2] != 0) {
        System.arraycopy(old, i, words, slot(old[i], old[i + 1]), WORDS);
      }
    }
  }
}
