package xf.gossip.negentropy;

/**
 * What both sides of a reconciliation have to agree on besides the grammar of its messages.
 *
 * @param version first byte of every message
 * @param fingerprintBytes length of a range's fingerprint, at most 16
 * @param entry how an element of a list is written
 * @param answersLists whether a list of ids is answered by the other side's list, so that only the
 *     initiator learns the difference; otherwise it ends there and the other side learns it
 * @param split into how many ranges a range is split
 */
public record Shape(
    byte version, int fingerprintBytes, Entry entry, boolean answersLists, Split split) {

  /** How an element of a list is written: {@link Item#entry()} is of this form. */
  public enum Entry {
    /** The id, 32 bytes. */
    ID,
    /** A tag of 6 bytes, a number, 4 bytes. */
    TAG_NUMBER_PREFIX
  }

  /** Into how many ranges so many items are split; 0: they are listed. */
  @FunctionalInterface
  public interface Split {
    /** {@code first}: the range is the whole set. */
    int buckets(int items, boolean first);
  }

  private static final int V1_BUCKETS = 16;

  /** Negentropy protocol version 1, as published. */
  public static final Shape V1 =
      new Shape(
          (byte) 0x61,
          ItemSet.FINGERPRINT_BYTES,
          Entry.ID,
          true,
          (items, first) -> items < 2 * V1_BUCKETS ? 0 : V1_BUCKETS);

  private static final int LISTED = 20;
  private static final int FIRST_ITEMS = 112;
  private static final int NEXT_ITEMS = 14;
  private static final int MIN_BUCKETS = 2;
  private static final int MAX_BUCKETS = 256;

  /**
   * The same algorithm for heads of logs, a fifth as long: ids are salted for one session, so eight
   * bytes of a sum's hash are as good as sixteen; an element says which log it is of and how long
   * that is, so the side that learns the difference can act on it without asking back. For ten
   * changed of ten thousand, two messages each way are the least bytes when the first split is into
   * ranges of about a hundred and the second into those of about a dozen.
   */
  public static final Shape HEADS =
      new Shape((byte) 0x01, 8, Entry.TAG_NUMBER_PREFIX, false, Shape::headBuckets);

  private static int headBuckets(int items, boolean first) {
    if (items <= LISTED) {
      return 0;
    }
    int wanted = items / (first ? FIRST_ITEMS : NEXT_ITEMS);
    return Math.max(MIN_BUCKETS, Math.min(MAX_BUCKETS, wanted));
  }
}
