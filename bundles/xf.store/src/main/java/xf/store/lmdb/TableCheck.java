package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.XfException;
import xf.store.StoreException;

/**
 * Compares the tables beside {@code events} with what the events say: each row that has to be there
 * is, says what it has to, and no other row is there.
 */
final class TableCheck {
  private static final String IDS_STAGE = "ids";

  private final Tables tables;
  private final LogRegistry logs;
  private final LogEnds ends;
  private final Consumer<String> problem;
  private long problems;

  private long covered;
  private long coveredEvents;
  private @Nullable LogEnds endsCovered;
  private boolean isCoverKnown;
  private long idsCursor;
  private long idsFound;

  TableCheck(Tables tables, LogRegistry logs, LogEnds ends, Consumer<String> problem) {
    this.tables = tables;
    this.logs = logs;
    this.ends = ends;
    this.problem = problem;
  }

  long problems() {
    return problems;
  }

  /** Something is wrong that follows from the events. */
  void report(String what) {
    problems++;
    problem.accept(what);
  }

  private void reporting(Runnable check) {
    try {
      check.run();
    } catch (StoreException e) {
      report(e.getMessage());
    }
  }

  // Before and while the events are read.

  /** Reads how far heads and ids say they are. */
  void readMarks(Reader reader) {
    reporting(() -> readCovered(reader));
    reporting(() -> readIdsCursor(reader));
  }

  private void readCovered(Reader reader) {
    reader.key().put(Recovery.COVERED_KEY);
    byte[] record = reader.get(tables.meta);
    if (record != null) {
      ByteBuffer fields = SealedRecord.open(record, "meta table, covered", Recovery.COVERED_BYTES);
      covered = fields.getLong();
      coveredEvents = fields.getLong();
    } else if (reader.count(tables.heads) > 0) {
      report("meta table, covered: missing");
      return;
    }
    isCoverKnown = true;
  }

  private void readIdsCursor(Reader reader) {
    LmdbStage.putKey(reader.key(), IDS_STAGE);
    byte[] record = reader.get(tables.stages);
    if (record != null) {
      idsCursor = SealedRecord.open(record, "ids table, cursor", Long.BYTES).getLong();
    }
  }

  void beforeChunk(long chunk) {
    if (endsCovered == null && chunk >= covered) {
      endsCovered = ends.copy();
    }
  }

  /** Whether the index of ids claims to have this event. */
  boolean hasId(long position) {
    return position < idsCursor;
  }

  void checkId(Reader reader, long prefix, long position) {
    reader.key().putLong(prefix).putLong(position);
    if (reader.get(tables.ids) == null) {
      report("ids table: the event at position " + position + " is missing");
    } else {
      idsFound++;
    }
  }

  // Afterwards.

  void afterLastChunk(Reader reader, long chunks) {
    reporting(() -> checkVersion(reader));
    checkCovered(chunks);
    for (int number = 0; number < ends.count(); number++) {
      checkLog(reader, number);
    }
    checkStrays(reader);
    forEach(reader, tables.frozen, (key, value) -> checkFrozen(key, value));
    forEach(reader, tables.stages, (key, value) -> checkStage(key, value));
  }

  private void checkVersion(Reader reader) {
    reader.key().put(Recovery.VERSION_KEY);
    byte[] record = reader.get(tables.meta);
    if (record == null) {
      report("meta table, version: missing");
    } else if (SealedRecord.open(record, "meta table, version", Integer.BYTES).getInt()
        != Tables.FORMAT_VERSION) {
      report("meta table, version: not " + Tables.FORMAT_VERSION);
    }
  }

  private void checkCovered(long chunks) {
    if (endsCovered == null) {
      endsCovered = ends;
    }
    if (covered > chunks) {
      report("meta table, covered: " + covered + " chunks of " + chunks);
    } else if (isCoverKnown && endsCovered.events() != coveredEvents) {
      report(
          "meta table, covered: "
              + coveredEvents
              + " events, the chunks have "
              + endsCovered.events());
    }
  }

  private void checkLog(Reader reader, int number) {
    reporting(() -> checkName(reader, number));
    reporting(() -> checkNumber(reader, number));
    reporting(() -> checkHead(reader, number));
    StoredLog known = logs.knownByNumber(number);
    if (known != null && known.size() < ends.size(number)) {
      report(known + ": it is open with " + known.size() + " events, found " + ends.size(number));
    }
  }

  private void checkName(Reader reader, int number) {
    LogName inTable = logs.name(reader, number);
    LogName inEvents = ends.name(number);
    if (inEvents != null && !inEvents.equals(inTable)) {
      report(
          "names table, log number "
              + number
              + ": "
              + inTable.id()
              + ", the events say "
              + inEvents.id());
    }
  }

  /** What the {@code names} table says; null when it says nothing that can be read. */
  @Nullable LogName nameInTable(Reader reader, int number) {
    try {
      return logs.name(reader, number);
    } catch (XfException e) {
      return null; // reported with the other rows
    }
  }

  private @Nullable LogName name(Reader reader, int number) {
    LogName inEvents = ends.name(number);
    return inEvents == null ? nameInTable(reader, number) : inEvents;
  }

  private void checkNumber(Reader reader, int number) {
    LogName name = name(reader, number);
    if (name == null) {
      return;
    }
    LogId id = name.id();
    String what = "logs table, log " + id;
    id.putTo(reader.key());
    byte[] record = reader.get(tables.logs);
    if (record == null) {
      report(what + ": missing");
    } else if (LogRegistry.numberIn(record, what) != number) {
      report(what + ": number " + LogRegistry.numberIn(record, what) + ", expected " + number);
    }
  }

  /** Heads are those of the moment that {@code covered} names, all of them. */
  private void checkHead(Reader reader, int number) {
    LogEnds then = Objects.requireNonNull(endsCovered);
    String what = "heads table, log number " + number;
    reader.key().putInt(number);
    byte[] record = reader.get(tables.heads);
    if (!isCoverKnown) {
      checkSealed(record, what);
      return;
    }
    if (then.size(number) == 0) {
      if (record != null) {
        report(what + ": there is one, before its log was covered");
      }
      return;
    }
    if (record == null) {
      report(what + ": missing");
      return;
    }
    ByteBuffer head = SealedRecord.open(record, what, LogRegistry.HEAD_BYTES);
    long size = head.getLong();
    if (size != then.size(number)) {
      report(what + ": " + size + " events, found " + then.size(number));
    } else if (head.getLong() != then.lastPosition(number)) {
      report(what + ": wrong position of the last event");
    } else if (head.getLong() != then.lastHlc(number)) {
      report(what + ": wrong clock of the last event");
    }
  }

  private static void checkSealed(byte @Nullable [] record, String what) {
    if (record != null) {
      ByteBuffer unused = SealedRecord.open(record, what, LogRegistry.HEAD_BYTES);
    }
  }

  // Rows that nothing leads to.

  private void checkStrays(Reader reader) {
    forEach(reader, tables.names, (key, value) -> checkNumberKey("names table", key));
    forEach(reader, tables.heads, (key, value) -> checkNumberKey("heads table", key));
    forEach(reader, tables.meta, (key, value) -> checkMetaKey(key));
    forEach(reader, tables.runs, (key, value) -> checkRunKey(key));
    forEach(reader, tables.logs, (key, value) -> checkIdKey(reader, key, value));
    if (reader.count(tables.ids) != idsFound) {
      long[] claimed = {0};
      forEach(reader, tables.ids, (key, value) -> claimed[0] += isClaimedId(key) ? 1 : 0);
      if (claimed[0] > idsFound) {
        report("ids table: " + claimed[0] + " entries, " + idsFound + " of them lead to an event");
      }
    }
  }

  /** What is behind the cursor is of a build that did not come to its end. */
  private boolean isClaimedId(byte[] key) {
    return key.length != IdIndex.KEY_BYTES || hasId(ByteBuffer.wrap(key).getLong(Long.BYTES));
  }

  private void checkNumberKey(String table, byte[] key) {
    boolean isOurs =
        key.length == Integer.BYTES
            && Integer.compareUnsigned(ByteBuffer.wrap(key).getInt(), ends.count()) < 0;
    if (!isOurs) {
      report(table + ", key " + hex(key) + ": there is no such log");
    }
  }

  private void checkMetaKey(byte[] key) {
    if (!Arrays.equals(key, Recovery.COVERED_KEY) && !Arrays.equals(key, Recovery.VERSION_KEY)) {
      report("meta table, key " + hex(key) + ": there is no such thing");
    }
  }

  private void checkRunKey(byte[] key) {
    boolean isOurs = false;
    if (key.length == 2 * Integer.BYTES) {
      ByteBuffer fields = ByteBuffer.wrap(key);
      int number = fields.getInt();
      long run = Integer.toUnsignedLong(fields.getInt());
      isOurs =
          Integer.compareUnsigned(number, ends.count()) < 0
              && run < ends.size(number) >>> Run.SHIFT;
    }
    if (!isOurs) {
      report("runs table, key " + hex(key) + ": there is no such run");
    }
  }

  private void checkIdKey(Reader reader, byte[] key, byte[] value) {
    boolean isOurs = false;
    if (key.length == LogId.LENGTH_BYTES) {
      try {
        int number = LogRegistry.numberIn(value, "");
        LogName name = number >= 0 && number < ends.count() ? name(reader, number) : null;
        isOurs = name != null && name.id().equals(LogId.of(key));
      } catch (StoreException e) {
        isOurs = isNamed(reader, LogId.of(key)); // then its row was reported
      }
    }
    if (!isOurs) {
      report("logs table, key " + hex(key) + ": there is no such log under its number");
    }
  }

  private boolean isNamed(Reader reader, LogId id) {
    for (int number = 0; number < ends.count(); number++) {
      LogName name = name(reader, number);
      if (name != null && name.id().equals(id)) {
        return true;
      }
    }
    return false;
  }

  // Rows that do not follow from the events.

  private void checkFrozen(byte[] key, byte[] value) {
    reporting(
        () -> {
          SealedRecord.open(value, "frozen table, log " + hex(key));
        });
  }

  /** Who wrote it builds it again; until it is removed, whoever asks for it gets an error. */
  private void checkStage(byte[] key, byte[] value) {
    reporting(
        () -> {
          SealedRecord.open(value, "stages table, key " + hex(key));
        });
  }

  private static void forEach(Reader reader, Dbi<Slice> table, BiConsumer<byte[], byte[]> visitor) {
    try (Cursor<Slice> at = reader.openCursor(table)) {
      for (boolean more = reader.first(at); more; more = reader.next(at)) {
        visitor.accept(reader.copy(at.key()), reader.copy(at.val()));
      }
    }
  }

  private static String hex(byte[] key) {
    return HexFormat.of().formatHex(key);
  }
}
