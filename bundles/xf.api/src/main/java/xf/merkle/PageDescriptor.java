package xf.merkle;

import java.util.Objects;
import xf.event.LogId;
import xf.event.Sha256;

/**
 * Where everything in a page is, and where a page is in its log's run. All integers are
 * little-endian. A page is a deterministic function of the log up to its end, so a sealed page has
 * the same bytes on every replica.
 *
 * <pre>
 *   0         4        5         8                 16                24               32
 *   +---------+--------+---------+-----------------+-----------------+----------------+
 *   | "XAER"  |type u8 | zero 3  | version u64 = 1 | leaf_start u64  | total_nodes u64|
 *   +---------+--------+---------+-----------------+-----------------+----------------+
 *   | 32 + 40 * slot, slot 0..407:    hash 32 bytes     | metadata 8 bytes            |
 *   +-----------------------------------------------------------------------------------+
 *   | 16352: zero 32                                                                    |
 *   +-----------------------------------------------------------------------------------+
 *
 *   slot     0..255  256..319  320..351  352..367  368..375  376..379  380..381  382   383..407
 *   holds    level 0 level 2   level 3   level 4   level 5   level 6   level 7   root  frontier
 *
 *   metadata, one u64:   bits 8..63 value (u56)              bits 0..7 flags
 *   +-----+-----+-----+-----+-----+-----+-----+-----+
 *   |flags| value, least significant byte first     |
 *   +-----+-----+-----+-----+-----+-----+-----+-----+
 * </pre>
 *
 * <p><b>Header.</b> {@code type} is 0xF0 + tier, tier 1 to 7. A page of tier t, number q in its
 * tier, covers the 256^t events from {@code leaf_start} = q * 256^t on. {@code total_nodes} is the
 * number of nodes of the mountain range at the page's end: 2n - popcount(n), n = leaf_start +
 * 256^t.
 *
 * <p><b>Hashes.</b> The leaves of a tier-1 page are leaf hashes of events, those of a tier-t page
 * the roots of 256 pages of tier t - 1: nodes of level 8 (t - 1) of the one tree. Level 1 is left
 * out; it is one hash away. The frontier holds the peaks of everything before the page, the largest
 * first, popcount(q) of them, then zeros. From page 2^25 of its tier on (they may be more than 25)
 * it is all zeros; the peaks are then found in the tier above.
 *
 * <p><b>Metadata</b> is never hashed and never trusted: a wrong value leads to a hash that does not
 * match, not to a wrong answer.
 *
 * <ul>
 *   <li>Slots 0..382: flags = 0x80 | level in the page (0, 2..8).
 *   <li>Slots 0..255: value = cumulative end offset, in the log's run of canonical event bytes, of
 *       the event (tier 1) or of the last event of the page covered. It starts at the previous
 *       slot's value, that of slot 0 at the value of slot 383.
 *   <li>Slots 256..382: value = HLC of the last event below the node, squeezed: {@code hlc >>> 8},
 *       48 bits of milliseconds and the upper 8 of the counter. Squeezing keeps order, so a search
 *       for a time squeezes it too and can only land too early, never too late.
 *   <li>Slot 383: value = base offset, where the page's first event starts.
 *   <li>Slot 384: value = HLC of the page's first event, squeezed.
 *   <li>Slot 385: value = CRC32C of the page with these four bytes ({@link #CRC_OFFSET}) taken as
 *       zero; the upper three bytes of the value are zero.
 *   <li>Slot 386: value = first seven bytes, in order, of SHA-256(log id).
 *   <li>Slots 383..407: flags = 0; slots 387..407: value = 0.
 * </ul>
 *
 * <p><b>Run.</b> The pages of all tiers lie in one run in post-order: a page of tier t directly
 * follows the page of tier t - 1 that completes it.
 */
public final class PageDescriptor {
  /** Length of a page. */
  public static final int PAGE_BYTES = 16_384;

  /** Leaves of a page: a power of two, 2^8. */
  public static final int LEAVES = 256;

  /** Level of a page's root above its leaves. */
  public static final int ROOT_LEVEL = 8;

  /** Number of slots. */
  public static final int SLOTS = 408;

  /** Length of a slot. */
  public static final int SLOT_BYTES = 40;

  /** "XAER" as a little-endian u32. */
  public static final int MARKER = 'X' | ('A' << 8) | ('E' << 16) | ('R' << 24);

  /** The only version there is. */
  public static final long VERSION = 1;

  /** Offset of the marker, u32. */
  public static final int MARKER_OFFSET = 0;

  /** Offset of the type, u8. */
  public static final int TYPE_OFFSET = 4;

  /** Offset of three zero bytes. */
  public static final int HEADER_ZERO_OFFSET = 5;

  /** Offset of the version, u64. */
  public static final int VERSION_OFFSET = 8;

  /** Offset of the first event covered, u64. */
  public static final int LEAF_START_OFFSET = 16;

  /** Offset of the number of nodes at the page's end, u64. */
  public static final int TOTAL_NODES_OFFSET = 24;

  /** Offset of slot 0. */
  public static final int SLOTS_OFFSET = 32;

  /** Offset of 32 zero bytes. */
  public static final int TRAILER_OFFSET = SLOTS_OFFSET + SLOTS * SLOT_BYTES;

  /** Offset of the metadata in a slot. */
  public static final int METADATA_OFFSET = 32;

  /** Slot of the page's root. */
  public static final int ROOT_SLOT = 382;

  /** First slot of the frontier. */
  public static final int FRONTIER_SLOT = 383;

  /** Most peaks the frontier holds. */
  public static final int FRONTIER_SLOTS = SLOTS - FRONTIER_SLOT;

  /** Slot whose metadata is the base offset. */
  public static final int BASE_OFFSET_SLOT = 383;

  /** Slot whose metadata is the first event's HLC. */
  public static final int MIN_HLC_SLOT = 384;

  /** Slot whose metadata is the CRC32C. */
  public static final int CRC_SLOT = 385;

  /** Slot whose metadata names the log. */
  public static final int LOG_TAG_SLOT = 386;

  /** Offset of the CRC32C, u32. */
  public static final int CRC_OFFSET =
      SLOTS_OFFSET + CRC_SLOT * SLOT_BYTES + METADATA_OFFSET + Byte.BYTES;

  /** Highest tier: its first page covers 2^56 events. */
  public static final int MAX_TIER = 7;

  /** Largest value of the seven-byte part of the metadata. */
  public static final long MAX_VALUE = (1L << 56) - 1;

  /** Type of a page of tier 0, which does not exist; the tier is added. */
  private static final int TYPE_BASE = 0xF0;

  private static final int FLAG_PRESENT = 0x80;
  private static final int TIER_BITS = 8;
  private static final int HLC_DROPPED_BITS = 8;
  private static final int TAG_BYTES = 7;

  private PageDescriptor() {}

  /** Type byte of a tier. */
  public static int type(int tier) {
    return TYPE_BASE + checkTier(tier);
  }

  static int checkTier(int tier) {
    if (tier < 1 || tier > MAX_TIER) {
      throw new IllegalArgumentException("tier " + tier + ": expected 1 to " + MAX_TIER);
    }
    return tier;
  }

  /** Events that one page of a tier covers. */
  public static long eventsPerPage(int tier) {
    return 1L << (TIER_BITS * checkTier(tier));
  }

  /** First event that page {@code index} of a tier covers. */
  public static long leafStart(int tier, long index) {
    int bits = TIER_BITS * checkTier(tier);
    if (index < 0 || index >= CompactRange.MAX_SIZE >>> bits) {
      throw new IllegalArgumentException(
          "page " + index + " of tier " + tier + ": ends after 2^56 events");
    }
    return index << bits;
  }

  /** Nodes of the mountain range over n leaves. */
  public static long totalNodes(long leaves) {
    return 2 * leaves - Long.bitCount(leaves);
  }

  /** Slot of a node; level 0 or 2 to 8 above the page's leaves. */
  public static int slot(int level, int index) {
    if (level < 0 || level == 1 || level > ROOT_LEVEL) {
      throw new IllegalArgumentException("level " + level + ": expected 0 or 2 to 8");
    }
    Objects.checkIndex(index, LEAVES >> level);
    return level == 0 ? index : 384 - (512 >> level) + index;
  }

  /** Offset of a slot's hash in the page. */
  public static int hashOffset(int slot) {
    return SLOTS_OFFSET + SLOT_BYTES * Objects.checkIndex(slot, SLOTS);
  }

  /** Offset of a slot's metadata in the page. */
  public static int metadataOffset(int slot) {
    return hashOffset(slot) + METADATA_OFFSET;
  }

  /** Flags of a node's metadata. */
  public static int flags(int level) {
    return FLAG_PRESENT | level;
  }

  /** A metadata word. */
  public static long metadata(int flags, long value) {
    return (value << Byte.SIZE) | flags;
  }

  /** The seven-byte value of a metadata word. */
  public static long value(long metadata) {
    return metadata >>> Byte.SIZE;
  }

  /** An HLC reading as the metadata has it. */
  public static long squeezeHlc(long hlc) {
    return hlc >>> HLC_DROPPED_BITS;
  }

  /** The smallest HLC reading that squeezes to this value. */
  public static long unsqueezeHlc(long squeezed) {
    return squeezed << HLC_DROPPED_BITS;
  }

  /** The value of slot 386: which log a page belongs to. */
  public static long logTag(LogId log) {
    byte[] digest = Sha256.newDigest().digest(log.toByteArray());
    long tag = 0;
    for (int i = TAG_BYTES - 1; i >= 0; i--) {
      tag = (tag << Byte.SIZE) | (digest[i] & 0xFF);
    }
    return tag;
  }

  /** How many peaks the frontier of page {@code index} of its tier has. */
  public static int frontierCount(long index) {
    return index < 1L << FRONTIER_SLOTS ? Long.bitCount(index) : 0;
  }

  /** Number in the run of tier-1 page {@code index}. */
  public static long position(long index) {
    long position = 0;
    for (long count = index; count != 0; count >>>= TIER_BITS) {
      position += count;
    }
    return position;
  }

  /** Number in the run of page {@code index} of a tier. */
  public static long position(int tier, long index) {
    leafStart(tier, index);
    long lastOfTier1 = ((index + 1) << (TIER_BITS * (tier - 1))) - 1;
    return position(lastOfTier1) + tier - 1;
  }

  /** Pages, of all tiers, that a log of so many events has sealed. */
  public static long pagesSealed(long events) {
    return position(events >>> TIER_BITS);
  }

  /** Tier of the page with a number in the run. */
  public static int tierAt(long position) {
    return (int) (position - position(lastTier1(position))) + 1;
  }

  /** Index in its tier of the page with a number in the run. */
  public static long indexAt(long position) {
    long last = lastTier1(position);
    int tier = (int) (position - position(last)) + 1;
    return ((last + 1) >>> (TIER_BITS * (tier - 1))) - 1;
  }

  /** The last tier-1 page at or before a place in the run. */
  private static long lastTier1(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("page " + position + ": expected 0 or more");
    }
    // A run of r pages has r * 255/256 of tier 1, give or take one for each tier.
    long guess = position - position / LEAVES + MAX_TIER;
    while (position(guess) > position) {
      guess--;
    }
    return guess;
  }
}
