package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import xf.event.EventView;
import xf.event.XfException;
import xf.store.Progress;
import xf.store.StoreException;

/**
 * Reads every record of the store and compares it with every other that says the same: checksums,
 * the order of indexes and clocks in each log, the chain of previous positions, runs, heads.
 */
final class StoreCheck {
  private static final int PROGRESS_CHUNKS = 256;

  private final Tables tables;
  private final LogRegistry logs;
  private final Consumer<String> problem;
  private final CRC32C crc = new CRC32C();
  private long problems;
  private int logCount;
  private boolean isReadable;

  // By log number: what the events read so far amount to.
  private long[] sizes = new long[64];
  private long[] lastPositions = new long[64];
  private long[] lastHlcs = new long[64];
  private @Nullable Run[] runs = new Run[64];

  StoreCheck(Tables tables, LogRegistry logs, Consumer<String> problem) {
    this.tables = tables;
    this.logs = logs;
    this.problem = problem;
  }

  /**
   * Checks what the reader's snapshot holds, which is at least all that is before {@code
   * endPosition}; appends may go on meanwhile.
   */
  boolean run(Reader reader, long endPosition, Consumer<Progress> progress) {
    long chunks = ChunkDescriptor.chunk(endPosition);
    logCount = (int) reader.count(tables.names);
    long expected = 0;
    for (boolean more = first(reader); more; more = next(reader)) {
      long chunk = reader.cursorChunk();
      if (chunk != expected) {
        report("events table: chunk " + expected + " is missing");
      }
      expected = chunk + 1;
      if (isReadable) {
        checkChunk(reader);
      }
      if (expected % PROGRESS_CHUNKS == 0) {
        progress.accept(new Progress(expected, Math.max(expected, chunks)));
      }
    }
    if (expected < chunks) {
      report("events table: ends at chunk " + expected + ", expected " + chunks);
    }
    checkLogs(reader);
    progress.accept(new Progress(expected, expected));
    return problems == 0;
  }

  private boolean first(Reader reader) {
    return step(() -> reader.atOrAfterChunk(0));
  }

  private boolean next(Reader reader) {
    return step(reader::atNextChunk);
  }

  /** A chunk that cannot be looked at is reported and stepped over. */
  private boolean step(BooleanSupplier move) {
    isReadable = true;
    try {
      return move.getAsBoolean();
    } catch (StoreException e) {
      report(e.getMessage());
      isReadable = false;
      return e.getCause() == null; // else LMDB itself cannot go on
    }
  }

  private void report(String what) {
    problems++;
    problem.accept(what);
  }

  private void checkChunk(Reader reader) {
    ByteBuffer chunk = reader.chunkView();
    int found = chunk.getInt(ChunkDescriptor.CRC_OFFSET);
    int computed = ChunkWriter.checksum(crc, chunk);
    if (found != computed) {
      report(
          String.format(
              "events table: chunk %d: checksum %08x, expected %08x",
              reader.chunk(), found, computed));
    }
    try {
      checkRecords(reader);
    } catch (XfException e) {
      report(e.getMessage());
    }
  }

  private void checkRecords(Reader reader) {
    int offset = ChunkDescriptor.HEADER_BYTES;
    int events = 0;
    while (offset < reader.chunkBytes()) {
      int length = reader.eventLength(offset);
      int number = reader.logNumber(offset);
      if (number < 0 || number >= logCount) {
        report(at(reader, offset) + ": log number " + number + " of " + logCount);
      } else {
        checkEvent(reader, offset, length, number);
      }
      events++;
      offset += ChunkDescriptor.recordBytes(length);
    }
    int said = reader.chunkView().getInt(ChunkDescriptor.COUNT_OFFSET);
    if (events != said) {
      report("events table: chunk " + reader.chunk() + ": " + events + " events, not " + said);
    }
  }

  private void checkEvent(Reader reader, int offset, int length, int number) {
    EventView event = reader.event(offset);
    event.wrapChecked(event.buffer(), event.offset(), length);
    makeRoom(number);
    StoredLog log = logs.byNumber(reader, number);
    if (event.streamClass() != log.name().streamClass()) {
      report(at(reader, offset) + ": stream class " + event.streamClass() + " in " + log);
    }
    if (event.index() != sizes[number]) {
      report(
          at(reader, offset)
              + ": index "
              + event.index()
              + " in "
              + log
              + ", expected "
              + sizes[number]);
    }
    if (sizes[number] > 0 && event.hlc() <= lastHlcs[number]) {
      report(at(reader, offset) + ": clock goes back in " + log);
    }
    if (reader.previousPosition(offset) != lastPositions[number]) {
      report(at(reader, offset) + ": wrong previous position in " + log);
    }
    long position = ChunkDescriptor.position(reader.chunk(), offset);
    checkRun(reader, log, event.index(), position);
    sizes[number] = event.index() + 1;
    lastPositions[number] = position;
    lastHlcs[number] = event.hlc();
  }

  /** A run is there as soon as its last event is, so it is missed only when that is read. */
  private void checkRun(Reader reader, StoredLog log, long index, long position) {
    int place = (int) (index & (Run.EVENTS - 1));
    int number = log.number();
    if (place == 0) {
      runs[number] = readRun(reader, log, index >>> Run.SHIFT);
    }
    Run run = runs[number];
    if (run != null && run.position(place) != position) {
      report("runs table, log " + log.id() + ": wrong position of event " + index);
    }
    if (place == Run.EVENTS - 1) {
      if (run == null) {
        report("runs table, log " + log.id() + ": no sound run " + (index >>> Run.SHIFT));
      }
      runs[number] = null;
    }
  }

  private @Nullable Run readRun(Reader reader, StoredLog log, long number) {
    reader.key().putInt(log.number()).putInt((int) number);
    byte[] record = reader.get(tables.runs);
    if (record == null) {
      return null;
    }
    try {
      return Run.decode(record, "runs table, log " + log.id() + ", run " + number);
    } catch (StoreException e) {
      report(e.getMessage());
      return null;
    }
  }

  private void checkLogs(Reader reader) {
    makeRoom(Math.max(0, logCount - 1));
    for (int number = 0; number < logCount; number++) {
      try {
        StoredLog log = logs.byNumber(reader, number);
        checkNumber(reader, log);
        checkHead(reader, log);
        if (log.size() < sizes[number]) {
          report(log + ": head says " + log.size() + " events, found " + sizes[number]);
        }
        if (sizes[number] == 0) {
          report(log + ": has no events");
        }
      } catch (XfException e) {
        report(e.getMessage());
      }
    }
    long ids = reader.count(tables.logs);
    if (ids != logCount) {
      report("logs table: " + ids + " logs, the names table has " + logCount);
    }
  }

  private void checkNumber(Reader reader, StoredLog log) {
    log.id().putTo(reader.key());
    byte[] record = reader.get(tables.logs);
    String what = "logs table, log " + log.id();
    if (record == null) {
      report(what + ": missing");
      return;
    }
    int number = SealedRecord.open(record, what).getInt();
    if (number != log.number()) {
      report(what + ": number " + number + ", the names table says " + log.number());
    }
  }

  /** Heads lag behind the events, but never say more than there is. */
  private void checkHead(Reader reader, StoredLog log) {
    reader.key().putInt(log.number());
    byte[] record = reader.get(tables.heads);
    if (record == null) {
      return;
    }
    int number = log.number();
    String what = "heads table, log " + log.id();
    ByteBuffer head = SealedRecord.open(record, what);
    long size = head.getLong();
    long position = head.getLong();
    if (size > sizes[number]) {
      report(what + ": " + size + " events, found " + sizes[number]);
    } else if (size == sizes[number] && position != lastPositions[number]) {
      report(what + ": wrong position of the last event");
    }
  }

  private void makeRoom(int number) {
    if (number >= sizes.length) {
      int length = Math.max(number + 1, sizes.length * 2);
      sizes = Arrays.copyOf(sizes, length);
      lastPositions = Arrays.copyOf(lastPositions, length);
      lastHlcs = Arrays.copyOf(lastHlcs, length);
      runs = Arrays.copyOf(runs, length);
    }
  }

  private static String at(Reader reader, int offset) {
    return "events table: chunk " + reader.chunk() + " offset " + offset;
  }
}
