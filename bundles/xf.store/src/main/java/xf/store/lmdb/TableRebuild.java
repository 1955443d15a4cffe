package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import xf.event.LogName;
import xf.store.StoreException;

/**
 * Writes the tables that follow from the events anew: {@code logs}, {@code names}, {@code heads},
 * {@code runs}, {@code meta}. The index of ids is emptied; whoever asks for an id next builds it
 * again. Rows of stages that cannot be read are removed. Events are read and never written.
 */
final class TableRebuild {
  private final Tables tables;
  private final LogRegistry logs;
  private final LogEnds ends;
  private final WriteTransaction txn;

  /** Into a write transaction, from ends that were found by a pass over sound events. */
  TableRebuild(Tables tables, LogRegistry logs, LogEnds ends, WriteTransaction txn) {
    this.tables = tables;
    this.logs = logs;
    this.ends = ends;
    this.txn = txn;
  }

  /**
   * Rebuilds all.
   *
   * @param reader walks the events
   * @param places looks up the events before a run's last
   * @param chunks chunks there are
   */
  void run(Reader reader, Reader places, long chunks) {
    @Nullable LogName[] names = names(reader);
    txn.clear(tables.logs);
    txn.clear(tables.names);
    txn.clear(tables.heads);
    txn.clear(tables.runs);
    txn.clear(tables.ids);
    txn.clear(tables.meta);
    for (int number = 0; number < ends.count(); number++) {
      writeLog(number, names[number]);
    }
    writeRuns(reader, places);
    writeFrozen(reader);
    writeMeta(chunks);
    LmdbStage.putKey(txn.key(), "ids");
    txn.delete(tables.stages);
    dropUnreadableStages(reader);
  }

  /** A log of an older store has no name among its events: then the table's own is kept. */
  private @Nullable LogName[] names(Reader reader) {
    @Nullable LogName[] names = new LogName[ends.count()];
    for (int number = 0; number < names.length; number++) {
      names[number] = ends.name(number);
      if (names[number] == null) {
        try {
          names[number] = logs.name(reader, number);
        } catch (StoreException e) {
          names[number] = null; // it cannot be had from anywhere, and the next check says so
        }
      }
    }
    return names;
  }

  private void writeLog(int number, @Nullable LogName name) {
    if (name != null) {
      name.id().putTo(txn.key());
      txn.put(tables.logs, SealedRecord.seal(SealedRecord.allocate(4).putInt(number)));
      txn.key().putInt(number);
      txn.put(tables.names, LogRegistry.encodeName(name));
    }
    txn.key().putInt(number);
    txn.put(
        tables.heads,
        SealedRecord.seal(
            SealedRecord.allocate(LogRegistry.HEAD_BYTES)
                .putLong(ends.size(number))
                .putLong(ends.lastPosition(number))
                .putLong(ends.lastHlc(number))));
  }

  private void writeRuns(Reader reader, Reader places) {
    for (boolean more = reader.atOrAfterChunk(0); more; more = reader.atNextChunk()) {
      int offset = ChunkDescriptor.HEADER_BYTES;
      while (offset < reader.chunkBytes()) {
        if (!reader.isName(offset)) {
          long index = reader.event(offset).index();
          if ((index & (Run.EVENTS - 1)) == Run.EVENTS - 1) {
            writeRun(reader, places, offset, index >>> Run.SHIFT);
          }
        }
        offset += reader.recordBytes(offset);
      }
    }
  }

  /** Back from its last event, as the open end of a log is found. */
  private void writeRun(Reader reader, Reader places, int offset, long run) {
    long[] positions = new long[Run.EVENTS];
    long position = ChunkDescriptor.position(reader.chunk(), offset);
    for (int i = Run.EVENTS - 1; i >= 0; i--) {
      positions[i] = position;
      places.atChunk(ChunkDescriptor.chunk(position));
      position = places.previousPosition(ChunkDescriptor.offset(position));
    }
    txn.key().putInt(reader.logNumber(offset)).putInt((int) run);
    txn.put(tables.runs, Run.of(positions).encode());
  }

  /** A log stays frozen also when the reason cannot be read any more. */
  private void writeFrozen(Reader reader) {
    for (byte[] key : unreadable(reader, tables.frozen)) {
      byte[] reason = LogRegistry.UNREADABLE_REASON.getBytes(StandardCharsets.UTF_8);
      txn.key().put(key);
      txn.put(tables.frozen, SealedRecord.seal(SealedRecord.allocate(reason.length).put(reason)));
    }
  }

  /** A stage without its cursor begins anew, and builds again what it misses. */
  private void dropUnreadableStages(Reader reader) {
    for (byte[] key : unreadable(reader, tables.stages)) {
      txn.key().put(key);
      txn.delete(tables.stages);
    }
  }

  private static List<byte[]> unreadable(Reader reader, Dbi<Slice> table) {
    List<byte[]> unreadable = new ArrayList<>();
    try (Cursor<Slice> at = reader.openCursor(table)) {
      for (boolean more = reader.first(at); more; more = reader.next(at)) {
        if (!isSealed(reader.copy(at.val()))) {
          unreadable.add(reader.copy(at.key()));
        }
      }
    }
    return unreadable;
  }

  private static boolean isSealed(byte[] record) {
    try {
      ByteBuffer unused = SealedRecord.open(record, "");
      return true;
    } catch (StoreException e) {
      return false;
    }
  }

  private void writeMeta(long chunks) {
    txn.key().put(Recovery.VERSION_KEY);
    txn.put(tables.meta, SealedRecord.seal(SealedRecord.allocate(4).putInt(Tables.FORMAT_VERSION)));
    txn.key().put(Recovery.COVERED_KEY);
    txn.put(
        tables.meta,
        SealedRecord.seal(
            SealedRecord.allocate(Recovery.COVERED_BYTES).putLong(chunks).putLong(ends.events())));
  }
}
