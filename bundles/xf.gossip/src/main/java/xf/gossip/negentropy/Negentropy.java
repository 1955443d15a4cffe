package xf.gossip.negentropy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * One side of a reconciliation. The initiator sends {@link #initiate}, gives each answer to {@link
 * #next} and sends what that returns, until it returns nothing; the other side answers with {@link
 * #answer}. Only the initiator learns the difference.
 *
 * <p>A message is the version and ranges in order, each an upper bound and one of: skip,
 * fingerprint, list of ids. A range whose fingerprints differ is split sixteenfold, or listed when
 * it has fewer than 32 items.
 */
public final class Negentropy {
  /** Version 1. */
  public static final byte VERSION = 0x61;

  /** Smallest limit of a message's length. */
  public static final int MIN_FRAME_BYTES = 4096;

  private static final int BUCKETS = 16;
  private static final int SKIP = 0;
  private static final int FINGERPRINT = 1;
  private static final int ID_LIST = 2;
  private static final int MAX_RANGES = 4_096;
  private static final int MAX_LISTED_IDS = 65_536;

  /** What may come after the limit was found to be near: a bound and a fingerprint. */
  private static final int RESERVED_BYTES = 200;

  private final ItemSet items;
  private final int frameLimitBytes;

  /**
   * A side with these items.
   *
   * @param frameLimitBytes longest message made; 0 for no limit
   */
  public Negentropy(ItemSet items, int frameLimitBytes) {
    if (frameLimitBytes != 0 && frameLimitBytes < MIN_FRAME_BYTES) {
      throw new IllegalArgumentException(
          "frame limit " + frameLimitBytes + ": expected 0, or " + MIN_FRAME_BYTES + " and more");
    }
    this.items = items;
    this.frameLimitBytes = frameLimitBytes;
  }

  /** The initiator's first message. */
  public byte[] initiate() {
    Output out = new Output();
    out.put(new byte[] {VERSION});
    split(0, items.size(), Bound.END, out);
    return out.toByteArray();
  }

  /**
   * The other side's answer. To a version that is not spoken here it is the one that is, alone.
   *
   * @throws xf.event.XfException when the message is not well-formed or beyond limits
   */
  public byte[] answer(ByteBuffer message) {
    return new Round(message, false, id -> {}, id -> {}).run();
  }

  /**
   * The initiator's next message, empty when all is known.
   *
   * @param have gets ids that the other side lacks
   * @param need gets ids that this side lacks
   * @throws xf.event.XfException when the message is not well-formed or beyond limits
   */
  public Optional<byte[]> next(ByteBuffer message, Consumer<byte[]> have, Consumer<byte[]> need) {
    byte[] next = new Round(message, true, have, need).run();
    return next.length == 1 ? Optional.empty() : Optional.of(next);
  }

  private void split(int from, int to, Bound end, Output out) {
    int count = to - from;
    if (count < 2 * BUCKETS) {
      out.bound(end);
      out.number(ID_LIST);
      out.number(count);
      for (int i = from; i < to; i++) {
        out.put(items.get(i).id());
      }
      return;
    }
    int at = from;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      int next = at + count / BUCKETS + (bucket < count % BUCKETS ? 1 : 0);
      out.bound(next == to ? end : Bound.between(items.get(next - 1), items.get(next)));
      out.number(FINGERPRINT);
      out.put(items.fingerprint(at, next));
      at = next;
    }
  }

  /** One message in, one out. */
  private final class Round {
    private final Input in;
    private final boolean initiator;
    private final Consumer<byte[]> have;
    private final Consumer<byte[]> need;
    private final Output out = new Output();
    private Bound skippedTo = Bound.START;
    private boolean skip;
    private int listedIds;

    /** Size after the last list of ids: those are kept, a split that is too long is not. */
    private int listedBytes;

    Round(ByteBuffer message, boolean initiator, Consumer<byte[]> have, Consumer<byte[]> need) {
      this.in = new Input(message);
      this.initiator = initiator;
      this.have = have;
      this.need = need;
      out.put(new byte[] {VERSION});
    }

    byte[] run() {
      byte version = in.take(1)[0];
      if (version != VERSION) {
        if (initiator || version < 0x60 || version > 0x6F) {
          throw Input.bad(
              "version is 0x" + Integer.toHexString(version & 0xFF) + ", expected 0x61");
        }
        return out.toByteArray();
      }
      int lower = 0;
      for (int ranges = 0; in.hasRemaining(); ranges++) {
        if (ranges == MAX_RANGES) {
          throw Input.bad("more than " + MAX_RANGES + " ranges");
        }
        Bound end = in.bound();
        int keptBytes = out.size();
        int upper = range(lower, end);
        if (isFull(out.size())) {
          // The rest as one range: what differs in it comes up again in the next round.
          out.truncate(Math.max(keptBytes, listedBytes));
          out.bound(Bound.END);
          out.number(FINGERPRINT);
          out.put(items.fingerprint(upper, items.size()));
          break;
        }
        lower = upper;
        skippedTo = end;
      }
      return out.toByteArray();
    }

    private boolean isFull(int sizeBytes) {
      return frameLimitBytes > 0 && sizeBytes > frameLimitBytes - RESERVED_BYTES;
    }

    /** Answers one range and returns where the next one starts. */
    private int range(int lower, Bound end) {
      int upper = items.lowerBound(lower, end);
      int mode = in.number(ID_LIST, "mode");
      if (mode == ID_LIST) {
        return idList(lower, upper, end);
      }
      if (mode == SKIP
          || Arrays.equals(in.take(ItemSet.FINGERPRINT_BYTES), items.fingerprint(lower, upper))) {
        skip = true;
      } else {
        endSkip();
        split(lower, upper, end, out);
      }
      return upper;
    }

    private int idList(int lower, int upper, Bound end) {
      Set<byte[]> theirs = takeIds();
      if (initiator) {
        for (int i = lower; i < upper; i++) {
          if (!theirs.remove(items.get(i).id())) {
            have.accept(items.get(i).id());
          }
        }
        theirs.forEach(need);
        skip = true;
        return upper;
      }
      endSkip();
      return listIds(lower, upper, end);
    }

    private int listIds(int lower, int upper, Bound end) {
      int last = lower;
      while (last < upper && !isFull(out.size() + (last - lower) * Item.ID_BYTES)) {
        last++;
      }
      out.bound(last == upper ? end : Bound.at(items.get(last)));
      out.number(ID_LIST);
      out.number(last - lower);
      for (int i = lower; i < last; i++) {
        out.put(items.get(i).id());
      }
      listedBytes = out.size();
      return last;
    }

    private Set<byte[]> takeIds() {
      int count = in.number(MAX_LISTED_IDS - listedIds, "number of ids");
      listedIds += count;
      Set<byte[]> ids = new TreeSet<>(Arrays::compareUnsigned);
      for (int i = 0; i < count; i++) {
        ids.add(in.take(Item.ID_BYTES));
      }
      return ids;
    }

    private void endSkip() {
      if (skip) {
        skip = false;
        out.bound(skippedTo);
        out.number(SKIP);
      }
    }
  }
}
