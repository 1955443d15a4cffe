package xf.store.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.store.PageStore;
import xf.store.StoreException;

/** One log's run of pages. All methods hold this object's lock. */
final class LogPages {
  private final SegmentPageStore store;
  private final LogId log;
  private final Path folder;
  private long count = UNKNOWN;

  private static final long UNKNOWN = -1;

  LogPages(SegmentPageStore store, LogId log, Path folder) {
    this.store = store;
    this.log = log;
    this.folder = folder;
  }

  synchronized long count() {
    if (count == UNKNOWN) {
      long last = lastSegment();
      count = last < 0 ? 0 : last * SegmentDescriptor.CAPACITY_PAGES + segment(last).writtenPages();
    }
    return count;
  }

  /** Number of the last segment file, or -1. What else lies in the folder is not ours. */
  private long lastSegment() {
    long last = -1;
    for (Path file : files()) {
      last = Math.max(last, SegmentDescriptor.number(file.getFileName().toString()));
    }
    return last;
  }

  private List<Path> files() {
    List<Path> all = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return all;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      files.forEach(all::add);
    } catch (IOException | DirectoryIteratorException e) {
      throw new StoreException(ErrorCode.IO, folder + ": cannot be listed: " + e.getMessage(), e);
    }
    return all;
  }

  private Segment segment(long number) {
    return store.cached(
        log, number, () -> Segment.open(file(number), log, number, store.advice(), store.steps()));
  }

  Path file(long segment) {
    return folder.resolve(SegmentDescriptor.fileName(segment));
  }

  synchronized void write(long number, ByteBuffer page) {
    if (number < 0 || number > count()) {
      throw new StoreException(
          ErrorCode.OUT_OF_RANGE,
          "log " + log + ": page " + number + ", expected at most " + count());
    }
    if (page.remaining() != PageStore.PAGE_BYTES) {
      throw new IllegalArgumentException("page of " + page.remaining() + " bytes");
    }
    long segment = SegmentDescriptor.segment(number);
    boolean isNew = number == count() && number % SegmentDescriptor.CAPACITY_PAGES == 0;
    Segment into =
        isNew
            ? store.cached(
                log,
                segment,
                () -> Segment.create(file(segment), log, segment, store.advice(), store.steps()))
            : segment(segment);
    try {
      into.write(number, page, store.advice());
    } finally {
      store.wrote(into); // also when it failed half-way: the file is open
    }
    count = Math.max(count, number + 1);
  }

  synchronized void seal(long segment, long size, Hash root) {
    Segment full = segment(segment);
    try {
      full.writeFooter(size, root);
    } finally {
      store.wrote(full);
    }
  }

  /** Pages from this one on could not be made durable: they count as not there. */
  synchronized void distrust(long page) {
    count = Math.min(count(), page);
  }

  synchronized ByteBuffer read(long number) {
    if (number < 0 || number >= count()) {
      throw new StoreException(
          ErrorCode.OUT_OF_RANGE,
          "log " + log + ": page " + number + ", expected 0 to " + (count() - 1));
    }
    return segment(SegmentDescriptor.segment(number)).page(number);
  }

  /** Removes all segments; the folder too, unless something foreign is in it. */
  synchronized void delete() {
    store.forget(log);
    count = 0;
    boolean isForeign = false;
    try {
      for (Path file : files()) {
        String name = file.getFileName().toString();
        boolean isOurs = SegmentDescriptor.number(name) >= 0 || isUnnamed(name);
        isForeign |= !isOurs;
        if (isOurs) {
          Files.deleteIfExists(file);
        }
      }
      if (!isForeign) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      count = UNKNOWN;
      throw new StoreException(ErrorCode.IO, folder + ": cannot be removed: " + e.getMessage(), e);
    }
  }

  /** A segment that a crash kept from getting its name. */
  private static boolean isUnnamed(String name) {
    return name.endsWith(".seg.new");
  }

  synchronized boolean check(Consumer<String> problem, Consumer<LogId> damaged) {
    boolean sound = true;
    long last = -1;
    for (Path file : files()) {
      String name = file.getFileName().toString();
      long number = SegmentDescriptor.number(name);
      last = Math.max(last, number);
      if (number < 0 && !isUnnamed(name)) {
        problem.accept(file + ": is no segment; remove it");
        sound = false;
      }
    }
    for (long number = 0; number <= last; number++) {
      try {
        Segment segment = segment(number);
        segment.checkHeader();
        if (number < last || segment.writtenPages() == SegmentDescriptor.CAPACITY_PAGES) {
          segment.checkFooter();
        }
      } catch (StoreException e) {
        problem.accept(e.getMessage());
        damaged.accept(log);
        sound = false;
      }
    }
    return sound;
  }
}
