package xf.store.lmdb;

import static xf.store.lmdb.ChunkDescriptor.COUNT_OFFSET;
import static xf.store.lmdb.ChunkDescriptor.CRC_OFFSET;
import static xf.store.lmdb.ChunkDescriptor.EVENT_LENGTH_OFFSET;
import static xf.store.lmdb.ChunkDescriptor.HEADER_BYTES;
import static xf.store.lmdb.ChunkDescriptor.LENGTH_OFFSET;
import static xf.store.lmdb.ChunkDescriptor.LOG_OFFSET;
import static xf.store.lmdb.ChunkDescriptor.MAGIC;
import static xf.store.lmdb.ChunkDescriptor.MAGIC_OFFSET;
import static xf.store.lmdb.ChunkDescriptor.PREVIOUS_OFFSET;
import static xf.store.lmdb.ChunkDescriptor.RECORD_HEADER_BYTES;
import static xf.store.lmdb.ChunkDescriptor.TARGET_BYTES;
import static xf.store.lmdb.ChunkDescriptor.recordBytes;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import xf.event.Dependency;
import xf.event.EventBatch;
import xf.event.EventDescriptor;
import xf.store.lmdb.NativeMemory.Window;

/**
 * Encodes a group of sequenced events into chunks, in place: plan how many events fill a chunk,
 * reserve exactly that much of LMDB's page, write each event where it will stay.
 */
final class ChunkWriter {
  private final Tables tables;
  private final CRC32C crc = new CRC32C();
  private final List<CompletedRun> runs = new ArrayList<>();

  private record CompletedRun(StoredLog log, long number, Run run) {}

  // Where the group's next event is.
  private int batchAt;
  private int placeAt;

  ChunkWriter(Tables tables) {
    this.tables = tables;
  }

  /**
   * Writes all events of the batches from chunk number {@code firstChunk} on.
   *
   * @return the number after the last chunk written
   */
  long write(WriteTransaction txn, List<EventBatch> batches, long firstChunk) {
    long chunk = firstChunk;
    batchAt = 0;
    placeAt = 0;
    runs.clear();
    skipEmpty(batches);
    while (batchAt < batches.size()) {
      writeChunk(txn, batches, chunk++);
    }
    return chunk;
  }

  private void writeChunk(WriteTransaction txn, List<EventBatch> batches, long chunk) {
    int firstBatch = batchAt;
    int firstPlace = placeAt;
    int events = 0;
    int bytes = HEADER_BYTES;
    while (batchAt < batches.size()) {
      EventBatch batch = batches.get(batchAt);
      int record = nameBytes(batch, placeAt) + recordBytes(eventBytes(batch, placeAt));
      if (events > 0 && bytes + record > TARGET_BYTES) {
        break;
      }
      bytes += record;
      events++;
      step(batches);
    }
    Slice reserved = txn.reserveChunk(tables.events, chunk, bytes);
    Window window = txn.window(reserved);
    int at = window.offset(reserved.address());
    batchAt = firstBatch;
    placeAt = firstPlace;
    int offset = HEADER_BYTES;
    for (int i = 0; i < events; i++) {
      EventBatch batch = batches.get(batchAt);
      if (isFirst(batch, placeAt)) {
        offset += writeName((StoredLog) batch.log(placeAt), window.buffer(), at + offset);
      }
      offset += writeRecord(batch, placeAt, chunk, offset, window.buffer(), at);
      step(batches);
    }
    assert offset == bytes;
    seal(window.buffer(), at, events, bytes);
    putRuns(txn); // only now: the chunk's page must not be touched by another put half-filled
  }

  private void putRuns(WriteTransaction txn) {
    for (CompletedRun completed : runs) {
      txn.key().putInt(completed.log.number()).putInt((int) completed.number);
      txn.put(tables.runs, completed.run.encode());
    }
    runs.clear();
  }

  private void step(List<EventBatch> batches) {
    placeAt++;
    skipEmpty(batches);
  }

  private void skipEmpty(List<EventBatch> batches) {
    while (batchAt < batches.size() && placeAt == batches.get(batchAt).size()) {
      batchAt++;
      placeAt = 0;
    }
  }

  /** The first event of a log has the log's name before it. */
  private static boolean isFirst(EventBatch batch, int place) {
    return batch.index(place) == 0;
  }

  private static int nameBytes(EventBatch batch, int place) {
    return isFirst(batch, place)
        ? recordBytes(NameRecord.encode(batch.log(place).name()).length)
        : 0;
  }

  private static int writeName(StoredLog log, ByteBuffer buffer, int at) {
    byte[] name = NameRecord.encode(log.name());
    int record = recordBytes(name.length);
    buffer.putLong(at + record - 8, 0); // the padding
    buffer.putInt(at + LOG_OFFSET, log.number());
    buffer.putInt(at + EVENT_LENGTH_OFFSET, name.length | ChunkDescriptor.NAME_FLAG);
    buffer.putLong(at + PREVIOUS_OFFSET, ChunkDescriptor.NAME_MAGIC);
    buffer.put(at + RECORD_HEADER_BYTES, name);
    return record;
  }

  private static int eventBytes(EventBatch batch, int place) {
    int given = batch.payloadLengthBytes(place);
    return batch.isCanonical(place)
        ? given
        : EventDescriptor.lengthBytes(batch.dependencies(place).size(), given);
  }

  private int writeRecord(
      EventBatch batch, int place, long chunk, int offset, ByteBuffer buffer, int chunkAt) {
    StoredLog log = (StoredLog) batch.log(place);
    int at = chunkAt + offset;
    int length = eventBytes(batch, place);
    int record = recordBytes(length);
    buffer.putLong(at + record - 8, 0); // the padding; what follows overwrites the rest
    buffer.putInt(at + LOG_OFFSET, log.number());
    buffer.putInt(at + EVENT_LENGTH_OFFSET, length);
    buffer.putLong(at + PREVIOUS_OFFSET, log.nextPrevious());
    int eventAt = at + RECORD_HEADER_BYTES;
    if (batch.isCanonical(place)) {
      buffer.put(eventAt, batch.payload(place), batch.payloadOffset(place), length);
    } else {
      encode(batch, place, log, buffer, eventAt);
    }
    long position = ChunkDescriptor.position(chunk, offset);
    batch.setPosition(place, position);
    Run completed = log.place(position);
    if (completed != null) {
      runs.add(new CompletedRun(log, batch.index(place) >>> Run.SHIFT, completed));
    }
    return record;
  }

  private static void encode(
      EventBatch batch, int place, StoredLog log, ByteBuffer buffer, int at) {
    List<Dependency> dependencies = batch.dependencies(place);
    int payloadBytes = batch.payloadLengthBytes(place);
    buffer.put(at + EventDescriptor.VERSION_OFFSET, (byte) EventDescriptor.VERSION);
    buffer.put(at + EventDescriptor.CLASS_OFFSET, (byte) log.name().streamClass().code());
    buffer.putShort(at + EventDescriptor.TYPE_OFFSET, (short) batch.type(place));
    buffer.putInt(at + EventDescriptor.PAYLOAD_LENGTH_OFFSET, payloadBytes);
    buffer.putLong(at + EventDescriptor.INDEX_OFFSET, batch.index(place));
    buffer.putLong(at + EventDescriptor.HLC_OFFSET, batch.hlc(place));
    buffer.putShort(at + EventDescriptor.FLAGS_OFFSET, (short) batch.flags(place));
    buffer.putShort(at + EventDescriptor.DEPENDENCY_COUNT_OFFSET, (short) dependencies.size());
    buffer.putInt(at + EventDescriptor.ZERO_OFFSET, 0);
    int next = at + EventDescriptor.HEADER_BYTES;
    for (int i = 0; i < dependencies.size(); i++) {
      dependencies.get(i).log().putTo(buffer, next);
      buffer.putLong(next + 32, dependencies.get(i).index());
      next += EventDescriptor.DEPENDENCY_BYTES;
    }
    buffer.put(next, batch.payload(place), batch.payloadOffset(place), payloadBytes);
  }

  private void seal(ByteBuffer buffer, int at, int events, int bytes) {
    buffer.putInt(at + MAGIC_OFFSET, MAGIC);
    buffer.putInt(at + COUNT_OFFSET, events);
    buffer.putInt(at + LENGTH_OFFSET, bytes);
    buffer.putInt(at + CRC_OFFSET, checksum(crc, buffer.slice(at, bytes)));
  }

  /** The checksum of a whole chunk: everything but the checksum itself. */
  static int checksum(CRC32C crc, ByteBuffer chunk) {
    crc.reset();
    crc.update(chunk.clear().position(HEADER_BYTES));
    crc.update(chunk.clear().limit(CRC_OFFSET));
    return (int) crc.getValue();
  }
}
