package xf.gossip.negentropy;

import java.util.Arrays;

/**
 * The end of a range, exclusive: a timestamp and the first bytes of an id.
 *
 * @param timestamp {@link #INFINITY} for the end of all
 * @param prefix 0 to 32 bytes; missing ones count as zero
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a whole
record Bound(long timestamp, byte[] prefix) {
  static final long INFINITY = Long.MAX_VALUE;
  static final Bound END = new Bound(INFINITY, new byte[0]);
  static final Bound START = new Bound(0, new byte[0]);

  static Bound at(Item item) {
    return new Bound(item.timestamp(), item.id());
  }

  /** The shortest bound that parts two neighbours. */
  static Bound between(Item before, Item after) {
    if (before.timestamp() != after.timestamp()) {
      return new Bound(after.timestamp(), new byte[0]);
    }
    int shared = Arrays.mismatch(before.id(), after.id());
    return new Bound(after.timestamp(), Arrays.copyOf(after.id(), shared + 1));
  }

  boolean isAfter(Item item) {
    if (item.timestamp() != timestamp) {
      return item.timestamp() < timestamp;
    }
    // A prefix is less than what it is continued by, zeros included: as the padded id would be.
    return Arrays.compareUnsigned(item.id(), Arrays.copyOf(prefix, Item.ID_BYTES)) < 0;
  }
}
