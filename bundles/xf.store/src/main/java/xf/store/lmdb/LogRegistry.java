package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.LogId;
import xf.event.LogName;
import xf.store.StoreException;

/**
 * The logs, by id and by the small number under which their records stand. A log is read from disk
 * when it is first asked for: opening a store of many logs touches none of them.
 */
final class LogRegistry {
  /** Bytes of a record of the {@code heads} table. */
  static final int HEAD_BYTES = 24;

  static final String UNREADABLE_REASON = "the record of why is damaged";

  private final LmdbEventStore store;
  private final Tables tables;
  private final ConcurrentHashMap<LogId, StoredLog> byId = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, StoredLog> byNumber = new ConcurrentHashMap<>();

  /** Frozen since the store was opened; a log that is being read just now may have missed it. */
  private final ConcurrentHashMap<LogId, String> frozenSince = new ConcurrentHashMap<>();

  private volatile int count;

  /** Rows of the small tables are missing: a log that seems new may be none. */
  private volatile boolean isIncomplete;

  /** From now on every log on disk has a head. */
  private volatile boolean isRecovered;

  LogRegistry(LmdbEventStore store, Tables tables) {
    this.store = store;
    this.tables = tables;
  }

  /**
   * Reads how many logs there are. A number is never given twice, also when a row was lost: the
   * events of its log bear it.
   */
  void open(Reader reader) {
    long names = reader.count(tables.names);
    long ids = reader.count(tables.logs);
    count = (int) Math.max(Math.max(names, ids), lastNumber(reader) + 1L);
    isIncomplete = names != ids || names != count;
  }

  private int lastNumber(Reader reader) {
    try (Cursor<Slice> at = reader.openCursor(tables.names)) {
      if (!reader.last(at)) {
        return StoredLog.NO_NUMBER;
      }
      byte[] key = reader.copy(at.key());
      return key.length == Integer.BYTES ? ByteBuffer.wrap(key).getInt() : StoredLog.NO_NUMBER;
    }
  }

  /** What was read so far is not to be trusted. */
  void forgetAll() {
    byId.clear();
    byNumber.clear();
  }

  /**
   * After the recovery.
   *
   * @param found logs that the events show, if all of them were read
   */
  void recovered(int found) {
    isIncomplete |= found > count;
    count = Math.max(count, found);
    isRecovered = true;
  }

  int count() {
    return count;
  }

  /** The log of that name; known from now on, on disk with its first event. */
  StoredLog open(
      LogName name, Supplier<Reader> acquire, java.util.function.Consumer<Reader> release) {
    LogId id = name.id();
    StoredLog known = byId.get(id);
    if (known != null) {
      return known;
    }
    Reader reader = acquire.get();
    try {
      StoredLog stored = find(reader, id);
      if (stored == null) {
        String frozen = frozen(reader, id);
        stored =
            byId.computeIfAbsent(
                id,
                key -> {
                  StoredLog fresh = new StoredLog(store, name, key, StoredLog.NO_NUMBER);
                  fresh.restore(0, 0, -1, frozen);
                  return fresh;
                });
        noteFrozen(stored);
      }
      return stored;
    } finally {
      release.accept(reader);
    }
  }

  /** The log with that id, if it is known or on disk. */
  @Nullable StoredLog find(Reader reader, LogId id) {
    StoredLog known = byId.get(id);
    if (known != null) {
      return known;
    }
    id.putTo(reader.key());
    byte[] record = reader.get(tables.logs);
    if (record == null && isIncomplete) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED,
          "log " + id + ": may be one whose record is lost; run xf:check --repair");
    }
    if (record == null) {
      return null;
    }
    String what = "logs table, log " + id;
    StoredLog found = byNumber(reader, numberIn(record, what));
    if (!found.id().equals(id)) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED,
          what
              + ": number "
              + found.number()
              + " is log "
              + found.id()
              + "; run xf:check --repair");
    }
    return found;
  }

  /** The number in a record of the {@code logs} table. */
  static int numberIn(byte[] record, String what) {
    ByteBuffer content = SealedRecord.open(record, what, Integer.BYTES);
    return content.getInt();
  }

  @Nullable StoredLog known(LogId id) {
    return byId.get(id);
  }

  /** The log with that number, if it is known already. */
  @Nullable StoredLog knownByNumber(int number) {
    return byNumber.get(number);
  }

  /** The log with that number, read from disk when it is not yet known. */
  StoredLog byNumber(Reader reader, int number) {
    StoredLog known = byNumber.get(number);
    return known != null ? known : load(reader, number);
  }

  private synchronized StoredLog load(Reader reader, int number) {
    StoredLog known = byNumber.get(number);
    if (known != null) {
      return known;
    }
    LogName name = name(reader, number);
    StoredLog log = new StoredLog(store, name, name.id(), number);
    if (storedNumber(reader, log.id()) != number) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED,
          "names table, log number "
              + number
              + ": the logs table gives "
              + log.id()
              + " another number or none; run xf:check --repair");
    }
    reader.key().putInt(number);
    byte[] head = reader.get(tables.heads);
    String frozen = frozen(reader, log.id());
    String what = "heads table, log number " + number;
    if (head != null) {
      ByteBuffer fields = SealedRecord.open(head, what, HEAD_BYTES);
      log.restore(fields.getLong(), fields.getLong(), fields.getLong(), frozen);
    } else if (isRecovered) {
      throw new StoreException(ErrorCode.NOT_VERIFIED, what + ": missing; run xf:check --repair");
    } else {
      log.restore(0, 0, -1, frozen); // what is not in the heads yet is replayed
    }
    return add(log, number);
  }

  private StoredLog add(StoredLog log, int number) {
    StoredLog raced = byId.putIfAbsent(log.id(), log);
    StoredLog result = raced == null ? log : raced;
    byNumber.put(number, result);
    noteFrozen(result);
    return result;
  }

  /** The name that the {@code names} table gives to a number. */
  LogName name(Reader reader, int number) {
    String what = "names table, log number " + number;
    reader.key().putInt(number);
    byte[] record = reader.get(tables.names);
    if (record == null) {
      throw new StoreException(ErrorCode.NOT_VERIFIED, what + ": missing; run xf:check --repair");
    }
    return NameRecord.decode(SealedRecord.open(record, what), what);
  }

  /** Before anybody else sees this: a log with the end that its events show. */
  synchronized StoredLog restore(Reader reader, int number, LogEnds ends) {
    LogName known = ends.name(number);
    LogName name = known == null ? name(reader, number) : known;
    StoredLog log = new StoredLog(store, name, name.id(), number);
    restore(reader, log, ends);
    return add(log, number);
  }

  private void restore(Reader reader, StoredLog log, LogEnds ends) {
    int number = log.number();
    log.restore(
        ends.size(number),
        ends.lastPosition(number),
        ends.lastHlc(number),
        frozen(reader, log.id()));
  }

  /**
   * On the appender's thread, after the tables were rebuilt: logs that are known become what their
   * events say; one that was known by a wrong name or number takes no more events, and is to be
   * opened again.
   */
  synchronized void refresh(Reader reader, LogEnds ends) {
    open(reader);
    for (StoredLog log : byId.values()) {
      StoredLog right = byNumber.get(log.number());
      int number = storedNumber(reader, log.id());
      if (number != log.number() || (number != StoredLog.NO_NUMBER && right != log)) {
        byNumber.values().remove(log);
        byId.remove(log.id(), log);
        log.freeze("its record was damaged when it was opened; open it again");
      } else if (number != StoredLog.NO_NUMBER && !log.isAt(ends)) {
        restore(reader, log, ends);
      }
    }
  }

  private int storedNumber(Reader reader, LogId id) {
    id.putTo(reader.key());
    byte[] record = reader.get(tables.logs);
    return record == null ? StoredLog.NO_NUMBER : numberIn(record, "logs table, log " + id);
  }

  /** Why a log is frozen, or null. */
  @Nullable String frozen(Reader reader, LogId id) {
    id.putTo(reader.key());
    byte[] reason = reader.get(tables.frozen);
    return reason == null ? null : reasonIn(reason, id);
  }

  /** After the commit that froze it. */
  void freeze(LogId id, String reason) {
    frozenSince.put(id, reason); // first: whoever reads the log now looks here afterwards
    StoredLog known = byId.get(id);
    if (known != null) {
      known.freeze(reason);
    }
  }

  private void noteFrozen(StoredLog log) {
    String reason = frozenSince.get(log.id());
    if (reason != null) {
      log.freeze(reason);
    }
  }

  /** That it is frozen is the key's to say: a reason that cannot be read thaws nothing. */
  private static String reasonIn(byte[] record, LogId id) {
    try {
      ByteBuffer utf8 = SealedRecord.open(record, "frozen table, log " + id);
      return StandardCharsets.UTF_8.decode(utf8).toString();
    } catch (StoreException e) {
      return UNREADABLE_REASON;
    }
  }

  /** All logs with an event, in order of their numbers. */
  List<EventLog> all(Reader reader) {
    List<EventLog> all = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      all.add(byNumber(reader, number));
    }
    return all;
  }

  /** After the commit that put it on disk. */
  void registered(StoredLog log) {
    byNumber.put(log.number(), log);
    count = Math.max(count, log.number() + 1);
  }

  static byte[] encodeName(LogName name) {
    byte[] bytes = NameRecord.encode(name);
    return SealedRecord.seal(SealedRecord.allocate(bytes.length).put(bytes));
  }
}
