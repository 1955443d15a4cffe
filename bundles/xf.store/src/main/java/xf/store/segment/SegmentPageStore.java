package xf.store.segment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.store.PageStats;
import xf.store.PageStore;
import xf.store.StoreException;

/**
 * The page runs of all logs below one folder. Keeps a bounded number of segments mapped, the least
 * recently used go first; keeps a bounded number of descriptors open, and forces files when there
 * are more.
 */
public class SegmentPageStore implements PageStore, AutoCloseable {
  private static final int MAX_MAPPED = 192;
  private static final int MAX_DIRTY = 64;

  private final Path folder;
  private final DurableSteps steps;
  private final MemoryAdvice advice;
  private final ConcurrentHashMap<LogId, LogPages> runs = new ConcurrentHashMap<>();
  private final Map<Key, Segment> mapped = new LinkedHashMap<>(64, 0.75f, true);
  private final Set<Segment> dirty = new LinkedHashSet<>();
  private long pagesWritten;
  private long forces;

  private record Key(LogId log, long segment) {}

  /** Opens the page store in a folder, making it when it is new. */
  public SegmentPageStore(Path folder) {
    this(folder, false);
  }

  /**
   * The same.
   *
   * @param lockPages whether pages stay in memory once they are written, as far as the process may
   */
  public SegmentPageStore(Path folder, boolean lockPages) {
    this(folder, lockPages, DurableSteps.NONE);
  }

  SegmentPageStore(Path folder, DurableSteps steps) {
    this(folder, false, steps);
  }

  private SegmentPageStore(Path folder, boolean lockPages, DurableSteps steps) {
    this.advice = MemoryAdvice.ofPlatform(lockPages);
    this.steps = steps;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new StoreException(
          ErrorCode.IO, folder + ": cannot be made (" + e + "); check its permissions", e);
    }
    this.folder = folder;
  }

  /** Forces what is not durable yet. */
  @Override
  public void close() {
    force();
  }

  private LogPages run(LogId log) {
    return runs.computeIfAbsent(log, id -> new LogPages(this, id, folder.resolve(id.toHex())));
  }

  @Override
  public long pageCount(LogId log) {
    return run(log).count();
  }

  @Override
  public void write(LogId log, long number, ByteBuffer page) {
    run(log).write(number, page);
  }

  @Override
  public void sealSegment(LogId log, long lastPage, long size, Hash root) {
    if ((lastPage + 1) % SegmentDescriptor.CAPACITY_PAGES != 0) {
      throw new IllegalArgumentException("page " + lastPage + " does not end a segment");
    }
    run(log).seal(SegmentDescriptor.segment(lastPage), size, root);
  }

  @Override
  public ByteBuffer read(LogId log, long number) {
    return run(log).read(number).asReadOnlyBuffer().order(java.nio.ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void force() {
    List<Segment> written;
    synchronized (this) {
      written = new ArrayList<>(dirty);
      dirty.clear();
    }
    StoreException failure = null;
    for (Segment segment : written) { // not under our lock: readers go on meanwhile
      try {
        force(segment);
      } catch (StoreException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void force(Segment segment) {
    try {
      segment.force();
    } catch (StoreException e) {
      run(segment.log()).distrust(segment.giveUpFrom());
      throw e;
    }
    synchronized (this) {
      forces++;
    }
  }

  @Override
  public int pagesPerSegment() {
    return SegmentDescriptor.CAPACITY_PAGES;
  }

  @Override
  public List<LogId> logs() {
    List<LogId> logs = new ArrayList<>();
    for (Path each : entries()) {
      log(each).ifPresent(logs::add);
    }
    return logs;
  }

  private List<Path> entries() {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      entries.forEach(all::add);
    } catch (IOException | DirectoryIteratorException e) {
      throw new StoreException(ErrorCode.IO, folder + ": cannot be listed: " + e.getMessage(), e);
    }
    return all;
  }

  /** The log whose folder this is; nothing for what somebody else left here. */
  private static Optional<LogId> log(Path entry) {
    try {
      LogId log = LogId.ofHex(entry.getFileName().toString());
      boolean isFolder = log.toHex().equals(entry.getFileName().toString());
      return isFolder && Files.isDirectory(entry) ? Optional.of(log) : Optional.empty();
    } catch (IllegalArgumentException | XfException e) {
      return Optional.empty();
    }
  }

  @Override
  public void delete(LogId log) {
    run(log).delete();
  }

  @Override
  public boolean check(Consumer<String> problem, Consumer<LogId> damaged) {
    boolean sound = true;
    for (Path entry : entries()) {
      Optional<LogId> log = log(entry);
      if (log.isPresent()) {
        sound &= run(log.get()).check(problem, damaged);
      } else {
        problem.accept(entry + ": is no log's folder; remove it");
        sound = false;
      }
    }
    return sound;
  }

  @Override
  public Path file(LogId log, long number) {
    return run(log).file(SegmentDescriptor.segment(number));
  }

  @Override
  public PageStats stats() {
    long bytes = diskBytes();
    synchronized (this) {
      return new PageStats(mapped.size(), pagesWritten, forces, bytes, advice.inUse());
    }
  }

  private long diskBytes() {
    try (Stream<Path> files = Files.walk(folder)) {
      // Written pages, not file lengths: the files are sparse.
      return logs().stream().mapToLong(this::countOrNone).sum() * PAGE_BYTES
          + files.filter(Files::isRegularFile).count() * PAGE_BYTES;
    } catch (IOException | UncheckedIOException e) {
      throw new StoreException(ErrorCode.IO, folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  private long countOrNone(LogId log) {
    try {
      return run(log).count();
    } catch (StoreException e) {
      return 0; // damaged; a check says so
    }
  }

  MemoryAdvice advice() {
    return advice;
  }

  DurableSteps steps() {
    return steps;
  }

  // Called by LogPages, which hold their own lock first, ours second.

  synchronized Segment cached(LogId log, long segment, Supplier<Segment> open) {
    Key key = new Key(log, segment);
    Segment known = mapped.get(key);
    if (known == null) {
      known = open.get();
      mapped.put(key, known);
      evict();
    }
    return known;
  }

  private void evict() {
    Iterator<Segment> oldest = mapped.values().iterator();
    while (mapped.size() > MAX_MAPPED && oldest.hasNext()) {
      if (!oldest.next().isDirty()) {
        oldest.remove(); // unmapped when nobody refers to it any more
      }
    }
  }

  synchronized void wrote(Segment segment) {
    pagesWritten++;
    dirty.add(segment);
    if (dirty.size() > MAX_DIRTY) {
      forceOldest();
    }
  }

  /** Bounds the open descriptors; one that fails stays, for {@link #force()} to say so. */
  private void forceOldest() {
    Segment oldest = dirty.iterator().next();
    oldest.force();
    dirty.remove(oldest);
    forces++;
  }

  synchronized void forget(LogId log) {
    mapped.keySet().removeIf(key -> key.log().equals(log));
    for (Iterator<Segment> each = dirty.iterator(); each.hasNext(); ) {
      Segment segment = each.next();
      if (segment.log().equals(log)) {
        segment.discard();
        each.remove();
      }
    }
  }
}
