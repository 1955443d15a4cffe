package xf.store.lmdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbException;
import org.lmdbjava.LmdbNativeException;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventDescriptor;
import xf.event.EventDraft;
import xf.event.Hlc;
import xf.event.XfException;
import xf.store.StoreException;
import xf.store.lmdb.Appender.TableRequest;
import xf.store.lmdb.DurableSteps.Step;

/**
 * What happens to a group on the appender's thread, from its sequence to its publication. See
 * {@link Appender} for the order and what a crash leaves.
 */
final class CommitPath implements Appender.Store {
  static final long MAX_BATCH_BYTES = 32L << 20;

  /** Heads are written again when this many events came since: what an open has to replay. */
  static final int REPLAY_EVENTS = 8192;

  private final LmdbEventStore store;
  private final Env<Slice> env;
  private final Tables tables;
  private final NativeMemory memory;
  private final LogRegistry logs;
  private final LongSupplier clockMillis;
  private final DurableSteps steps;
  private final ChunkWriter chunks;
  private final WriteTransaction.Buffers buffers = new WriteTransaction.Buffers();

  private final List<StoredLog> touched = new ArrayList<>();
  private final List<StoredLog> unregistered = new ArrayList<>();
  private final List<StoredLog> headsBehind = new ArrayList<>();
  private long nextChunk;
  private long chunkAfterCommit;
  private int nextNumber;
  private long eventsSinceHeads;
  private boolean headsWritten;
  private long groupEvents;

  CommitPath(
      LmdbEventStore store,
      Env<Slice> env,
      Tables tables,
      NativeMemory memory,
      LogRegistry logs,
      LongSupplier clockMillis,
      DurableSteps steps) {
    this.store = store;
    this.env = env;
    this.tables = tables;
    this.memory = memory;
    this.logs = logs;
    this.clockMillis = clockMillis;
    this.steps = steps;
    this.chunks = new ChunkWriter(tables);
  }

  /** Where recovery found the end. */
  void open(Recovery.Found found) {
    nextChunk = found.nextChunk();
    nextNumber = logs.count();
    eventsSinceHeads = found.replayedEvents();
    headsBehind.addAll(found.headsBehind());
  }

  // Sequence.

  @Override
  public void sequence(EventBatch batch) {
    if (batch.lengthBytes() > MAX_BATCH_BYTES) {
      throw new StoreException(
          ErrorCode.TOO_LARGE,
          "batch of " + batch.lengthBytes() + " bytes: at most " + MAX_BATCH_BYTES);
    }
    long nowMillis = clockMillis.getAsLong();
    for (int place = 0; place < batch.size(); place++) {
      StoredLog log = touch(batch, place);
      long hlc =
          batch.isCanonical(place)
              ? checkedHlc(batch, place, log)
              : Hlc.next(log.nextHlc(), wanted(batch.millis(place), nowMillis));
      batch.setSequenced(place, log.sequence(hlc), hlc);
    }
    groupEvents += batch.size();
  }

  private static long wanted(long millis, long nowMillis) {
    return millis == EventDraft.NOW ? nowMillis : millis;
  }

  private StoredLog touch(EventBatch batch, int place) {
    if (!(batch.log(place) instanceof StoredLog log) || log.store() != store) {
      throw new StoreException(
          ErrorCode.UNAVAILABLE,
          "log "
              + batch.log(place).id()
              + ": it belongs to a store that was closed; open it again");
    }
    if (!log.touched) {
      log.touched = true;
      touched.add(log);
      store.restoreTailForAppend(log);
      log.startAppending();
      if (log.number() == StoredLog.NO_NUMBER) {
        log.number(nextNumber++);
        unregistered.add(log);
      }
    }
    String frozen = log.frozenReason();
    if (frozen != null) {
      throw new StoreException(
          ErrorCode.FROZEN, "log " + log.id() + " takes no more events: " + frozen);
    }
    return log;
  }

  /** An event made elsewhere must be the log's next in index and in time. */
  private static long checkedHlc(EventBatch batch, int place, StoredLog log) {
    ByteBuffer bytes = batch.payload(place);
    int at = batch.payloadOffset(place);
    long index = littleEndian(bytes, at + EventDescriptor.INDEX_OFFSET);
    long hlc = littleEndian(bytes, at + EventDescriptor.HLC_OFFSET);
    if (index != log.nextIndex()) {
      throw new StoreException(
          ErrorCode.OUT_OF_RANGE,
          "log " + log.id() + ": event has index " + index + ", expected " + log.nextIndex());
    }
    if (hlc <= log.nextHlc()) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED,
          "log " + log.id() + ": clock of event " + index + " goes back to " + hlc);
    }
    return hlc;
  }

  private static long littleEndian(ByteBuffer bytes, int at) {
    long value = bytes.getLong(at);
    return bytes.order() == java.nio.ByteOrder.LITTLE_ENDIAN ? value : Long.reverseBytes(value);
  }

  // Commit.

  @Override
  public void commit(List<EventBatch> batches, List<TableRequest> requests) {
    while (true) {
      store.checkMap();
      try (Txn<Slice> txn = env.txnWrite()) {
        write(new WriteTransaction(memory, buffers, txn), batches, requests);
        commit(Step.GROUP, txn);
        store.counters().committed();
        return;
      } catch (Env.MapFullException e) {
        forgetPlaces();
        store.growMap();
      }
    }
  }

  private void commit(Step step, Txn<Slice> txn) {
    steps.before(step);
    try {
      txn.commit();
    } catch (LmdbException e) {
      steps.refused(step);
      throw e;
    }
    steps.after(step);
  }

  private void write(WriteTransaction txn, List<EventBatch> batches, List<TableRequest> requests) {
    for (StoredLog log : unregistered) {
      register(txn, log);
    }
    chunkAfterCommit = chunks.write(txn, batches, nextChunk);
    for (TableRequest request : requests) {
      request.change().accept(txn);
    }
    headsWritten = eventsSinceHeads + groupEvents >= REPLAY_EVENTS;
    if (headsWritten) {
      writeHeads(txn);
    }
  }

  private void register(WriteTransaction txn, StoredLog log) {
    byte[] number = SealedRecord.seal(SealedRecord.allocate(4).putInt(log.number()));
    log.id().putTo(txn.key());
    txn.put(tables.logs, number, PutFlags.MDB_NOOVERWRITE);
    txn.key().putInt(log.number());
    txn.put(tables.names, LogRegistry.encodeName(log.name()), PutFlags.MDB_APPEND);
  }

  private void writeHeads(WriteTransaction txn) {
    for (StoredLog log : headsBehind) {
      if (!log.touched) {
        writeHead(txn, log);
      }
    }
    for (StoredLog log : touched) {
      writeHead(txn, log);
    }
    writeCovered(txn, chunkAfterCommit, store.counters().events() + groupEvents);
  }

  private void writeHead(WriteTransaction txn, StoredLog log) {
    txn.key().putInt(log.number());
    txn.put(
        tables.heads,
        SealedRecord.seal(
            SealedRecord.allocate(24)
                .putLong(log.nextIndex())
                .putLong(log.nextPrevious())
                .putLong(log.nextHlc())));
  }

  /** Notes that heads cover all chunks before this one. */
  private void writeCovered(WriteTransaction txn, long chunk, long events) {
    txn.key().put(Recovery.COVERED_KEY);
    txn.put(
        tables.meta, SealedRecord.seal(SealedRecord.allocate(16).putLong(chunk).putLong(events)));
  }

  /** In a new store: which layout it has. */
  void writeVersion() {
    try (Txn<Slice> txn = env.txnWrite()) {
      WriteTransaction write = new WriteTransaction(memory, buffers, txn);
      write.key().put(Recovery.VERSION_KEY);
      write.put(
          tables.meta, SealedRecord.seal(SealedRecord.allocate(4).putInt(Tables.FORMAT_VERSION)));
      commit(Step.VERSION, txn);
    }
  }

  /** Before the environment closes: leaves nothing to replay. */
  void writeAllHeads() {
    if (headsBehind.isEmpty()) {
      return;
    }
    try (Txn<Slice> txn = env.txnWrite()) {
      chunkAfterCommit = nextChunk;
      writeHeads(new WriteTransaction(memory, buffers, txn));
      commit(Step.HEADS, txn);
    }
  }

  // Afterwards.

  @Override
  public void publish() {
    nextChunk = chunkAfterCommit;
    eventsSinceHeads += groupEvents;
    if (headsWritten) {
      headsBehind.forEach(log -> log.headBehind = false);
      headsBehind.clear();
      eventsSinceHeads = 0;
    }
    for (StoredLog log : touched) {
      boolean noted = log.headBehind || headsWritten;
      log.publish();
      log.headBehind = !headsWritten;
      if (!noted) {
        headsBehind.add(log);
      }
    }
    unregistered.forEach(logs::registered);
    store.counters().appended(groupEvents);
    boolean grew = groupEvents > 0;
    forget();
    if (grew) {
      store.moveEnd(ChunkDescriptor.position(nextChunk, 0));
    }
  }

  @Override
  public void rollBack() {
    for (StoredLog log : unregistered) {
      log.number(StoredLog.NO_NUMBER);
    }
    nextNumber -= unregistered.size();
    touched.forEach(StoredLog::rollBack);
    forget();
  }

  /** Before a group is written once more: its places are given anew, its sequence stays. */
  private void forgetPlaces() {
    touched.forEach(StoredLog::rollBackPlaces);
  }

  private void forget() {
    touched.clear();
    unregistered.clear();
    groupEvents = 0;
  }

  @Override
  public XfException explain(Throwable error) {
    if (error instanceof XfException known) {
      return known;
    }
    if (error instanceof LmdbNativeException.ConstantDerivedException io) {
      return new StoreException(
          ErrorCode.IO, explainNative(String.valueOf(io.getMessage())), error);
    }
    return new StoreException(
        ErrorCode.IO, store.folder() + ": commit failed, nothing of it is stored: " + error, error);
  }

  private String explainNative(String message) {
    // LMDB calls a write that stopped half-way EIO; it is a full disk far more often than a bad
    // one.
    boolean isSpace = message.contains("ENOSPC") || message.contains("EIO");
    String hint =
        isSpace
            ? "; the disk is full or fails, space left: "
                + spaceLeft()
                + "; free some, then append again"
            : "";
    return store.folder() + ": " + message + "; nothing of this commit is stored" + hint;
  }

  private String spaceLeft() {
    try {
      return Files.getFileStore(store.folder()).getUsableSpace() + " bytes";
    } catch (IOException e) {
      return "unknown (" + e.getMessage() + ")";
    }
  }
}
