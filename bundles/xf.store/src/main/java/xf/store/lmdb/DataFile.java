package xf.store.lmdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.store.StoreException;

/**
 * LMDB's data file, looked at before LMDB maps it. LMDB believes its pages: a file that was cut off
 * ends the process with a bus error at the first page that is gone, a foreign one may do anything.
 *
 * <p>The two meta pages and the roots they lead to are read here ({@code MDB_meta}, {@code MDB_db}
 * of LMDB's data format 1, which has been the same since 2011): 64-bit, in this machine's byte
 * order.
 */
final class DataFile {
  static final String NAME = "data.mdb";

  private static final int META_PAGES = 2;
  private static final int META_BYTES = 152;
  private static final int MAGIC = 0xBEEFC0DE;
  private static final int DATA_VERSION = 1;
  private static final int FLAG_META = 8;

  private static final int PAGE_FLAGS_OFFSET = 10;
  private static final int PAGE_HEADER_BYTES = 16;
  private static final int VERSION_OFFSET = PAGE_HEADER_BYTES + 4;
  private static final int PAGE_SIZE_OFFSET = PAGE_HEADER_BYTES + 24;
  private static final int FREE_ROOT_OFFSET = PAGE_SIZE_OFFSET + 40;
  private static final int MAIN_ROOT_OFFSET = FREE_ROOT_OFFSET + 48;
  private static final int LAST_PAGE_OFFSET = MAIN_ROOT_OFFSET + 8;
  private static final int TRANSACTION_OFFSET = LAST_PAGE_OFFSET + 8;

  private final Path file;

  /** What a meta page says; roots are -1 where a tree is empty. */
  record Meta(int pageBytes, long freeRoot, long mainRoot, long lastPage, long transaction) {}

  DataFile(Path folder) {
    this.file = folder.resolve(NAME);
  }

  /** Refuses a file that LMDB must not map; one that is not there, or empty, is new. */
  void check() {
    if (!Files.exists(file)) {
      return;
    }
    if (!Files.isRegularFile(file)) {
      throw refused("is no file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() > 0) {
        check(channel);
      }
    } catch (IOException e) {
      throw new StoreException(ErrorCode.IO, file + ": cannot be read (" + e + ")", e);
    }
  }

  private void check(FileChannel channel) throws IOException {
    Meta first = meta(read(channel, 0, META_BYTES));
    if (first == null) {
      throw refused("does not start with a meta page of LMDB");
    }
    Meta second = meta(read(channel, first.pageBytes, META_BYTES));
    if (second == null || second.pageBytes != first.pageBytes) {
      throw refused("its second meta page is damaged");
    }
    Meta newer = second.transaction > first.transaction ? second : first;
    if (newer.lastPage < META_PAGES - 1 || newer.lastPage >= Long.MAX_VALUE / newer.pageBytes) {
      throw refused("its last page is said to be " + newer.lastPage);
    }
    long needed = (newer.lastPage + 1) * newer.pageBytes;
    if (channel.size() < needed && !new PageWalk(channel, newer).isWhole()) {
      throw refused("has " + channel.size() + " bytes, its pages need " + needed);
    }
    List<String> problems = new ArrayList<>();
    if (!new PageWalk(channel, newer).checkTop(problems::add)) {
      throw refused(problems.get(0));
    }
  }

  /** Walks all pages of what the file holds newest; null when that is not {@code transaction}. */
  @Nullable Boolean checkPages(long transaction, Consumer<String> problem) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      Meta newest = newest(channel);
      return newest.transaction == transaction
          ? Boolean.valueOf(new PageWalk(channel, newest).check(problem))
          : null;
    } catch (IOException e) {
      throw new StoreException(ErrorCode.IO, file + ": cannot be read (" + e + ")", e);
    }
  }

  private static @Nullable Meta meta(@Nullable ByteBuffer page) {
    if (page == null
        || (page.getShort(PAGE_FLAGS_OFFSET) & FLAG_META) == 0
        || page.getInt(PAGE_HEADER_BYTES) != MAGIC
        || page.getInt(VERSION_OFFSET) != DATA_VERSION) {
      return null;
    }
    int pageBytes = page.getInt(PAGE_SIZE_OFFSET);
    boolean sound = pageBytes >= 512 && pageBytes <= 65_536 && Integer.bitCount(pageBytes) == 1;
    return sound
        ? new Meta(
            pageBytes,
            page.getLong(FREE_ROOT_OFFSET),
            page.getLong(MAIN_ROOT_OFFSET),
            page.getLong(LAST_PAGE_OFFSET),
            page.getLong(TRANSACTION_OFFSET))
        : null;
  }

  private static Meta newest(FileChannel channel) throws IOException {
    Meta first = meta(read(channel, 0, META_BYTES));
    Meta second = first == null ? null : meta(read(channel, first.pageBytes, META_BYTES));
    if (first == null || second == null) {
      throw new IOException("a meta page is damaged");
    }
    return second.transaction > first.transaction ? second : first;
  }

  /** Bytes of the file, or null when it ends before them. */
  static @Nullable ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        return null;
      }
    }
    return bytes;
  }

  private StoreException refused(String why) {
    return new StoreException(
        ErrorCode.NOT_VERIFIED,
        file + ": " + why + "; it is cut off or damaged: restore it from a backup");
  }
}
