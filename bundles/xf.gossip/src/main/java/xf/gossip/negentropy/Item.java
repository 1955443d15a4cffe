package xf.gossip.negentropy;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An element of a set: its place in the order, and its id.
 *
 * @param timestamp 0 or more; any number that is the same on both sides
 * @param id 32 bytes, not to be changed
 * @param entry what stands for it in a list, in the form that the {@link Shape} says
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode below look at the content
public record Item(long timestamp, byte[] id, byte[] entry) implements Comparable<Item> {
  /** Length of an id. */
  public static final int ID_BYTES = 32;

  /** An item that is listed by its id. */
  public Item(long timestamp, byte[] id) {
    this(timestamp, id, id);
  }

  /** Refuses what is no item. */
  public Item {
    if (timestamp < 0 || id.length != ID_BYTES) {
      throw new IllegalArgumentException(
          "item: expected a timestamp of 0 or more and 32 bytes, got "
              + timestamp
              + " and "
              + id.length);
    }
  }

  @Override
  public int compareTo(Item other) {
    int byTime = Long.compare(timestamp, other.timestamp);
    return byTime != 0 ? byTime : Arrays.compareUnsigned(id, other.id);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Item item && compareTo(item) == 0;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(id);
  }
}
