package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;

class PageTest {
  private static final int EVENTS = 256 * 256 + 256 * 3 + 5;
  private static final Pages PAGES = new Pages();
  private final TreeHasher hasher = new TreeHasher();
  private final byte[] hash = new byte[TreeHasher.HASH_BYTES];

  @BeforeAll
  static void fill() {
    PAGES.addEvents(EVENTS);
  }

  private static byte[] bytes(int position) {
    byte[] bytes = new byte[PageDescriptor.PAGE_BYTES];
    PAGES.run.get(position).get(0, bytes);
    return bytes;
  }

  @Test
  void shouldWriteEachPageOfEachTierInPostOrder() {
    assertEquals(256 + 1 + 3, PAGES.run.size());
    assertEquals(PAGES.run.size(), PageDescriptor.pagesSealed(EVENTS));
    for (int i = 0; i < PAGES.run.size(); i++) {
      int tier = PageDescriptor.tierAt(i);
      long index = PageDescriptor.indexAt(i);
      assertEquals(i, PageDescriptor.position(tier, index));
      PAGES.view(tier, index).verifyNodes(hasher);
    }
  }

  @Test
  void shouldHoldTheNodesOfTheOneTree() {
    NaiveTree naive = NaiveTree.ofLeaves(EVENTS);
    PageView page = PAGES.view(1, 3);
    assertEquals(768, page.leafStart());
    assertEquals(2 * 1024 - 1, page.totalNodes());
    assertEquals(naive.range(768, 1024), page.root());
    for (int level = 0; level <= 8; level++) {
      page.node(hasher, level, (256 >> level) - 1, hash, 0);
      assertEquals(naive.range(1024 - (1 << level), 1024), Hash.of(hash));
    }
    assertEquals(naive.root(768), page.frontier().root(hasher));
    PageView upper = PAGES.view(2, 0);
    assertEquals(naive.root(65_536), upper.root());
    assertEquals(naive.range(768, 1024), upper.hash(3));
    assertEquals(naive.root(EVENTS), PAGES.open.get(0).root(hasher));
    assertEquals(naive.root(EVENTS - 5), PAGES.open.get(1).root(hasher));
  }

  @Test
  void shouldFindBytesAndTimesFromMetadata() {
    PageView page = PAGES.view(1, 1);
    assertEquals(page.baseOffset(), PAGES.view(1, 0).endOffset(255));
    assertEquals("event 300".length(), page.endOffset(44) - page.startOffset(44));
    assertEquals(Pages.hlc(256) >>> 8, page.minSqueezedHlc());
    assertEquals(Pages.hlc(511) >>> 8, page.maxSqueezedHlc(8, 0));
    assertEquals(0, page.seek(0));
    assertEquals(44, page.seek(Pages.hlc(300)));
    assertEquals(44, page.seek(Pages.hlc(303)));
    assertEquals(256, page.seek(Pages.hlc(512)));
    PageView upper = PAGES.view(2, 0);
    assertEquals(0, upper.baseOffset());
    assertEquals(page.endOffset(255), upper.endOffset(1));
    assertEquals(Pages.hlc(0) >>> 8, upper.minSqueezedHlc());
    assertEquals(Pages.hlc(1023) >>> 8, upper.maxSqueezedHlc(2, 0));
  }

  @Test
  void shouldGoOnFromTheLastSealedPageAlone() {
    for (int tier = 1; tier <= 2; tier++) {
      long last = PAGES.open.get(tier - 1).index() - 1;
      OpenPage again = OpenPage.after(PAGES.view(tier, last), hasher);
      assertEquals(last + 1, again.index());
      assertEquals(PAGES.view(tier, last).endOffset(255), again.endOffset(-1));
      OpenPage tail = PAGES.open.get(tier - 1);
      assertEquals(tail.before().root(hasher), again.root(hasher));
    }
    OpenPage tail = OpenPage.after(PAGES.view(1, 258), hasher);
    for (int i = 0; i < 5; i++) {
      PAGES.open.get(0).node(0, i, hash, 0);
      tail.addEvent(hasher, hash, 0, PAGES.open.get(0).endOffset(i), Pages.hlc(66_304 + i));
    }
    assertEquals(PAGES.open.get(0).root(hasher), tail.root(hasher));
  }

  @Test
  void shouldBuildAnUpperPageFromTheSealedPagesBelowIt() {
    OpenPage upper = new OpenPage(2);
    for (int i = 0; i < 256; i++) {
      upper.addPage(hasher, PAGES.view(1, i));
    }
    ByteBuffer page = Pages.blank();
    new PageBuilder().seal(upper, Pages.TAG, page, 0);
    assertEquals(PAGES.run.get(256), page);
  }

  @Test
  void shouldRefuseEveryPageWithAFlippedBit() {
    byte[] good = bytes(3);
    ByteBuffer page = Pages.blank();
    PageView view = new PageView();
    for (int i = 0; i < good.length; i++) {
      page.put(0, good);
      page.put(i, (byte) (good[i] ^ (1 << (i & 7))));
      view.wrap(page, 0);
      PageFormatException e =
          assertThrows(PageFormatException.class, () -> view.check(1, 3, Pages.TAG), "byte " + i);
      assertEquals(ErrorCode.BAD_FORMAT, e.code());
      assertTrue(e.getMessage().contains(e.field()) && e.getMessage().contains(e.expected()));
    }
  }

  @Test
  void shouldRefuseEveryByteThatDoesNotFitEvenUnderAGoodCrc() {
    byte[] good = bytes(3);
    ByteBuffer page = Pages.blank();
    PageView view = new PageView();
    for (int i = 0; i < good.length; i += i % 40 == 35 ? 1 : 3) {
      if (i >= PageDescriptor.CRC_OFFSET && i < PageDescriptor.CRC_OFFSET + 4) {
        continue;
      }
      page.put(0, good);
      page.put(i, (byte) (good[i] ^ 0x80));
      page.putInt(PageDescriptor.CRC_OFFSET, PageBuilder.crc(new CRC32C(), page, 0));
      if (isUncheckable(i)) {
        continue;
      }
      assertThrows(
          PageFormatException.class,
          () -> view.wrap(page, 0).check(1, 3, Pages.TAG).verifyNodes(hasher),
          "byte " + i);
    }
  }

  /** What only the events, or the page before, can tell: offsets, clocks and the frontier. */
  private static boolean isUncheckable(int i) {
    int slot = (i - PageDescriptor.SLOTS_OFFSET) / PageDescriptor.SLOT_BYTES;
    int at = (i - PageDescriptor.SLOTS_OFFSET) % PageDescriptor.SLOT_BYTES;
    boolean metadata = at > PageDescriptor.METADATA_OFFSET;
    boolean usedFrontier = slot == 383 || slot == 384;
    return i >= PageDescriptor.SLOTS_OFFSET
        && ((metadata && slot <= 384) || (usedFrontier && at < PageDescriptor.METADATA_OFFSET));
  }

  @Test
  void shouldSayWhichFieldIsWrong() {
    assertField("leaf_start", () -> PAGES.view(1, 3).check(1, 4, Pages.TAG));
    assertField("type", () -> PAGES.view(1, 3).check(2, 3, Pages.TAG));
    long other = PageDescriptor.logTag(LogId.ofHex("ff".repeat(32)));
    assertField("log tag", () -> PAGES.view(1, 3).check(1, 3, other));
    assertField("length", () -> new PageView().wrap(PAGES.run.get(0), 1));
    ByteBuffer page = Pages.blank().put(0, bytes(3));
    page.put(PageDescriptor.hashOffset(PageDescriptor.slot(5, 2)), (byte) 0);
    assertField("CRC32C", () -> new PageView().wrap(page, 0).check(1, 3, Pages.TAG));
    PageView view = new PageView().wrap(page, 0);
    assertField("node (5, 2)", () -> view.verifyNodes(hasher));
  }

  private static void assertField(String field, Runnable check) {
    PageFormatException e = assertThrows(PageFormatException.class, check::run);
    assertEquals(field, e.field());
  }

  @Test
  void shouldAddressEveryPageOfTheRunBothWays() {
    long next = 0;
    for (long p = 0; p < 66_000; p++) {
      assertEquals(next, PageDescriptor.position(1, p));
      for (int tier = 1; ((p + 1) & ((1L << (8 * (tier - 1))) - 1)) == 0; tier++) {
        long index = ((p + 1) >> (8 * (tier - 1))) - 1;
        assertEquals(next, PageDescriptor.position(tier, index));
        assertEquals(tier, PageDescriptor.tierAt(next));
        assertEquals(index, PageDescriptor.indexAt(next));
        next++;
      }
    }
    long last = PageDescriptor.position(7, 0);
    assertEquals(7, PageDescriptor.tierAt(last));
    assertEquals(0, PageDescriptor.indexAt(last));
    assertThrows(IllegalArgumentException.class, () -> PageDescriptor.position(7, 1));
  }

  @Test
  void shouldUseEachSlotOnce() {
    boolean[] used = new boolean[PageDescriptor.SLOTS];
    for (int level = 0; level <= 8; level++) {
      for (int i = 0; level != 1 && i < 256 >> level; i++) {
        int slot = PageDescriptor.slot(level, i);
        assertEquals(false, used[slot]);
        used[slot] = true;
      }
    }
    Arrays.fill(used, PageDescriptor.FRONTIER_SLOT, PageDescriptor.SLOTS, true);
    for (boolean slot : used) {
      assertTrue(slot);
    }
    assertEquals(16_352, PageDescriptor.TRAILER_OFFSET);
  }
}
