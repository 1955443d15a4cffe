package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import xf.event.Hash;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.CompactRange;
import xf.merkle.ConsistencyProof;
import xf.merkle.PageDescriptor;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/** Compares what peers sent with signed roots. Nothing here changes the log's state. */
final class PageVerifier {
  private static final int PAGE_EVENTS = PageDescriptor.LEAVES;
  private static final int PAGE_LEVEL = 8;
  private static final int HASH_BYTES = Hash.LENGTH_BYTES;

  private final Context context;
  private final TreeHasher hasher;

  PageVerifier(Context context) {
    this.context = context;
    this.hasher = context.hasher;
  }

  /**
   * Events that lead to a signed root.
   *
   * @param tail the frontier after them
   * @param seals checkpoints of pages that end in them, verified
   * @param badSeals how many more there were, whose signatures do not hold
   */
  record Verified(CompactRange tail, List<Checkpoint> seals, int badSeals) {}

  /** A range against the signed head it leads to; null when it does not. */
  @Nullable Verified range(LogState log, LogState.Unit unit, Checkpoint head) {
    CompactRange tail = log.copyTail();
    List<Checkpoint> claimed = new ArrayList<>();
    int first = (int) (tail.size() - unit.from);
    hash(log, unit, tail, first, unit.run.count(), claimed);
    if (!tail.root(hasher).equals(head.head().root())) {
      return null;
    }
    return verified(tail, claimed);
  }

  /** Hashes events page by page and notes what the seals at page ends claim. */
  private void hash(
      LogState log,
      LogState.Unit unit,
      CompactRange tail,
      int first,
      int last,
      List<Checkpoint> claimed) {
    int at = first;
    while (at < last) {
      int toPageEnd = (int) (PAGE_EVENTS - tail.size() % PAGE_EVENTS);
      int next = Math.min(last, at + toPageEnd);
      unit.run.hashInto(tail, hasher, at, next);
      at = next;
      claim(log, unit, tail, claimed);
    }
  }

  private void claim(
      LogState log, LogState.Unit unit, CompactRange tail, List<Checkpoint> claimed) {
    byte[] signature =
        tail.size() % PAGE_EVENTS == 0 ? unit.seals.get(tail.size() / PAGE_EVENTS) : null;
    if (signature != null) {
      claimed.add(log.checkpoint(tail.size(), tail.root(hasher), signature));
    }
  }

  private Verified verified(CompactRange tail, List<Checkpoint> claimed) {
    List<Checkpoint> seals = new ArrayList<>();
    int bad = 0;
    for (Checkpoint seal : claimed) {
      try {
        context.signatures.verify(seal);
        seals.add(seal);
      } catch (XfException e) {
        bad++;
      }
    }
    return new Verified(tail, seals, bad);
  }

  /** Page roots and the peaks after them against the fetch's signed head; null when they differ. */
  byte @Nullable [] nodes(LogState.Fetch fetch, ByteBuffer peaks) {
    long size = fetch.target.head().size();
    int tailPeaks = Long.bitCount(size % PAGE_EVENTS);
    byte[] roots = fetch.claimed();
    int count = roots.length / HASH_BYTES;
    if (count != fetch.pages() || peaks.remaining() != tailPeaks * HASH_BYTES) {
      return null;
    }
    CompactRange range = new CompactRange(fetch.pageFrontier);
    for (int i = 0; i < count; i++) {
      range.append(hasher, PAGE_LEVEL, roots, i * HASH_BYTES);
    }
    byte[] tail = new byte[tailPeaks * HASH_BYTES];
    peaks.duplicate().get(tail);
    int at = 0;
    for (long rest = size % PAGE_EVENTS; rest != 0; rest ^= Long.highestOneBit(rest)) {
      int level = 63 - Long.numberOfLeadingZeros(rest);
      range.append(hasher, level, tail, at);
      at += HASH_BYTES;
    }
    return range.root(hasher).equals(fetch.target.head().root()) ? roots : null;
  }

  /** The whole pages of a unit, on arrival; the partial ones at its ends come with their turn. */
  boolean wholePages(LogState.Fetch fetch, LogState.Unit unit) {
    byte[] root = new byte[HASH_BYTES];
    CompactRange page = new CompactRange();
    long from = (unit.from + PAGE_EVENTS - 1) / PAGE_EVENTS;
    for (long number = from; (number + 1) * PAGE_EVENTS <= unit.to; number++) {
      int first = (int) (number * PAGE_EVENTS - unit.from);
      page.clear();
      unit.run.hashInto(page, hasher, first, first + PAGE_EVENTS);
      page.root(hasher, root, 0);
      if (!matches(fetch, number, root)) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(LogState.Fetch fetch, long page, byte[] root) {
    int at = (int) (page - fetch.firstPage) * HASH_BYTES;
    return Arrays.equals(fetch.roots(), at, at + HASH_BYTES, root, 0, HASH_BYTES);
  }

  /** A unit whose turn it is: its whole pages have been verified by {@link #wholePages}. */
  @Nullable Verified pages(LogState log, LogState.Fetch fetch, LogState.Unit unit) {
    List<Checkpoint> claimed = new ArrayList<>();
    CompactRange tail = log.copyTail();
    CompactRange boundary = fetch.pageFrontier;
    while (tail.size() < unit.to) {
      int first = (int) (tail.size() - unit.from);
      long page = tail.size() / PAGE_EVENTS;
      long pageEnd = Math.min(unit.to, (page + 1) * PAGE_EVENTS);
      boolean isWhole = pageEnd == (page + 1) * PAGE_EVENTS;
      if (tail.size() % PAGE_EVENTS != 0 || !isWhole) {
        unit.run.hashInto(tail, hasher, first, first + (int) (pageEnd - tail.size()));
      }
      if (isWhole) {
        int at = (int) (page - fetch.firstPage) * HASH_BYTES;
        boundary.append(hasher, PAGE_LEVEL, fetch.roots(), at);
        if (tail.size() == boundary.size() && !sameRoot(tail, boundary)) {
          return null; // the page that was begun here goes on otherwise
        }
        tail = new CompactRange(boundary);
        claim(log, unit, tail, claimed);
      } else if (!tail.root(hasher).equals(fetch.target.head().root())) {
        return null;
      }
    }
    return verified(tail, claimed);
  }

  private boolean sameRoot(CompactRange a, CompactRange b) {
    return a.root(hasher).equals(b.root(hasher));
  }

  /** Whether a path proves that our first events are the beginning of a signed head's. */
  boolean isPrefix(long oldSize, Checkpoint head, List<Hash> path) {
    TreeHead ours = new TreeHead(oldSize, context.replica.rootAt(head.log(), oldSize));
    try {
      new ConsistencyProof(oldSize, head.head().size(), path).verify(hasher, ours, head.head());
      return true;
    } catch (XfException e) {
      return false;
    }
  }
}
