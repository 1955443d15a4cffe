package xf.merkle.index;

import static xf.merkle.PageDescriptor.LEAVES;
import static xf.merkle.PageDescriptor.ROOT_LEVEL;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.ErrorCode;
import xf.event.EventDescriptor;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.Hash;
import xf.event.Sha256;
import xf.event.XfException;
import xf.merkle.NodeReader;
import xf.merkle.OpenPage;
import xf.merkle.PageBuilder;
import xf.merkle.PageDescriptor;
import xf.merkle.PageFormatException;
import xf.merkle.PageView;
import xf.merkle.ProofPlan;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;
import xf.store.PageStore;
import xf.store.StoreException;

/**
 * One log's tree: sealed pages in the page store, the open page of each tier in memory.
 *
 * <p>The tree comes to life at the last sealed page and reads the at most 255 events behind it; if
 * pages are missing or damaged it starts further back and seals them again. Every method holds this
 * object's lock.
 */
final class LogTree implements NodeReader {
  private static final Logger LOG = LoggerFactory.getLogger(LogTree.class);

  /** Is told of each sealed page of tier 1, with the head at its end. */
  interface SealListener {
    void sealed(LogTree tree, TreeHead head);
  }

  private final EventLog log;
  private final PageStore pages;
  private final SealListener listener;
  private final long logTag;
  private final TreeHasher hasher = new TreeHasher();
  private final PageView view = new PageView();
  private final LongSupplier durableCursor;
  private final List<OpenPage> upper = new ArrayList<>();
  private OpenPage open;
  private boolean upperLoaded;

  /** The open pages may not fit the files any more: a step between them failed. */
  private boolean isStale;

  /** Sealed pages whose checkpoints may never have been kept. */
  private final List<Long> found = new ArrayList<>();

  /** Pages found sound since the tree came to life, by position: one bit for 256 events. */
  private final BitSet checked = new BitSet();

  /**
   * Buffers for the thread that brings events to trees; too large for each tree to have its own.
   */
  static final class Workspace {
    final PageBuilder builder = new PageBuilder();
    final MessageDigest digest = Sha256.newDigest();
    final byte[] event = new byte[EventDescriptor.MAX_EVENT_BYTES];
    final byte[] leaf = new byte[Hash.LENGTH_BYTES];
    final ByteBuffer page =
        ByteBuffer.allocateDirect(PageStore.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The tree of a log.
   *
   * @param durableCursor position up to which the follower has made all pages durable
   */
  LogTree(EventLog log, PageStore pages, SealListener listener, LongSupplier durableCursor) {
    this.log = log;
    this.pages = pages;
    this.listener = listener;
    this.durableCursor = durableCursor;
    this.logTag = PageDescriptor.logTag(log.id());
    this.open = lastOpenPage();
  }

  /**
   * The page after the last sealed one from which on all is sound; the first page of all when there
   * is none, or when the files cannot be used.
   */
  private OpenPage lastOpenPage() {
    try {
      long first = firstUnsound();
      return first == 0 ? new OpenPage(1) : OpenPage.after(sealed(1, first - 1), hasher);
    } catch (StoreException e) {
      if (e.code() != ErrorCode.NOT_VERIFIED && e.code() != ErrorCode.BAD_FORMAT) {
        throw e;
      }
      LOG.warn("{}; building all pages of log {} again", e.getMessage(), log.id());
      pages.delete(log.id());
      return new OpenPage(1);
    }
  }

  /**
   * The first page that has to be built. Pages whose events lie before the follower's durable
   * cursor were forced; those after it may have reached the disk in any order, or in part, before a
   * crash, so each of them is looked at.
   */
  private long firstUnsound() {
    long there = pages.pageCount(log.id());
    long durable = durableCursor.getAsLong();
    long first = log.size() / LEAVES;
    found.clear();
    for (long page = first - 1; page >= 0; page--) {
      if (!isSound(page, there)) {
        first = page;
      } else if (endPosition(page) < durable) {
        break;
      } else {
        found.add(page); // written, but a crash may have come before its checkpoint was kept
      }
    }
    return first;
  }

  /** Tells of pages that were found sealed, as if they had been sealed just now. */
  synchronized void announce() {
    for (long page : found) {
      if (page < open.leafStart() / LEAVES) {
        OpenPage after = OpenPage.after(sealed(1, page), hasher);
        listener.sealed(this, new TreeHead(after.size(), after.root(hasher)));
      }
    }
    found.clear();
  }

  /** Where the page's last event stands in the order of arrival. */
  private long endPosition(long page) {
    long[] found = {Long.MAX_VALUE};
    log.scan(
        page * LEAVES + LEAVES - 1,
        (each, position, event) -> {
          found[0] = position;
          return false;
        });
    return found[0];
  }

  /** Whether the page, and those of higher tiers that it completes, are there and undamaged. */
  private boolean isSound(long page, long there) {
    long index = page;
    for (int tier = 1; ; tier++) {
      if (!isSound(tier, index, there)) {
        return false;
      }
      if ((index + 1) % LEAVES != 0) {
        return true;
      }
      index /= LEAVES;
    }
  }

  private boolean isSound(int tier, long index, long there) {
    long position = PageDescriptor.position(tier, index);
    if (position >= there) {
      return false;
    }
    try {
      view.wrap(pages.read(log.id(), position), 0).check(tier, index, logTag);
      view.verifyNodes(hasher);
      checked.set((int) position);
      return true;
    } catch (PageFormatException e) {
      LOG.warn("{}: {}; building it again", pages.file(log.id(), position), e.getMessage());
      return false;
    }
  }

  private void refresh() {
    if (isStale) {
      forgetPages();
      open = lastOpenPage();
      isStale = false;
      announce();
    }
  }

  private void forgetPages() {
    upper.clear();
    upperLoaded = false;
    checked.clear();
  }

  /** Removes the pages; they are built again as events are read again. */
  synchronized void restart() {
    isStale = true;
    pages.delete(log.id());
    forgetPages();
    open = new OpenPage(1);
    isStale = false;
  }

  EventLog log() {
    return log;
  }

  synchronized long size() {
    refresh();
    return open.size();
  }

  synchronized TreeHead head() {
    refresh();
    return new TreeHead(open.size(), open.root(hasher));
  }

  /** Rough size in memory. */
  synchronized long memoryBytes() {
    int leaves = Math.max(4, Integer.highestOneBit(Math.max(1, open.count() * 2 - 1)));
    return 2048 + leaves * 80L + upper.size() * 20_000L;
  }

  // Growing.

  /** Takes the log's next event; one it has already is passed over. */
  synchronized void integrate(EventView event, Workspace workspace) {
    refresh();
    long size = open.size();
    if (event.index() == size) {
      add(event, workspace);
    } else if (event.index() > size) {
      catchUp(event.index() + 1, workspace);
    }
  }

  /** Reads from the log what is missing up to {@code size}. */
  synchronized void catchUp(long size, Workspace workspace) {
    refresh();
    long from = open.size();
    if (from < size) {
      log.scan(
          from,
          (each, position, event) -> {
            add(event, workspace);
            return open.size() < size;
          });
    }
  }

  private void add(EventView event, Workspace workspace) {
    isStale = true; // until it went well
    event.digestLeaf(workspace.digest, workspace.event);
    digestInto(workspace.digest, workspace.leaf);
    long end = open.endOffset(open.count() - 1) + event.lengthBytes();
    open.addEvent(hasher, workspace.leaf, 0, end, event.hlc());
    if (open.isFull()) {
      seal(workspace);
    }
    isStale = false;
  }

  private static void digestInto(MessageDigest digest, byte[] out) {
    try {
      digest.digest(out, 0, out.length);
    } catch (java.security.DigestException e) {
      throw new AssertionError("32 bytes hold a SHA-256", e);
    }
  }

  /**
   * Writes the full page, and each page of a higher tier that it completes. Not yet durable: the
   * follower forces files before its cursor passes, so a crash here means the page is built again,
   * byte for byte the same.
   */
  private void seal(Workspace workspace) {
    loadUpper();
    OpenPage full = open;
    TreeHead head = new TreeHead(full.size(), full.root(hasher));
    write(full, head, workspace);
    for (int i = 0; ; i++) {
      if (i == upper.size()) {
        upper.add(new OpenPage(i + 2));
      }
      OpenPage above = upper.get(i);
      above.addPage(hasher, full);
      full.advance(hasher);
      if (!above.isFull()) {
        break;
      }
      write(above, head, workspace);
      full = above;
    }
    listener.sealed(this, head);
  }

  private void write(OpenPage full, TreeHead head, Workspace workspace) {
    long position = PageDescriptor.position(full.tier(), full.index());
    workspace.builder.seal(full, logTag, workspace.page, 0);
    pages.write(log.id(), position, workspace.page.clear());
    if ((position + 1) % pages.pagesPerSegment() == 0) {
      pages.sealSegment(log.id(), position, head.size(), head.root());
    }
  }

  /** Fills the open pages of the tiers above from the pages below them; once, when first needed. */
  private void loadUpper() {
    if (upperLoaded) {
      return;
    }
    upper.clear();
    long below = open.leafStart() / LEAVES; // a full page is not sealed yet
    for (int tier = 2; below > 0; tier++, below /= LEAVES) {
      upper.add(loadUpper(tier, below));
    }
    upperLoaded = true;
  }

  /** The open page of a tier when the tier below has {@code below} sealed pages. */
  private OpenPage loadUpper(int tier, long below) {
    long index = below / LEAVES;
    OpenPage page =
        index == 0 ? new OpenPage(tier) : OpenPage.after(sealed(tier, index - 1), hasher);
    for (long child = index * LEAVES; child < below; child++) {
      page.addPage(hasher, sealed(tier - 1, child));
    }
    return page;
  }

  // Reading.

  private PageView sealed(int tier, long index) {
    long position = PageDescriptor.position(tier, index);
    view.wrap(pages.read(log.id(), position), 0);
    if (!checked.get((int) position)) {
      check(tier, index, position);
      checked.set((int) position);
    }
    return view;
  }

  private void check(int tier, long index, long position) {
    try {
      view.check(tier, index, logTag);
    } catch (PageFormatException e) {
      throw new XfException(
          ErrorCode.NOT_VERIFIED,
          pages.file(log.id(), position) + ": " + e.getMessage() + "; run xf:check --repair",
          e);
    }
  }

  /** A node that is complete: from its sealed page, or from the open one. */
  @Override
  public synchronized void read(int level, long index, byte[] out, int offset) {
    refresh();
    int tier = Math.max(1, (level + ROOT_LEVEL - 1) / ROOT_LEVEL);
    int levelInPage = level - ROOT_LEVEL * (tier - 1);
    int shift = ROOT_LEVEL - levelInPage;
    long page = index >>> shift;
    int inPage = (int) (index - (page << shift));
    if (page < open.size() >>> (ROOT_LEVEL * tier)) {
      sealed(tier, page).node(hasher, levelInPage, inPage, out, offset);
    } else {
      openPage(tier).node(levelInPage, inPage, out, offset);
    }
  }

  private OpenPage openPage(int tier) {
    if (tier == 1) {
      return open;
    }
    loadUpper();
    return upper.get(tier - 2);
  }

  synchronized Hash node(int level, long index) {
    byte[] out = new byte[Hash.LENGTH_BYTES];
    read(level, index, out, 0);
    return Hash.of(out);
  }

  synchronized Hash rootAt(long size) {
    refresh();
    return size == open.size() ? open.root(hasher) : ProofPlan.root(size).buildRoot(this, hasher);
  }

  synchronized List<Hash> build(ProofPlan plan) {
    return plan.build(this, hasher);
  }
}
