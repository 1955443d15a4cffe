package xf.store.lmdb;

import static xf.store.lmdb.StoreLog.LOG;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.LmdbException;
import xf.event.CommitListener;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.EventVisitor;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Subscription;
import xf.store.EventPlace;
import xf.store.EventStore;
import xf.store.Progress;
import xf.store.Stage;
import xf.store.StoreException;
import xf.store.StoreStats;
import xf.store.lmdb.Appender.AppendRequest;
import xf.store.lmdb.Appender.TableRequest;
import xf.store.lmdb.StoredLog.Tail;

/**
 * The event store on LMDB. Writes go to the {@link Appender}; reads run on the caller's thread,
 * each in a transaction of its own from the {@link ReaderPool}.
 */
public class LmdbEventStore implements EventStore, AutoCloseable {
  private static final int MAX_LMDB_READERS = 2 * ReaderPool.MAX_READERS;

  /**
   * A scan gives its transaction back after so many events, so that it never pins old pages long.
   */
  private static final int SCAN_EVENTS = 4096;

  static final long MIN_MAP_BYTES = 1L << 20;
  private static final long MAX_MAP_BYTES = 1L << 45;

  /** Address space is free where pages are not touched: room for years before the first growth. */
  private static final long DEFAULT_MAP_BYTES = 64L << 30;

  private static final long GATE_ATTEMPT_MS = 5;
  private static final int GATE_ATTEMPTS = 6000;
  private static final long CLOSE_TIMEOUT_MS = 30_000;
  private static final int PAGE_CHECK_ATTEMPTS = 1000;

  private final Path folder;
  private final FolderLock lock;
  private final NativeMemory memory = new NativeMemory();
  private final Env<Slice> env;
  private final Tables tables;
  private final ReaderPool readers;
  private final LogRegistry logs;
  private final RunCache runCache = new RunCache(Runtime.getRuntime().maxMemory());
  private final Counters counters = new Counters();
  private final CommitPath commitPath;
  private final Appender appender;
  private final IdIndex ids;
  private final CopyOnWriteArrayList<CommitListener> listeners = new CopyOnWriteArrayList<>();
  private volatile long endPosition;
  private volatile long mapBytes;
  private volatile boolean closed;
  private volatile boolean mapLost;

  /**
   * Opens the store in a folder, making it when it is new.
   *
   * @param mapBytes first size of the memory map; it doubles by itself when it is full
   * @param clockMillis wall clock for events without a time of their own
   */
  @SuppressWarnings("this-escape") // the parts that get it keep it, and start last
  public LmdbEventStore(Path folder, long mapBytes, LongSupplier clockMillis) {
    this(folder, mapBytes, clockMillis, DurableSteps.NONE);
  }

  @SuppressWarnings("this-escape") // as above
  LmdbEventStore(Path folder, long mapBytes, LongSupplier clockMillis, DurableSteps steps) {
    checkMapBytes(mapBytes);
    this.folder = folder;
    this.lock = FolderLock.take(folder);
    this.mapBytes = Math.max(mapBytes, fileBytes());
    Env<Slice> opened = null;
    try {
      new DataFile(folder).check();
      opened = NativeLibrary.with(folder, this::openEnv);
      this.env = opened;
      this.tables = new Tables(env);
      this.readers = new ReaderPool(() -> new Reader(env, tables, memory));
      this.logs = new LogRegistry(this, tables);
      this.commitPath = new CommitPath(this, env, tables, memory, logs, clockMillis, steps);
      this.appender = new Appender(commitPath, "xf-store-appender");
      this.ids = new IdIndex(this, tables);
      recover();
    } catch (LmdbException e) {
      abandon(opened);
      throw Reader.unreadable(e);
    } catch (RuntimeException | Error e) {
      abandon(opened);
      throw e;
    }
    appender.start();
  }

  private void abandon(@Nullable Env<Slice> opened) {
    if (opened != null) {
      opened.close();
    }
    lock.close();
  }

  /** Opens the store in a folder with the settings that are there without any configuration. */
  public static LmdbEventStore open(Path folder) {
    return new LmdbEventStore(folder, DEFAULT_MAP_BYTES, System::currentTimeMillis);
  }

  private static void checkMapBytes(long mapBytes) {
    if (mapBytes < MIN_MAP_BYTES || mapBytes > MAX_MAP_BYTES) {
      throw new StoreException(
          ErrorCode.BAD_CONFIGURATION,
          "mapBytes " + mapBytes + ": expected " + MIN_MAP_BYTES + " to " + MAX_MAP_BYTES);
    }
  }

  private Env<Slice> openEnv() {
    try {
      return Env.create(new SliceProxy(memory))
          .setMapSize(mapBytes)
          .setMaxDbs(Tables.COUNT)
          .setMaxReaders(MAX_LMDB_READERS)
          .open(folder.toFile(), EnvFlags.MDB_NOTLS);
    } catch (LmdbException e) {
      throw new StoreException(
          ErrorCode.IO, folder + ": LMDB cannot open it: " + e.getMessage(), e);
    } catch (LinkageError e) {
      // Unpacking the library failed, most often for want of space; it is not tried twice.
      throw new StoreException(
          ErrorCode.IO,
          folder + ": LMDB's library cannot be loaded (" + e + "); start this program again",
          e);
    }
  }

  private void recover() {
    checkVersion();
    Reader reader = readers.acquire();
    try {
      Recovery.Found found = new Recovery(tables, logs).recover(reader);
      commitPath.open(found);
      counters.open(found.events());
      endPosition = ChunkDescriptor.position(found.nextChunk(), 0);
      if (found.replayedEvents() > 0) {
        LOG.info("{}: replayed {} events behind the heads", folder, found.replayedEvents());
      }
    } finally {
      readers.release(reader);
    }
  }

  private void checkVersion() {
    Reader reader = readers.acquire();
    byte[] record;
    try {
      reader.key().put(Recovery.VERSION_KEY);
      record = reader.get(tables.meta);
    } finally {
      readers.release(reader);
    }
    if (record == null) {
      commitPath.writeVersion();
      return;
    }
    int version = version(record);
    if (version != Tables.FORMAT_VERSION) {
      throw new StoreException(
          ErrorCode.BAD_FORMAT,
          folder + ": store format " + version + ", expected " + Tables.FORMAT_VERSION);
    }
  }

  private int version(byte[] record) {
    try {
      return SealedRecord.open(record, "meta table, version", Integer.BYTES).getInt();
    } catch (StoreException e) {
      LOG.warn("{}: {}; its chunks say it themselves", folder, e.getMessage());
      return Tables.FORMAT_VERSION;
    }
  }

  /** Commits what is queued, waits for reads under way, closes. A second call does nothing. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    appender.close();
    if (!mapLost && !readers.shutGate(CLOSE_TIMEOUT_MS)) {
      // Closing under an open transaction would take the whole process down.
      LOG.error("{}: reads still run after {} ms, LMDB stays open", folder, CLOSE_TIMEOUT_MS);
      return;
    }
    writeHeads();
    readers.close();
    env.close();
    lock.close();
  }

  private void writeHeads() {
    if (appender.hasDied() || mapLost) {
      return; // what it has in memory may not be what is stored
    }
    try {
      commitPath.writeAllHeads();
    } catch (LmdbException | StoreException e) {
      LOG.warn("{}: heads not written, the next open replays them: {}", folder, e.toString());
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException(ErrorCode.UNAVAILABLE, folder + ": the store is closed");
    }
  }

  // Logs.

  @Override
  public EventLog open(LogName name) {
    checkOpen();
    return logs.open(name, readers::acquire, readers::release);
  }

  @Override
  public Optional<EventLog> find(LogId id) {
    return Optional.ofNullable(reading(reader -> logs.find(reader, id)))
        .filter(log -> log.size() > 0)
        .map(log -> log);
  }

  @Override
  public List<EventLog> all() {
    return reading(logs::all);
  }

  /** Runs something in a read transaction. */
  <T extends @Nullable Object> T reading(Function<Reader, T> body) {
    checkOpen();
    Reader reader = readers.acquire();
    try {
      return body.apply(reader);
    } finally {
      readers.release(reader);
    }
  }

  // Writing.

  @Override
  public CompletableFuture<EventBatch> append(EventBatch batch, Durability durability) {
    CompletableFuture<EventBatch> answer = new CompletableFuture<>();
    appender.submit(new AppendRequest(batch, durability, answer));
    return answer;
  }

  /** Waits for an answer of the appender's, unless this is its own thread. */
  <T> T await(CompletableFuture<T> answer) {
    return appender.await(answer);
  }

  /** Queues a change of the small tables; {@code committed} runs on the appender's thread. */
  CompletableFuture<Void> change(Consumer<WriteTransaction> change, Runnable committed) {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    appender.submit(new TableRequest(change, committed, answer));
    return answer;
  }

  @Override
  public void freeze(LogId log, String reason) {
    if (reading(reader -> logs.frozen(reader, log)) != null) {
      return;
    }
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    await(
        change(
            txn -> {
              log.putTo(txn.key());
              txn.put(
                  tables.frozen, SealedRecord.seal(SealedRecord.allocate(text.length).put(text)));
            },
            () -> logs.freeze(log, reason)));
  }

  @Override
  public Stage stage(String name) {
    checkOpen();
    return new LmdbStage(this, tables, name);
  }

  @Override
  public Subscription onCommit(CommitListener listener) {
    listeners.add(0, listener);
    return () -> listeners.remove(listener);
  }

  /**
   * Called by the appender after a commit. Who came last is told first: delivery and sync stand on
   * the index, which needs no haste.
   */
  void moveEnd(long position) {
    endPosition = position;
    for (CommitListener listener : listeners) {
      try {
        listener.committed(position);
      } catch (RuntimeException e) {
        LOG.warn("a commit listener failed: {}", e.toString(), e);
      }
    }
  }

  @Override
  public long endPosition() {
    return endPosition;
  }

  /** On the appender's thread, with no transaction open: doubles the map. */
  void growMap() {
    long grown = mapBytes * 2;
    if (grown > MAX_MAP_BYTES) {
      throw new StoreException(
          ErrorCode.TOO_LARGE, folder + ": the map has reached " + mapBytes + " bytes");
    }
    for (int attempt = 0; attempt < GATE_ATTEMPTS; attempt++) {
      // In short attempts: a reader that needs a second transaction must get through between them.
      if (readers.shutGate(GATE_ATTEMPT_MS)) {
        moveMap(grown);
        LOG.info("{}: map grown to {} MiB", folder, grown >> 20);
        return;
      }
      readers.letWaitersIn();
    }
    throw new StoreException(
        ErrorCode.IN_USE,
        folder + ": the map is full and a read that does not end keeps it from growing");
  }

  private void moveMap(long grown) {
    try {
      env.setMapSize(grown);
    } catch (LmdbException e) {
      // The old map is gone and there is no new one: whoever touched it would crash the process.
      mapLost = true;
      readers.breakDown();
      throw new StoreException(
          ErrorCode.IO, folder + ": cannot be mapped with " + grown + " bytes; open it again", e);
    }
    mapBytes = grown;
    readers.openGate();
  }

  /** Before a write transaction. */
  void checkMap() {
    if (mapLost) {
      throw new StoreException(
          ErrorCode.UNAVAILABLE, folder + ": its map could not grow; close it and open it again");
    }
  }

  // Reading.

  <T> T read(StoredLog log, long index, Function<EventView, T> body) {
    checkOpen();
    log.checkIndex(index);
    Tail tail = tail(log);
    Reader reader = readers.acquire();
    try {
      return body.apply(eventAt(reader, log, index, locate(reader, log, tail, index)));
    } finally {
      readers.release(reader);
    }
  }

  long scanLog(StoredLog log, long fromIndex, EventVisitor visitor) {
    long index = Math.max(0, fromIndex);
    while (true) {
      checkOpen();
      long end = Math.min(log.size(), index + SCAN_EVENTS);
      if (index >= end) {
        return index;
      }
      Tail tail = tail(log);
      Reader reader = readers.acquire();
      try {
        while (index < end) {
          long position = locate(reader, log, tail, index);
          EventView event = eventAt(reader, log, index, position);
          index++;
          if (!visitor.visit(log, position, event)) {
            return index;
          }
        }
      } finally {
        readers.release(reader);
      }
    }
  }

  @Override
  public long scan(long fromPosition, int limit, EventVisitor visitor) {
    checkOpen();
    Reader reader = readers.acquire();
    try {
      return new ArrivalScan(reader, logs, visitor).run(fromPosition, limit);
    } finally {
      readers.release(reader);
    }
  }

  private Tail tail(StoredLog log) {
    Tail tail = log.tail();
    return tail == null ? restoreTail(log) : tail;
  }

  private Tail restoreTail(StoredLog log) {
    Reader reader = readers.acquire();
    try {
      return restoreTail(reader, log);
    } finally {
      readers.release(reader);
    }
  }

  /** On the appender's thread, which a crowd of readers must not stop. */
  void restoreTailForAppend(StoredLog log) {
    if (log.tail() == null) {
      Reader reader = readers.acquireReserved();
      try {
        restoreTail(reader, log);
      } finally {
        readers.release(reader);
      }
    }
  }

  /** Finds a log's open end again: back from its last event, at most 255 steps. */
  private static Tail restoreTail(Reader reader, StoredLog log) {
    long size = log.size();
    long position = log.lastPosition();
    Tail known = log.tail();
    if (known != null) {
      return known; // else nothing was published yet, and size and position belong together
    }
    int events = (int) (size & (Run.EVENTS - 1));
    long[] positions = new long[events];
    for (int i = events - 1; i >= 0; i--) {
      positions[i] = position;
      eventAt(reader, log, size - events + i, position);
      position = reader.previousPosition(ChunkDescriptor.offset(position));
    }
    return log.restoreTail(new Tail(size - events, positions));
  }

  private long locate(Reader reader, StoredLog log, Tail tail, long index) {
    if (index >= tail.start()) {
      return tail.positions()[(int) (index - tail.start())];
    }
    long number = index >>> Run.SHIFT;
    Run run = runCache.get(log.number(), number);
    if (run == null) {
      run = readRun(reader, log, number);
      runCache.put(log.number(), number, run);
    }
    return run.position((int) (index & (Run.EVENTS - 1)));
  }

  private Run readRun(Reader reader, StoredLog log, long number) {
    String what = "runs table, log " + log.id() + ", run " + number;
    reader.key().putInt(log.number()).putInt((int) number);
    byte[] record = reader.get(tables.runs);
    if (record == null) {
      throw new StoreException(ErrorCode.NOT_VERIFIED, what + ": missing; run xf:check");
    }
    return Run.decode(record, what);
  }

  private static EventView eventAt(Reader reader, StoredLog log, long index, long position) {
    int offset = ChunkDescriptor.offset(position);
    if (reader.atChunk(ChunkDescriptor.chunk(position))) {
      EventView event = reader.event(offset);
      if (event.index() == index && reader.logNumber(offset) == log.number()) {
        return event;
      }
    }
    throw new StoreException(
        ErrorCode.NOT_VERIFIED,
        "log "
            + log.id()
            + ": event "
            + index
            + " is not at its position "
            + position
            + "; run xf:check");
  }

  @Override
  public Optional<EventPlace> findById(Hash eventId) {
    return ids.find(eventId);
  }

  // What is there.

  @Override
  public boolean check(Consumer<String> problem, Consumer<Progress> progress) {
    if (!checkPages(problem)) {
      return false; // LMDB would follow the damage, and could take the process with it
    }
    long end = endPosition;
    return reading(reader -> new StoreCheck(tables, logs, problem).run(reader, end, progress));
  }

  @Override
  public boolean repair(Consumer<String> problem, Consumer<Progress> progress) {
    if (!checkPages(problem)) {
      return false;
    }
    return new Repair(this, env, tables, memory, logs, readers).run(problem, progress);
  }

  /** On the appender's thread: the tables are new, and so is what was read from the old ones. */
  void repaired(Recovery.Found found) {
    runCache.clear();
    counters.open(found.events());
    commitPath.open(found);
  }

  /** LMDB's own pages, as of one snapshot that is also the newest: or again, a moment later. */
  private boolean checkPages(Consumer<String> problem) {
    DataFile file = new DataFile(folder);
    for (int attempt = 0; attempt < PAGE_CHECK_ATTEMPTS; attempt++) {
      Boolean sound = reading(reader -> file.checkPages(reader.transaction(), problem));
      if (sound != null) {
        return sound;
      }
    }
    LOG.info("{}: commits come too fast for a check of LMDB's own pages", folder);
    return true;
  }

  @Override
  public StoreStats stats() {
    long used = reading(reader -> (env.info().lastPageNumber + 1) * env.stat().pageSize);
    return new StoreStats(
        counters.events(),
        logs.count(),
        counters.commits(),
        counters.fsyncs(),
        counters.appended(),
        mapBytes,
        used,
        fileBytes(),
        "zero-copy windows over the map, no JVM flags");
  }

  Counters counters() {
    return counters;
  }

  LogRegistry logs() {
    return logs;
  }

  @Override
  public Path folder() {
    return folder;
  }

  private long fileBytes() {
    Path file = folder.resolve(DataFile.NAME);
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new StoreException(ErrorCode.IO, file + ": " + e.getMessage(), e);
    }
  }
}
