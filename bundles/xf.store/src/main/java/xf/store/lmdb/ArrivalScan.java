package xf.store.lmdb;

import xf.event.EventLog;
import xf.event.EventView;
import xf.event.EventVisitor;

/** Walks the chunks in order of arrival within one read transaction. */
final class ArrivalScan {
  private final Reader reader;
  private final LogRegistry logs;
  private final EventVisitor visitor;
  private int lastNumber = StoredLog.NO_NUMBER;
  private EventLog lastLog;
  private long left;
  private long position;

  @SuppressWarnings("NullAway.Init") // lastLog is set before it is used: lastNumber tells
  ArrivalScan(Reader reader, LogRegistry logs, EventVisitor visitor) {
    this.reader = reader;
    this.logs = logs;
    this.visitor = visitor;
  }

  /** Visits at least one event, if there is one, and at most about {@code limit}. */
  long run(long fromPosition, int limit) {
    position = fromPosition;
    left = limit;
    boolean more = reader.atOrAfterChunk(ChunkDescriptor.chunk(fromPosition));
    int offset = ChunkDescriptor.HEADER_BYTES;
    if (more && reader.chunk() == ChunkDescriptor.chunk(fromPosition)) {
      offset = recordAtOrAfter(ChunkDescriptor.offset(fromPosition));
    }
    while (more && visitChunk(offset) && left > 0) {
      more = reader.atNextChunk();
      offset = ChunkDescriptor.HEADER_BYTES;
    }
    return position;
  }

  /** The first record of the chunk that does not start before an offset. */
  private int recordAtOrAfter(int offset) {
    int record = ChunkDescriptor.HEADER_BYTES;
    while (record < offset && record < reader.chunkBytes()) {
      record += reader.recordBytes(record);
    }
    return record;
  }

  /** False when the visitor stopped or the limit was reached inside the chunk. */
  private boolean visitChunk(int fromOffset) {
    long chunk = reader.chunk();
    int end = reader.chunkBytes();
    int offset = fromOffset;
    while (offset < end) {
      if (reader.isName(offset)) {
        offset += reader.recordBytes(offset);
        continue;
      }
      if (left-- <= 0) {
        position = ChunkDescriptor.position(chunk, offset);
        return false;
      }
      int length = reader.eventLength(offset);
      EventLog log = log(reader.logNumber(offset));
      EventView event = reader.event(offset);
      long at = ChunkDescriptor.position(chunk, offset);
      offset += ChunkDescriptor.recordBytes(length);
      position = after(chunk, offset, end);
      if (!visitor.visit(log, at, event)) {
        return false;
      }
    }
    position = ChunkDescriptor.position(chunk + 1, 0);
    return true;
  }

  private static long after(long chunk, int offset, int end) {
    return offset < end
        ? ChunkDescriptor.position(chunk, offset)
        : ChunkDescriptor.position(chunk + 1, 0);
  }

  private EventLog log(int number) {
    if (number != lastNumber) {
      lastLog = logs.byNumber(reader, number);
      lastNumber = number;
    }
    return lastLog;
  }
}
