package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import xf.event.EventDescriptor;
import xf.event.EventView;
import xf.event.LogName;
import xf.event.Sha256;
import xf.event.XfException;
import xf.store.Progress;
import xf.store.StoreException;

/**
 * Reads every record of the store and compares it with every other that says the same: checksums,
 * the order of indexes and clocks in each log, the chain of previous positions, and with that each
 * row of each table beside the events ({@link TableCheck}).
 *
 * <p>What is wrong with the events is told apart from what is wrong with the rest: the rest can be
 * built again from them ({@link TableRebuild}).
 */
final class StoreCheck {
  private static final int PROGRESS_CHUNKS = 256;

  private final Tables tables;
  private final Consumer<String> problem;
  private final TableCheck tableCheck;
  private final CRC32C crc = new CRC32C();
  private final LogEnds ends = new LogEnds();
  private final MessageDigest digest = Sha256.newDigest();
  private final byte[] scratch = new byte[EventDescriptor.MAX_EVENT_BYTES];
  private long eventProblems;
  private boolean isReadable;

  // By log number.
  private @Nullable Run[] runs = new Run[64];
  private @Nullable LogName[] names = new LogName[64];

  StoreCheck(Tables tables, LogRegistry logs, Consumer<String> problem) {
    this.tables = tables;
    this.problem = problem;
    this.tableCheck = new TableCheck(tables, logs, ends, problem);
  }

  /**
   * Checks what the reader's snapshot holds, which is at least all that is before {@code
   * endPosition}; appends may go on meanwhile.
   */
  boolean run(Reader reader, long endPosition, Consumer<Progress> progress) {
    long chunks = ChunkDescriptor.chunk(endPosition);
    tableCheck.readMarks(reader);
    long expected = 0;
    for (boolean more = first(reader); more; more = next(reader)) {
      long chunk = reader.cursorChunk();
      if (chunk != expected) {
        reportEvents("events table: chunk " + expected + " is missing");
      }
      expected = chunk + 1;
      if (isReadable) {
        tableCheck.beforeChunk(chunk);
        checkChunk(reader);
      }
      if (expected % PROGRESS_CHUNKS == 0) {
        progress.accept(new Progress(expected, Math.max(expected, chunks)));
      }
    }
    if (expected < chunks) {
      reportEvents("events table: ends at chunk " + expected + ", expected " + chunks);
    }
    tableCheck.afterLastChunk(reader, expected);
    progress.accept(new Progress(expected, expected));
    return isSound();
  }

  boolean isSound() {
    return eventProblems == 0 && tableCheck.problems() == 0;
  }

  /** Whether nothing is wrong with the events themselves. */
  boolean areEventsSound() {
    return eventProblems == 0;
  }

  /** Things that are wrong elsewhere, where all follows from the events. */
  long tableProblems() {
    return tableCheck.problems();
  }

  /** What the events say of each log. */
  LogEnds ends() {
    return ends;
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
      reportEvents(e.getMessage());
      isReadable = false;
      return e.getCause() == null; // else LMDB itself cannot go on
    }
  }

  private void reportEvents(String what) {
    eventProblems++;
    problem.accept(what);
  }

  private void checkChunk(Reader reader) {
    ByteBuffer chunk = reader.chunkView();
    int found = chunk.getInt(ChunkDescriptor.CRC_OFFSET);
    int computed = ChunkWriter.checksum(crc, chunk);
    if (found != computed) {
      reportEvents(
          String.format(
              "events table: chunk %d: checksum %08x, expected %08x",
              reader.chunk(), found, computed));
    }
    try {
      checkRecords(reader);
    } catch (XfException e) {
      reportEvents(e.getMessage());
    }
  }

  private void checkRecords(Reader reader) {
    int offset = ChunkDescriptor.HEADER_BYTES;
    int events = 0;
    while (offset < reader.chunkBytes()) {
      int number = reader.logNumber(offset);
      boolean isName = reader.isName(offset);
      if (!ends.isPossible(number)) {
        reportEvents(
            at(reader, offset) + ": log number " + number + ", at most " + ends.count() + " yet");
      } else if (isName) {
        checkName(reader, offset, number);
      } else {
        checkEvent(reader, offset, number);
      }
      events += isName ? 0 : 1;
      offset += reader.recordBytes(offset);
    }
    int said = reader.chunkView().getInt(ChunkDescriptor.COUNT_OFFSET);
    if (events != said) {
      reportEvents(
          "events table: chunk " + reader.chunk() + ": " + events + " events, not " + said);
    }
  }

  private void checkName(Reader reader, int offset, int number) {
    LogName name = reader.name(offset);
    if (ends.size(number) > 0 || ends.name(number) != null) {
      reportEvents(at(reader, offset) + ": a name of log number " + number + ", not its first");
    } else {
      ends.name(number, name);
    }
  }

  private void checkEvent(Reader reader, int offset, int number) {
    EventView event = reader.event(offset);
    event.wrapChecked(event.buffer(), event.offset(), event.lengthBytes());
    makeRoom(number);
    checkOrder(reader, offset, number, event);
    long position = ChunkDescriptor.position(reader.chunk(), offset);
    long index = event.index();
    long hlc = event.hlc();
    if (tableCheck.hasId(position)) {
      tableCheck.checkId(reader, idPrefix(event), position);
    }
    checkRun(reader, number, index, position);
    ends.event(number, index, position, hlc);
  }

  private long idPrefix(EventView event) {
    event.digestLeaf(digest, scratch);
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  private void checkOrder(Reader reader, int offset, int number, EventView event) {
    LogName name = name(reader, number);
    if (name != null && event.streamClass() != name.streamClass()) {
      reportEvents(
          at(reader, offset) + ": stream class " + event.streamClass() + " in " + log(number));
    }
    if (event.index() != ends.size(number)) {
      reportEvents(
          at(reader, offset)
              + ": index "
              + event.index()
              + " in "
              + log(number)
              + ", expected "
              + ends.size(number));
    }
    if (ends.size(number) > 0 && event.hlc() <= ends.lastHlc(number)) {
      reportEvents(at(reader, offset) + ": clock goes back in " + log(number));
    }
    if (reader.previousPosition(offset) != ends.lastPosition(number)) {
      reportEvents(at(reader, offset) + ": wrong previous position in " + log(number));
    }
  }

  /** The log's name, from its events or else from its table; null while there is none to be had. */
  private @Nullable LogName name(Reader reader, int number) {
    if (names[number] == null) {
      LogName known = ends.name(number);
      names[number] = known == null ? tableCheck.nameInTable(reader, number) : known;
    }
    return names[number];
  }

  private String log(int number) {
    LogName name = names[number];
    return name == null
        ? "log number " + number
        : name.topic() + "@" + name.author() + " (" + name.id() + ")";
  }

  /** A run is there as soon as its last event is, so it is missed only when that is read. */
  private void checkRun(Reader reader, int number, long index, long position) {
    int place = (int) (index & (Run.EVENTS - 1));
    if (place == 0) {
      runs[number] = readRun(reader, number, index >>> Run.SHIFT);
    }
    Run run = runs[number];
    if (run != null && run.position(place) != position) {
      runs[number] = null;
    }
    if (place == Run.EVENTS - 1) {
      if (runs[number] == null) {
        tableCheck.report("runs table, " + log(number) + ": no sound run " + (index >>> Run.SHIFT));
      }
      runs[number] = null;
    }
  }

  private @Nullable Run readRun(Reader reader, int number, long run) {
    reader.key().putInt(number).putInt((int) run);
    byte[] record = reader.get(tables.runs);
    try {
      return record == null ? null : Run.decode(record, "");
    } catch (StoreException e) {
      return null; // reported when its last event is read
    }
  }

  private void makeRoom(int number) {
    if (number >= runs.length) {
      int length = Math.max(number + 1, runs.length * 2);
      runs = Arrays.copyOf(runs, length);
      names = Arrays.copyOf(names, length);
    }
  }

  private static String at(Reader reader, int offset) {
    return "events table: chunk " + reader.chunk() + " offset " + offset;
  }
}
