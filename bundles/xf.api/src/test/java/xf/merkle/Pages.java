package xf.merkle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import xf.event.LogId;

/** A deterministic log of made-up events, and its run of pages in memory. */
final class Pages {
  static final LogId LOG = LogId.ofHex("0123456789abcdef".repeat(4));
  static final long TAG = PageDescriptor.logTag(LOG);

  final TreeHasher hasher = new TreeHasher();
  final List<ByteBuffer> run = new ArrayList<>();
  final List<OpenPage> open = new ArrayList<>(List.of(new OpenPage(1)));
  private final PageBuilder builder = new PageBuilder();
  private final byte[] hash = new byte[TreeHasher.HASH_BYTES];
  private long bytes;

  /** The clock of event i: two events a millisecond. */
  static long hlc(long i) {
    return ((1_700_000_000_000L + i / 2) << 16) | (i & 1);
  }

  static ByteBuffer blank() {
    return ByteBuffer.allocate(PageDescriptor.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  Pages addEvents(int count) {
    for (int i = 0; i < count; i++) {
      addEvent();
    }
    return this;
  }

  private void addEvent() {
    OpenPage tail = open.get(0);
    long i = tail.size();
    byte[] event = NaiveTree.event(i);
    bytes += event.length;
    hasher.leaf(event, 0, event.length, hash, 0);
    tail.addEvent(hasher, hash, 0, bytes, hlc(i));
    sealFull();
  }

  private void sealFull() {
    for (int tier = 1; open.get(tier - 1).isFull(); tier++) {
      OpenPage full = open.get(tier - 1);
      ByteBuffer page = blank();
      builder.seal(full, TAG, page, 0);
      run.add(page);
      if (open.size() == tier) {
        open.add(new OpenPage(tier + 1));
      }
      open.get(tier).addPage(hasher, full);
      full.advance(hasher);
    }
  }

  PageView view(int tier, long index) {
    int position = (int) PageDescriptor.position(tier, index);
    return new PageView().wrap(run.get(position), 0).check(tier, index, TAG);
  }
}
