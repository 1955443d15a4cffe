package xf.gossip.negentropy;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeSet;
import xf.event.Sha256;

/** Items in order, without duplicates; immutable. */
public final class ItemSet {
  static final int FINGERPRINT_BYTES = 16;

  private final Item[] items;

  /** Sorts the items and drops duplicates. */
  public ItemSet(Collection<Item> items) {
    this.items = new TreeSet<>(items).toArray(new Item[0]);
  }

  /** Number of items. */
  public int size() {
    return items.length;
  }

  Item get(int index) {
    return items[index];
  }

  /** The first index from {@code from} on whose item is not before the bound. */
  int lowerBound(int from, Bound bound) {
    int low = from;
    int high = items.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (bound.isAfter(items[middle])) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** SHA-256 over the ids' sum mod 2^256 and their number; its first sixteen bytes. */
  byte[] fingerprint(int from, int to) {
    return fingerprint(from, to, FINGERPRINT_BYTES);
  }

  /** As many of its first bytes as are wanted. */
  byte[] fingerprint(int from, int to, int bytes) {
    long[] sum = new long[Item.ID_BYTES / 4];
    for (int i = from; i < to; i++) {
      add(sum, items[i].id());
    }
    MessageDigest sha256 = Sha256.newDigest();
    for (long word : sum) {
      sha256.update((byte) word);
      sha256.update((byte) (word >>> 8));
      sha256.update((byte) (word >>> 16));
      sha256.update((byte) (word >>> 24));
    }
    Output count = new Output();
    count.number(to - from);
    sha256.update(count.toByteArray());
    return Arrays.copyOf(sha256.digest(), bytes);
  }

  /** Adds a little-endian number; each of the words has 32 bits. */
  private static void add(long[] sum, byte[] id) {
    long carry = 0;
    for (int w = 0; w < sum.length; w++) {
      long word = 0;
      for (int b = 3; b >= 0; b--) {
        word = word << 8 | Byte.toUnsignedLong(id[4 * w + b]);
      }
      carry += sum[w] + word;
      sum[w] = carry & 0xFFFF_FFFFL;
      carry >>>= 32;
    }
  }
}
