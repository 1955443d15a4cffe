package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.Sha256;
import xf.gossip.negentropy.Item;
import xf.gossip.negentropy.ItemSet;
import xf.gossip.negentropy.Negentropy;
import xf.gossip.negentropy.Shape;
import xf.multiformats.Varint;

/**
 * All heads as they are now, as items of a reconciliation: ids salted with both nonces of a
 * session, so that nobody can make heads in advance whose sums collide, or logs whose tags do.
 *
 * <pre>
 *   place   first 24 bits of the log's id: does not change when the log grows
 *   id      SHA-256(salt | log id | size u64 | root)
 *   entry   tag: SHA-256(salt | log id), first 6 | size, base 128 | root, first 4
 * </pre>
 */
final class SaltedHeads {
  static final int TAG_BYTES = 6;
  private static final int FRAME_LIMIT_BYTES = 60_000;
  private static final int PLACE_SHIFT = 64 - 24;
  private static final int ROOT_BYTES = 4;

  private final Negentropy negentropy;
  private final Map<ByteBuffer, LogId> logs = new HashMap<>();

  /** A head as the other side lists it. */
  record Entry(ByteBuffer tag, long size, int rootPrefix) {
    static Entry of(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      long size = 0;
      for (int at = TAG_BYTES; at < bytes.length - ROOT_BYTES; at++) {
        size = size << 7 | (bytes[at] & 0x7F);
      }
      return new Entry(in.slice(0, TAG_BYTES), size, in.getInt(bytes.length - ROOT_BYTES));
    }
  }

  SaltedHeads(byte[] salt, HeadTable heads) {
    List<Item> items = new ArrayList<>(heads.size());
    MessageDigest sha256 = Sha256.newDigest();
    ByteBuffer head =
        ByteBuffer.allocate(LogId.LENGTH_BYTES + Long.BYTES + Hash.LENGTH_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (HeadTable.Entry entry : heads.all()) {
      head.clear();
      entry.id().putTo(head);
      sha256.update(salt);
      byte[] tag = sha256.digest(Arrays.copyOf(head.array(), LogId.LENGTH_BYTES));
      head.putLong(entry.size());
      entry.head().head().root().putTo(head);
      sha256.update(salt);
      byte[] id = sha256.digest(head.array());
      items.add(new Item(place(head), id, listed(tag, entry)));
      logs.put(ByteBuffer.wrap(tag, 0, TAG_BYTES).slice(), entry.id());
    }
    negentropy = new Negentropy(new ItemSet(items), Shape.HEADS, FRAME_LIMIT_BYTES);
  }

  private static long place(ByteBuffer head) {
    return head.duplicate().order(ByteOrder.BIG_ENDIAN).getLong(0) >>> PLACE_SHIFT;
  }

  /** Numbers are as in the rest of the message: base 128, the highest digit first. */
  private static byte[] listed(byte[] tag, HeadTable.Entry entry) {
    int digits = Varint.lengthBytes(entry.size());
    ByteBuffer out = ByteBuffer.allocate(TAG_BYTES + digits + ROOT_BYTES);
    out.put(tag, 0, TAG_BYTES);
    for (int digit = digits - 1; digit >= 0; digit--) {
      long bits = (entry.size() >>> (7 * digit)) & 0x7F;
      out.put((byte) (digit > 0 ? bits | 0x80 : bits));
    }
    return out.put(entry.head().head().root().toByteArray(), 0, ROOT_BYTES).array();
  }

  int size() {
    return logs.size();
  }

  Negentropy negentropy() {
    return negentropy;
  }

  @Nullable LogId log(ByteBuffer tag) {
    return logs.get(tag);
  }
}
