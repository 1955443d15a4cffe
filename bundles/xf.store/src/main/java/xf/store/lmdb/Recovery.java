package xf.store.lmdb;

import static xf.store.lmdb.StoreLog.LOG;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import xf.event.ErrorCode;
import xf.event.EventView;
import xf.store.StoreException;

/**
 * What an open does: read where the heads stand, and the at most {@link CommitPath#REPLAY_EVENTS}
 * events (and one group) behind them. LMDB itself needs no recovery: its last complete commit is
 * what it opens.
 *
 * <p>Where the heads are damaged or disagree with the events, all events are read instead: a store
 * opens with whatever its events say, so that it can be checked and repaired.
 */
final class Recovery {
  /** Bytes of the record under {@link #COVERED_KEY}: chunk u64, events u64. */
  static final int COVERED_BYTES = 16;

  static final byte[] COVERED_KEY = "covered".getBytes(StandardCharsets.US_ASCII);
  static final byte[] VERSION_KEY = "version".getBytes(StandardCharsets.US_ASCII);

  /**
   * What an open found.
   *
   * @param nextChunk number of the chunk to be written next
   * @param events events in the store
   * @param replayedEvents events that the heads did not cover
   * @param headsBehind the logs they are in
   */
  record Found(long nextChunk, long events, long replayedEvents, List<StoredLog> headsBehind) {}

  private final Tables tables;
  private final LogRegistry logs;

  Recovery(Tables tables, LogRegistry logs) {
    this.tables = tables;
    this.logs = logs;
  }

  Found recover(Reader reader) {
    logs.open(reader);
    try {
      Found found = replay(reader);
      logs.recovered(0);
      return found;
    } catch (StoreException e) {
      if (e.code() != ErrorCode.NOT_VERIFIED && e.code() != ErrorCode.BAD_FORMAT) {
        throw e;
      }
      LOG.warn("{}; reading all events instead; run xf:check --repair", e.getMessage());
      logs.forgetAll();
      return readAll(reader);
    }
  }

  /** Without the small tables: every log's end as its events show it. */
  private Found readAll(Reader reader) {
    LogEnds ends = new LogEnds();
    long nextChunk = 0;
    for (boolean more = reader.atOrAfterChunk(0); more; more = reader.atNextChunk()) {
      checkNext(reader, nextChunk);
      readChunk(reader, ends);
      nextChunk++;
    }
    List<StoredLog> behind = new ArrayList<>();
    for (int number = 0; number < ends.count(); number++) {
      try {
        StoredLog log = logs.restore(reader, number, ends);
        log.headBehind = true;
        behind.add(log);
      } catch (StoreException e) {
        LOG.warn("{}", e.getMessage()); // it stays unavailable, the others do not
      }
    }
    logs.recovered(ends.count());
    return new Found(nextChunk, ends.events(), ends.events(), behind);
  }

  private static void readChunk(Reader reader, LogEnds ends) {
    int offset = ChunkDescriptor.HEADER_BYTES;
    while (offset < reader.chunkBytes()) {
      int number = reader.logNumber(offset);
      if (!ends.isPossible(number)) {
        throw new StoreException(
            ErrorCode.NOT_VERIFIED,
            "events table: chunk " + reader.chunk() + " offset " + offset + ": log " + number);
      }
      if (reader.isName(offset)) {
        ends.name(number, reader.name(offset));
      } else {
        EventView event = reader.event(offset);
        long position = ChunkDescriptor.position(reader.chunk(), offset);
        ends.event(number, event.index(), position, event.hlc());
      }
      offset += reader.recordBytes(offset);
    }
  }

  private Found replay(Reader reader) {
    reader.key().put(COVERED_KEY);
    byte[] record = reader.get(tables.meta);
    long covered = 0;
    long events = 0;
    if (record != null) {
      ByteBuffer fields = SealedRecord.open(record, "meta table, covered", COVERED_BYTES);
      covered = fields.getLong();
      events = fields.getLong();
    }
    List<StoredLog> behind = new ArrayList<>();
    long replayed = 0;
    long nextChunk = covered;
    for (boolean more = reader.atOrAfterChunk(covered); more; more = reader.atNextChunk()) {
      checkNext(reader, nextChunk);
      replayed += replayChunk(reader, behind);
      nextChunk++;
    }
    return new Found(nextChunk, events + replayed, replayed, behind);
  }

  private static void checkNext(Reader reader, long expected) {
    if (reader.chunk() != expected) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED,
          "events table: chunk " + reader.chunk() + " found, expected " + expected);
    }
    ByteBuffer chunk = reader.chunkView();
    int found = chunk.getInt(ChunkDescriptor.CRC_OFFSET);
    int computed = ChunkWriter.checksum(new CRC32C(), chunk);
    if (found != computed) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED,
          String.format(
              "events table: chunk %d: checksum %08x, expected %08x", expected, found, computed));
    }
  }

  private long replayChunk(Reader reader, List<StoredLog> behind) {
    long events = 0;
    int offset = ChunkDescriptor.HEADER_BYTES;
    while (offset < reader.chunkBytes()) {
      if (reader.isName(offset)) {
        offset += reader.recordBytes(offset);
        continue;
      }
      int length = reader.eventLength(offset);
      EventView event = reader.event(offset);
      StoredLog log = logs.byNumber(reader, reader.logNumber(offset));
      if (!log.headBehind) {
        behind.add(log);
      }
      log.replay(event.index(), ChunkDescriptor.position(reader.chunk(), offset), event.hlc());
      events++;
      offset += ChunkDescriptor.recordBytes(length);
    }
    return events;
  }
}
