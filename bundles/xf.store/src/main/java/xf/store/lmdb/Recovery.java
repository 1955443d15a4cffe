package xf.store.lmdb;

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
 */
final class Recovery {
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

  Found replay(Reader reader) {
    reader.key().put(COVERED_KEY);
    byte[] record = reader.get(tables.meta);
    long covered = 0;
    long events = 0;
    if (record != null) {
      ByteBuffer fields = SealedRecord.open(record, "meta table, covered");
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
