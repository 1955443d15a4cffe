package xf.merkle.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import xf.event.EventDescriptor;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.merkle.CheckReport;
import xf.merkle.Checkpoint;
import xf.merkle.MerkleIndex;
import xf.merkle.OpenPage;
import xf.merkle.PageBuilder;
import xf.merkle.PageDescriptor;
import xf.merkle.TreeHasher;
import xf.store.EventStore;
import xf.store.PageStore;
import xf.store.Progress;

/**
 * One run over all logs. Builds every page once more from the events alone and compares it with the
 * file byte for byte; compares every root with the checkpoint kept for it and verifies the
 * signature.
 */
public final class IndexCheck {
  private static final int PROGRESS_EVENTS = 16_384;

  private final EventStore store;
  private final PageStore pages;
  private final MerkleIndex index;
  private final Predicate<EventLog> isOurs;
  private final Consumer<String> problem;
  private final Consumer<Progress> progress;
  private final TreeHasher hasher = new TreeHasher();
  private final PageBuilder builder = new PageBuilder();
  private final byte[] event = new byte[EventDescriptor.MAX_EVENT_BYTES];
  private final byte[] leaf = new byte[Hash.LENGTH_BYTES];
  private final ByteBuffer expected =
      ByteBuffer.allocate(PageStore.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final Set<LogId> damagedPages = new HashSet<>();
  private final Map<EventLog, Long> sizes = new LinkedHashMap<>();

  private final List<UnsoundCheckpoint> unsoundCheckpoints = new ArrayList<>();

  private boolean isStoreSound;
  private long totalEvents;
  private long logCount;
  private long eventCount;
  private long pageCount;
  private long checkpointCount;
  private long problemCount;

  /**
   * A check of what these hold.
   *
   * @param isOurs whether a log's checkpoints are signed here, and so have all to be there
   */
  public IndexCheck(
      EventStore store,
      PageStore pages,
      MerkleIndex index,
      Predicate<EventLog> isOurs,
      Consumer<String> problem,
      Consumer<Progress> progress) {
    this.store = store;
    this.pages = pages;
    this.index = index;
    this.isOurs = isOurs;
    this.problem = problem;
    this.progress = progress;
  }

  /**
   * Checks the store itself first, or repairs it, and notes what is there: the rest is about that.
   */
  public void start(boolean repair) {
    isStoreSound =
        repair ? store.repair(this::report, progress) : store.check(this::report, done -> {});
    try {
      store.all().forEach(log -> sizes.put(log, log.size()));
    } catch (XfException e) {
      report(e.getMessage());
    }
  }

  /** Checks all that was there at the start; gives the logs whose pages are to be rebuilt. */
  public List<LogId> run() {
    totalEvents = store.stats().events();
    Set<LogId> known = new HashSet<>();
    for (Map.Entry<EventLog, Long> each : sizes.entrySet()) {
      EventLog log = each.getKey();
      known.add(log.id());
      try {
        checkLog(log, each.getValue());
      } catch (XfException e) {
        report("log " + log.id() + ": " + e.getMessage());
      }
    }
    if (isStoreSound) {
      checkStrays(known);
    }
    progress.accept(new Progress(totalEvents, totalEvents));
    return new ArrayList<>(damagedPages);
  }

  /** A checkpoint that is kept of somebody else's log and cannot be used. */
  public record UnsoundCheckpoint(LogId log, long size) {}

  /** Those that were found; whoever signed them can give them again. */
  public List<UnsoundCheckpoint> unsoundCheckpoints() {
    return List.copyOf(unsoundCheckpoints);
  }

  /** Things that were wrong so far. */
  public long problems() {
    return problemCount;
  }

  /** What was looked at and found. */
  public CheckReport report(long repaired) {
    return new CheckReport(
        logCount, eventCount, pageCount, checkpointCount, problemCount, repaired);
  }

  /** Reports something wrong. */
  public void report(String what) {
    problemCount++;
    problem.accept(what);
  }

  private void damaged(LogId log, String what) {
    damagedPages.add(log);
    report(what);
  }

  private void checkStrays(Set<LogId> known) {
    try {
      for (LogId log : pages.logs()) {
        if (!known.contains(log) && store.find(log).isEmpty()) {
          report("pages of log " + log.toHex() + ": there is no such log");
        }
      }
      // Headers and footers of logs whose pages are rebuilt anyway are reported once more: by file.
      pages.check(this::report, log -> markDamaged(known, log));
    } catch (XfException e) {
      report(e.getMessage());
    }
  }

  private void markDamaged(Set<LogId> known, LogId log) {
    if (known.contains(log)) {
      damagedPages.add(log); // a stranger's pages cannot be built here
    }
  }

  private void checkLog(EventLog log, long size) {
    logCount++;
    LogWalk walk = new LogWalk(log, size);
    if (size > 0) {
      log.scan(
          0,
          (each, position, view) -> {
            walk.add(view);
            return view.index() < size - 1;
          });
    }
    walk.finish();
  }

  /** One log, from its first event to its last. */
  private final class LogWalk {
    private final EventLog log;
    private final long size;
    private final long logTag;
    private final List<OpenPage> tiers = new ArrayList<>(List.of(new OpenPage(1)));
    private long nextPosition;

    LogWalk(EventLog log, long size) {
      this.log = log;
      this.size = size;
      this.logTag = PageDescriptor.logTag(log.id());
    }

    void add(EventView view) {
      OpenPage open = tiers.get(0);
      if (view.index() != open.size()) {
        report("log " + log.id() + ": event " + view.index() + ", expected " + open.size());
        return;
      }
      view.wrapChecked(view.buffer(), view.offset(), view.lengthBytes());
      view.buffer().get(view.offset(), event, 0, view.lengthBytes());
      hasher.leaf(event, 0, view.lengthBytes(), leaf, 0);
      long end = open.endOffset(open.count() - 1) + view.lengthBytes();
      open.addEvent(hasher, leaf, 0, end, view.hlc());
      if (++eventCount % PROGRESS_EVENTS == 0) {
        progress.accept(new Progress(eventCount, totalEvents));
      }
      if (open.isFull()) {
        seal();
      }
    }

    private void seal() {
      OpenPage full = tiers.get(0);
      checkCheckpoint(full.size(), full.root(hasher));
      for (int i = 1; ; i++) {
        comparePage(full);
        if (i == tiers.size()) {
          tiers.add(new OpenPage(i + 1));
        }
        OpenPage above = tiers.get(i);
        above.addPage(hasher, full);
        full.advance(hasher);
        if (!above.isFull()) {
          return;
        }
        full = above;
      }
    }

    private void comparePage(OpenPage full) {
      pageCount++;
      long position = nextPosition++;
      builder.seal(full, logTag, expected, 0);
      String place =
          "page " + position + " of log " + log.id() + " (" + pages.file(log.id(), position) + ")";
      try {
        if (position >= pages.pageCount(log.id())) {
          damaged(log.id(), place + ": missing");
          return;
        }
        int differs = pages.read(log.id(), position).mismatch(expected.clear());
        if (differs >= 0) {
          damaged(log.id(), place + ": differs from what its events give at byte " + differs);
        }
      } catch (XfException e) {
        damaged(log.id(), place + ": " + e.getMessage());
      }
    }

    private long pageCount() {
      try {
        return pages.pageCount(log.id());
      } catch (XfException e) {
        damaged(log.id(), "pages of log " + log.id() + ": " + e.getMessage());
        return 0;
      }
    }

    private void checkCheckpoint(long at, Hash root) {
      String place = "checkpoint of log " + log.id() + " at size " + at;
      try {
        Optional<Checkpoint> kept = index.checkpointAt(log.id(), at);
        if (kept.isPresent()) {
          check(kept.get(), root, place);
        } else if (isOurs.test(log) && at % PageDescriptor.LEAVES == 0) {
          damaged(log.id(), place + ": missing");
        }
      } catch (XfException e) {
        unsound(at, place + ": " + e.getMessage());
      }
    }

    private void check(Checkpoint kept, Hash root, String place) {
      checkpointCount++;
      if (kept.head().root().equals(root)) {
        kept.verify();
      } else {
        long at = kept.head().size();
        unsound(at, place + ": root " + kept.head().root() + ", its events give " + root);
      }
    }

    /** Ours is signed again with its page, if the ratchet agrees. */
    private void unsound(long at, String what) {
      unsoundCheckpoints.add(new UnsoundCheckpoint(log.id(), at));
      if (isOurs.test(log)) {
        damaged(log.id(), what);
      } else {
        report(what);
      }
    }

    void finish() {
      OpenPage open = tiers.get(0);
      if (open.size() != size) {
        report("log " + log.id() + ": " + open.size() + " events read of " + size);
      }
      if (open.count() > 0) {
        checkCheckpoint(open.size(), open.root(hasher));
      }
      long there = pageCount();
      if (there > nextPosition
          && log.size() / PageDescriptor.LEAVES == size / PageDescriptor.LEAVES) {
        damaged(
            log.id(),
            "pages of log "
                + log.id()
                + ": "
                + there
                + " in files, its events fill "
                + nextPosition);
      }
    }
  }
}
