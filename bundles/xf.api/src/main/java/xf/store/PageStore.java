package xf.store;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;
import xf.event.Hash;
import xf.event.LogId;

/**
 * Append-only runs of 16 KiB pages, one run per log, in memory-mapped segments ({@code
 * docs/format.md}, Segment). It knows nothing of what is in a page but its marker and its number; a
 * page lost or damaged is the index's to build again. Safe for use by any thread; pages of one log
 * are appended by one thread at a time.
 */
@ProviderType
public interface PageStore {
  /** Size of every page, in bytes. */
  int PAGE_BYTES = 16_384;

  /** Pages in the log's run; 0 when it has no file. */
  long pageCount(LogId log);

  /**
   * Writes the 16,384 bytes at {@code page}'s position as page {@code number}, which must be at
   * most {@link #pageCount}: the next one, or one to be replaced. Durable after {@link #force}.
   */
  void write(LogId log, long number, ByteBuffer page);

  /**
   * A read-only little-endian view of a page. It stays readable as long as it is referenced.
   *
   * @throws StoreException {@link xf.event.ErrorCode#OUT_OF_RANGE} when there is no such page
   */
  ByteBuffer read(LogId log, long number);

  /** Pages that a segment holds. */
  int pagesPerSegment();

  /**
   * Closes the segment that {@code lastPage} fills: notes the log's size and root at its end.
   * Durable after {@link #force}.
   */
  void sealSegment(LogId log, long lastPage, long size, Hash root);

  /** Makes every page written so far durable. */
  void force();

  /** Logs that have a run of pages. */
  List<LogId> logs();

  /** Removes a log's pages, to have them built again. */
  void delete(LogId log);

  /**
   * Reads every header and footer; reports each thing that is wrong, naming file and field; true
   * when nothing was. Files that are not the store's own are reported and left alone.
   *
   * @param damaged is told of logs whose pages have to be built again
   */
  boolean check(Consumer<String> problem, Consumer<LogId> damaged);

  /** The same for who only wants to know. */
  default boolean check(Consumer<String> problem) {
    return check(problem, log -> {});
  }

  /** The file that holds a page, for messages. */
  Path file(LogId log, long number);

  /** Counters and sizes. */
  PageStats stats();
}
