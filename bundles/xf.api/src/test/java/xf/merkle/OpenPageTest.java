package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import xf.event.Hash;

class OpenPageTest {
  private final TreeHasher hasher = new TreeHasher();
  private final byte[] hash = new byte[TreeHasher.HASH_BYTES];

  @Test
  void shouldHaveTheRootOfTheWholeLogAtEverySizeToTwoThousand() {
    NaiveTree naive = NaiveTree.ofLeaves(2_000);
    OpenPage page = new OpenPage(1);
    for (int n = 0; n <= 2_000; n++) {
      assertEquals(n, page.size());
      assertEquals(naive.root(n), page.root(hasher), "size " + n);
      if (n < 2_000) {
        add(page, naive.leaf(n));
      }
    }
  }

  private void add(OpenPage page, Hash leaf) {
    leaf.copyTo(hash, 0);
    page.addEvent(hasher, hash, 0, page.endOffset(page.count() - 1) + 100, page.size() << 16);
    if (page.isFull()) {
      page.advance(hasher);
    }
  }

  @Property(tries = 40)
  void shouldSealTheSameBytesHoweverTheEventsArrived(
      @ForAll @IntRange(min = 1, max = 600) int restart,
      @ForAll @IntRange(min = 0, max = 255) int dirt) {
    Pages once = new Pages().addEvents(768);
    Pages again = new Pages().addEvents(restart).addEvents(768 - restart);
    assertEquals(once.run, again.run);
    // Neither what the buffer held before nor where the page starts in it shows.
    OpenPage full = new OpenPage(1);
    for (int i = 0; i < 256; i++) {
      Hash.of(new byte[32]).copyTo(hash, 0);
      full.addEvent(hasher, hash, 0, i + 1, 5L << 16);
    }
    var clean = Pages.blank();
    new PageBuilder().seal(full, Pages.TAG, clean, 0);
    var dirty = ByteBuffer.allocateDirect(PageDescriptor.PAGE_BYTES + dirt);
    dirty.order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < dirty.capacity(); i++) {
      dirty.put(i, (byte) dirt);
    }
    new PageBuilder().seal(full, Pages.TAG, dirty, dirt);
    assertEquals(clean, dirty.slice(dirt, PageDescriptor.PAGE_BYTES));
  }

  @Test
  void shouldRefuseWhatCannotFollow() {
    OpenPage page = new OpenPage(1);
    assertThrows(IllegalStateException.class, () -> page.advance(hasher));
    assertThrows(IllegalArgumentException.class, () -> page.addEvent(hasher, hash, 0, 0, 0));
    page.addEvent(hasher, hash, 0, 10, 0);
    assertThrows(IllegalArgumentException.class, () -> page.addEvent(hasher, hash, 0, 10, 0));
    assertThrows(IllegalArgumentException.class, () -> page.addEvent(hasher, hash, 0, 1L << 56, 0));
    assertThrows(IllegalArgumentException.class, () -> page.node(1, 0, hash, 0));
    assertThrows(IllegalArgumentException.class, () -> page.node(9, 0, hash, 0));
    assertThrows(
        IllegalStateException.class, () -> new PageBuilder().seal(page, 0, Pages.blank(), 0));
    OpenPage upper = new OpenPage(2);
    assertThrows(IllegalArgumentException.class, () -> upper.addEvent(hasher, hash, 0, 20, 0));
    assertThrows(IllegalArgumentException.class, () -> upper.addPage(hasher, page));
    CompactRange uneven = new CompactRange();
    uneven.append(hasher, hash, 0);
    assertThrows(IllegalArgumentException.class, () -> new OpenPage(1, uneven, 0));
  }

  @Test
  void shouldLeaveTheFrontierOutFromPageTwoToTheTwentyFive() {
    CompactRange before = new CompactRange();
    for (int level = 32; level >= 8; level--) {
      before.append(hasher, level, hash, 0);
    }
    OpenPage last = full(new OpenPage(1, before, 7));
    assertEquals((1L << 25) - 1, last.index());
    PageView view = sealed(last);
    assertEquals(before.root(hasher), view.frontier().root(hasher));
    assertEquals(7, view.baseOffset());
    last.advance(hasher);
    assertEquals(last.root(hasher), OpenPage.after(view, hasher).root(hasher));
    PageView next = sealed(full(last));
    assertEquals(1L << 25, next.index());
    assertEquals(Hash.of(new byte[32]), next.hash(PageDescriptor.FRONTIER_SLOT));
    assertThrows(IllegalArgumentException.class, next::frontier);
  }

  private OpenPage full(OpenPage page) {
    while (!page.isFull()) {
      page.addEvent(hasher, hash, 0, page.endOffset(page.count() - 1) + 1, 0);
    }
    return page;
  }

  private PageView sealed(OpenPage page) {
    var bytes = Pages.blank();
    new PageBuilder().seal(page, Pages.TAG, bytes, 0);
    return new PageView()
        .wrap(bytes, 0)
        .check(page.tier(), page.index(), Pages.TAG)
        .verifyNodes(hasher);
  }
}
