package xf.store.lmdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.BitSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import xf.store.lmdb.DataFile.Meta;

/**
 * Walks the pages of LMDB's trees in the file, without LMDB. LMDB puts no checksum on a page and
 * follows whatever is in it; a flipped bit in a page number or an offset can end the process. This
 * walk follows the same pointers and believes none: each has to lead to a page of the right kind,
 * inside the file, that nothing else leads to.
 *
 * <pre>
 *   page   number u64 | pad u16 | flags u16 | lower u16 | upper u16   (overflow: pages u32 instead)
 *          offsets u16 ... up to lower | free | nodes from upper on
 *   node   low u16 | high u16 | flags u16 | key length u16 | key | data
 *          branch: child = low | high &lt;&lt; 16 | flags &lt;&lt; 32        leaf: data length = low | high &lt;&lt; 16
 *          leaf flag 1: data is the number of an overflow page      flag 2: data is a tree (MDB_db)
 * </pre>
 */
final class PageWalk {
  private static final int BRANCH = 1;
  private static final int LEAF = 2;
  private static final int OVERFLOW = 4;
  private static final int KIND_MASK = 0xFF;

  private static final int FLAGS_OFFSET = 10;
  private static final int LOWER_OFFSET = 12;
  private static final int UPPER_OFFSET = 14;
  private static final int OVERFLOW_PAGES_OFFSET = 12;
  private static final int HEADER_BYTES = 16;
  private static final int NODE_BYTES = 8;
  private static final int NODE_BIG = 1;
  private static final int NODE_TREE = 2;
  private static final int TREE_BYTES = 48;
  private static final int TREE_ROOT_OFFSET = 40;
  private static final long EMPTY = -1;

  /** LMDB's own limit (CURSOR_STACK). */
  private static final int MAX_DEPTH = 32;

  private static final int MAX_PROBLEMS = 100;

  private final FileChannel channel;
  private final Meta meta;
  private final BitSet seen = new BitSet();
  private Consumer<String> problem = what -> {};
  private long problems;
  private boolean topOnly;

  PageWalk(FileChannel channel, Meta meta) {
    this.channel = channel;
    this.meta = meta;
  }

  /** Reports everything that is wrong with the trees' pages; true when nothing is. */
  boolean check(Consumer<String> report) throws IOException {
    problem = report;
    problems = 0;
    seen.clear();
    walk(meta.mainRoot(), "main tree", 0);
    walkFreeList();
    return problems == 0;
  }

  /** Whether every page that is in use lies within the file. */
  boolean isWhole() throws IOException {
    return check(what -> {});
  }

  /** Reports what is wrong with the first page of each tree: enough not to crash in an open. */
  boolean checkTop(Consumer<String> report) throws IOException {
    topOnly = true;
    return check(report);
  }

  private void report(String what) {
    if (problems++ < MAX_PROBLEMS) {
      problem.accept(what);
    }
  }

  private void walk(long root, String tree, int depth) throws IOException {
    if (root == EMPTY) {
      return;
    }
    ByteBuffer page = treePage(root, tree, depth);
    if (page == null) {
      return;
    }
    boolean isLeaf = (page.getShort(FLAGS_OFFSET) & LEAF) != 0;
    int count = (Short.toUnsignedInt(page.getShort(LOWER_OFFSET)) - HEADER_BYTES) / 2;
    for (int i = 0; i < count; i++) {
      int node = node(page, i, root, tree);
      if (node < 0) {
        continue;
      }
      if (isLeaf) {
        leafNode(page, node, root, tree);
      } else if (!topOnly) {
        long child = dataLength(page, node) | (long) flags(page, node) << 32;
        walk(child, tree, depth + 1);
      }
    }
  }

  /** A page of a tree, or null when it is none; each may be met once. */
  private @Nullable ByteBuffer treePage(long number, String tree, int depth) throws IOException {
    String place = "data.mdb page " + number + " of the " + tree;
    if (depth >= MAX_DEPTH) {
      report(place + ": the tree is deeper than " + MAX_DEPTH);
      return null;
    }
    if (!claim(number, 1, place)) {
      return null;
    }
    ByteBuffer page = DataFile.read(channel, number * meta.pageBytes(), meta.pageBytes());
    if (page == null) {
      report(place + ": the file ends before it");
      return null;
    }
    int kind = page.getShort(FLAGS_OFFSET) & KIND_MASK;
    int lower = Short.toUnsignedInt(page.getShort(LOWER_OFFSET));
    int upper = Short.toUnsignedInt(page.getShort(UPPER_OFFSET));
    if (page.getLong(0) != number) {
      report(place + ": it says it is page " + page.getLong(0));
      return null;
    }
    if (kind != BRANCH && kind != LEAF) {
      report(place + ": flags " + Integer.toHexString(kind) + ", expected a branch or a leaf");
      return null;
    }
    if (lower < HEADER_BYTES || lower > upper || upper > meta.pageBytes() || (lower & 1) != 0) {
      report(place + ": its bounds are " + lower + " and " + upper);
      return null;
    }
    if (lower == HEADER_BYTES) {
      report(place + ": it is empty");
      return null;
    }
    return page;
  }

  private boolean claim(long first, long pages, String place) {
    if (first < 2 || pages < 1 || first > meta.lastPage() || pages > meta.lastPage() - first + 1) {
      report(place + ": " + pages + " pages from " + first + ", the last is " + meta.lastPage());
      return false;
    }
    int from = Math.toIntExact(first);
    int to = Math.toIntExact(first + pages);
    int taken = seen.nextSetBit(from);
    if (taken >= 0 && taken < to) {
      report(place + ": page " + taken + " is in use elsewhere");
      return false;
    }
    seen.set(from, to);
    return true;
  }

  /** Offset of a node that lies within its page, or -1. */
  private int node(ByteBuffer page, int i, long number, String tree) {
    int at = Short.toUnsignedInt(page.getShort(HEADER_BYTES + 2 * i));
    int upper = Short.toUnsignedInt(page.getShort(UPPER_OFFSET));
    boolean fits = at >= upper && at + NODE_BYTES <= page.capacity();
    if (fits && at + NODE_BYTES + keyLength(page, at) <= page.capacity()) {
      return at;
    }
    report("data.mdb page " + number + " of the " + tree + ": node " + i + " is outside of it");
    return -1;
  }

  private void leafNode(ByteBuffer page, int node, long number, String tree) throws IOException {
    String place = "data.mdb page " + number + " of the " + tree + ": node at " + node;
    int data = node + NODE_BYTES + keyLength(page, node);
    long length = dataLength(page, node);
    int flags = flags(page, node);
    if ((flags & ~(NODE_BIG | NODE_TREE)) != 0) {
      report(place + ": flags " + Integer.toHexString(flags));
      return;
    }
    boolean isBig = (flags & NODE_BIG) != 0;
    long here = isBig ? Long.BYTES : length;
    if (here > page.capacity() - data) {
      report(place + ": " + here + " bytes are outside of it");
      return;
    }
    if (isBig && !topOnly) {
      overflow(page.getLong(data), length, place);
    } else if ((flags & NODE_TREE) != 0) {
      subTree(page, node, data, length, place);
    }
  }

  private void subTree(ByteBuffer page, int node, int data, long length, String place)
      throws IOException {
    if (length != TREE_BYTES) {
      report(place + ": a tree of " + length + " bytes, expected " + TREE_BYTES);
      return;
    }
    byte[] name = new byte[keyLength(page, node)];
    page.get(node + NODE_BYTES, name);
    String tree = new String(name, java.nio.charset.StandardCharsets.US_ASCII) + " table";
    walk(page.getLong(data + TREE_ROOT_OFFSET), tree, 0);
  }

  private void overflow(long first, long length, String place) throws IOException {
    long needed = (HEADER_BYTES + length + meta.pageBytes() - 1) / meta.pageBytes();
    if (!claim(first, needed, place)) {
      return;
    }
    ByteBuffer header = DataFile.read(channel, first * meta.pageBytes(), HEADER_BYTES);
    boolean ends = (first + needed) * meta.pageBytes() > channel.size();
    if (header == null || ends) {
      report(place + ": the file ends before page " + (first + needed - 1));
      return;
    }
    long pages = Integer.toUnsignedLong(header.getInt(OVERFLOW_PAGES_OFFSET));
    int kind = header.getShort(FLAGS_OFFSET) & KIND_MASK;
    if (header.getLong(0) != first || kind != OVERFLOW || pages < needed) {
      report(place + ": page " + first + " is no overflow page of " + needed);
    }
  }

  // The free list: a tree of its own, whose values are lists of page numbers.

  private void walkFreeList() throws IOException {
    walk(meta.freeRoot(), "free list", 0);
    if (topOnly || problems > 0) {
      return; // its lists are only read where everything that leads to them is sound
    }
    freePages(meta.freeRoot());
  }

  private void freePages(long root) throws IOException {
    if (root == EMPTY) {
      return;
    }
    ByteBuffer page = DataFile.read(channel, root * meta.pageBytes(), meta.pageBytes());
    if (page == null) {
      return; // reported by the walk
    }
    int count = (Short.toUnsignedInt(page.getShort(LOWER_OFFSET)) - HEADER_BYTES) / 2;
    boolean isLeaf = (page.getShort(FLAGS_OFFSET) & LEAF) != 0;
    for (int i = 0; i < count; i++) {
      int node = Short.toUnsignedInt(page.getShort(HEADER_BYTES + 2 * i));
      if (isLeaf) {
        freeList(page, node, root);
      } else {
        freePages(dataLength(page, node) | (long) flags(page, node) << 32);
      }
    }
  }

  private void freeList(ByteBuffer page, int node, long number) throws IOException {
    int length = (int) dataLength(page, node);
    int data = node + NODE_BYTES + keyLength(page, node);
    boolean isBig = (flags(page, node) & NODE_BIG) != 0;
    ByteBuffer list =
        isBig
            ? DataFile.read(channel, page.getLong(data) * meta.pageBytes() + HEADER_BYTES, length)
            : page.slice(data, length).order(page.order());
    String place = "data.mdb page " + number + " of the free list";
    if (list == null || length < Long.BYTES || list.getLong(0) != length / Long.BYTES - 1) {
      report(place + ": a list of " + length + " bytes");
      return;
    }
    for (int at = Long.BYTES; at < length; at += Long.BYTES) {
      long free = list.getLong(at);
      if (free < 2 || free > meta.lastPage() || seen.get(Math.toIntExact(free))) {
        report(place + ": page " + free + " is said to be free");
      }
    }
  }

  private static int keyLength(ByteBuffer page, int node) {
    return Short.toUnsignedInt(page.getShort(node + 6));
  }

  private static int flags(ByteBuffer page, int node) {
    return Short.toUnsignedInt(page.getShort(node + 4));
  }

  private static long dataLength(ByteBuffer page, int node) {
    return Integer.toUnsignedLong(page.getInt(node));
  }
}
