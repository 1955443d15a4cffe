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
 * #answer}. Who learns the difference is a matter of the {@link Shape}.
 *
 * <p>A message is the version and ranges in order, each an upper bound and one of: skip,
 * fingerprint, list of ids. A range whose fingerprints differ is split, or listed when it has few
 * items; how many these are is a matter of the shape, too.
 */
public final class Negentropy {
  /** Smallest limit of a message's length. */
  public static final int MIN_FRAME_BYTES = 4096;

  private static final int SKIP = 0;
  private static final int FINGERPRINT = 1;
  private static final int ID_LIST = 2;
  private static final int MAX_RANGES = 4_096;
  private static final int MAX_LISTED_IDS = 65_536;

  /** What may come after the limit was found to be near: a bound and a fingerprint. */
  private static final int RESERVED_BYTES = 200;

  private final ItemSet items;
  private final Shape shape;
  private final int frameLimitBytes;

  /** A side with these items that speaks version 1. */
  public Negentropy(ItemSet items, int frameLimitBytes) {
    this(items, Shape.V1, frameLimitBytes);
  }

  /**
   * A side with these items.
   *
   * @param frameLimitBytes longest message made; 0 for no limit
   */
  public Negentropy(ItemSet items, Shape shape, int frameLimitBytes) {
    if (frameLimitBytes != 0 && frameLimitBytes < MIN_FRAME_BYTES) {
      throw new IllegalArgumentException(
          "frame limit " + frameLimitBytes + ": expected 0, or " + MIN_FRAME_BYTES + " and more");
    }
    this.items = items;
    this.shape = shape;
    this.frameLimitBytes = frameLimitBytes;
  }

  /** The initiator's first message. */
  public byte[] initiate() {
    Output out = new Output();
    out.put(new byte[] {shape.version()});
    split(0, items.size(), Bound.END, true, out);
    return out.toByteArray();
  }

  /**
   * The other side's answer. To a version that is not spoken here it is the one that is, alone.
   *
   * @throws xf.event.XfException when the message is not well-formed or beyond limits
   */
  public byte[] answer(ByteBuffer message) {
    return answer(message, entry -> {}, entry -> {});
  }

  /**
   * The other side's answer, for a shape that does not answer lists: they are compared here.
   *
   * @param have gets entries that the initiator lacks
   * @param need gets entries that this side lacks
   * @throws xf.event.XfException when the message is not well-formed or beyond limits
   */
  public byte[] answer(ByteBuffer message, Consumer<byte[]> have, Consumer<byte[]> need) {
    return new Round(message, false, have, need).run();
  }

  /**
   * The initiator's next message, empty when all is known.
   *
   * @param have gets entries (in version 1: ids) that the other side lacks
   * @param need gets those that this side lacks
   * @throws xf.event.XfException when the message is not well-formed or beyond limits
   */
  public Optional<byte[]> next(ByteBuffer message, Consumer<byte[]> have, Consumer<byte[]> need) {
    byte[] next = new Round(message, true, have, need).run();
    return next.length == 1 ? Optional.empty() : Optional.of(next);
  }

  private void split(int from, int to, Bound end, boolean first, Output out) {
    int count = to - from;
    int buckets = shape.split().buckets(count, first);
    if (buckets == 0) {
      out.bound(end);
      out.number(ID_LIST);
      out.number(count);
      for (int i = from; i < to; i++) {
        out.put(items.get(i).entry());
      }
      return;
    }
    int at = from;
    for (int bucket = 0; bucket < buckets; bucket++) {
      int next = at + count / buckets + (bucket < count % buckets ? 1 : 0);
      out.bound(next == to ? end : Bound.between(items.get(next - 1), items.get(next)));
      out.number(FINGERPRINT);
      out.put(fingerprint(at, next));
      at = next;
    }
  }

  private byte[] fingerprint(int from, int to) {
    return items.fingerprint(from, to, shape.fingerprintBytes());
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
      out.put(new byte[] {shape.version()});
    }

    byte[] run() {
      byte version = in.take(1)[0];
      if (version != shape.version()) {
        if (initiator || version < 0x60 || version > 0x6F) {
          throw Input.bad("version is " + version + ", expected " + shape.version());
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
          out.put(fingerprint(upper, items.size()));
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
          || Arrays.equals(in.take(shape.fingerprintBytes()), fingerprint(lower, upper))) {
        skip = true;
      } else {
        endSkip();
        split(lower, upper, end, false, out);
      }
      return upper;
    }

    private int idList(int lower, int upper, Bound end) {
      Set<byte[]> theirs = takeEntries();
      if (initiator || !shape.answersLists()) {
        for (int i = lower; i < upper; i++) {
          if (!theirs.remove(items.get(i).entry())) {
            have.accept(items.get(i).entry());
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

    private Set<byte[]> takeEntries() {
      int count = in.number(MAX_LISTED_IDS - listedIds, "number of ids");
      listedIds += count;
      Set<byte[]> entries = new TreeSet<>(Arrays::compareUnsigned);
      for (int i = 0; i < count; i++) {
        entries.add(in.entry(shape.entry()));
      }
      return entries;
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
