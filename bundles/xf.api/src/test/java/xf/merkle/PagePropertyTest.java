package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A sealed page is a function of the events alone, wherever its builder stopped and went on. */
class PagePropertyTest {
  private static final int EVENTS = 66_600;
  private static final Pages WHOLE = new Pages().addEvents(EVENTS);

  private final TreeHasher hasher = new TreeHasher();
  private final PageBuilder builder = new PageBuilder();

  @Property(tries = 15)
  void shouldSealTheSameBytesWhereverItWasStopped(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 12) int stops) {
    Random random = new Random(seed);
    List<ByteBuffer> run = new ArrayList<>();
    List<OpenPage> open = new ArrayList<>(List.of(new OpenPage(1)));
    int event = 0;
    for (int stop = 0; stop <= stops; stop++) {
      int end = stop == stops ? EVENTS : event + random.nextInt(EVENTS - event + 1);
      for (; event < end; event++) {
        add(open, run);
      }
      open = resumed(run, open.get(0));
    }
    assertEquals(WHOLE.run.size(), run.size());
    for (int i = 0; i < run.size(); i++) {
      assertEquals(WHOLE.run.get(i), run.get(i), "page " + i + ", seed " + seed);
    }
    assertEquals(WHOLE.open.get(0).root(hasher), open.get(0).root(hasher));
  }

  private void add(List<OpenPage> open, List<ByteBuffer> run) {
    OpenPage tail = open.get(0);
    byte[] bytes = NaiveTree.event(tail.size());
    byte[] leaf = hasher.leaf(bytes).toByteArray();
    long end = tail.endOffset(tail.count() - 1) + bytes.length;
    tail.addEvent(hasher, leaf, 0, end, Pages.hlc(tail.size()));
    for (int tier = 1; open.get(tier - 1).isFull(); tier++) {
      OpenPage full = open.get(tier - 1);
      ByteBuffer page = Pages.blank();
      builder.seal(full, Pages.TAG, page, 0);
      run.add(page);
      if (open.size() == tier) {
        open.add(new OpenPage(tier + 1));
      }
      open.get(tier).addPage(hasher, full);
      full.advance(hasher);
    }
  }

  /** From the sealed pages and the events behind them, as after a start. */
  private List<OpenPage> resumed(List<ByteBuffer> run, OpenPage tail) {
    List<OpenPage> open = new ArrayList<>();
    long below = tail.leafStart() / PageDescriptor.LEAVES;
    OpenPage again = below == 0 ? new OpenPage(1) : OpenPage.after(view(run, 1, below - 1), hasher);
    open.add(again);
    for (int tier = 2; below > 0; tier++, below /= PageDescriptor.LEAVES) {
      open.add(upper(run, tier, below));
    }
    List<ByteBuffer> none = new ArrayList<>();
    for (int i = tail.count(); i > 0; i--) {
      add(open, none);
    }
    assertEquals(0, none.size());
    return open;
  }

  private OpenPage upper(List<ByteBuffer> run, int tier, long below) {
    long index = below / PageDescriptor.LEAVES;
    OpenPage page =
        index == 0 ? new OpenPage(tier) : OpenPage.after(view(run, tier, index - 1), hasher);
    for (long child = index * PageDescriptor.LEAVES; child < below; child++) {
      page.addPage(hasher, view(run, tier - 1, child));
    }
    return page;
  }

  private static PageView view(List<ByteBuffer> run, int tier, long index) {
    int position = (int) PageDescriptor.position(tier, index);
    return new PageView().wrap(run.get(position), 0).check(tier, index, Pages.TAG);
  }
}
