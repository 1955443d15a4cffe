package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.GroupId;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.store.StoreException;

/**
 * The logs, by id and by the small number under which their records stand. A log is read from disk
 * when it is first asked for: opening a store of many logs touches none of them.
 */
final class LogRegistry {
  private final LmdbEventStore store;
  private final Tables tables;
  private final ConcurrentHashMap<LogId, StoredLog> byId = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, StoredLog> byNumber = new ConcurrentHashMap<>();

  /** Frozen since the store was opened; a log that is being read just now may have missed it. */
  private final ConcurrentHashMap<LogId, String> frozenSince = new ConcurrentHashMap<>();

  private volatile int count;

  LogRegistry(LmdbEventStore store, Tables tables) {
    this.store = store;
    this.tables = tables;
  }

  /** Reads how many logs there are. */
  void open(Reader reader) {
    count = (int) reader.count(tables.names);
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
    byte[] number = reader.get(tables.logs);
    return number == null
        ? null
        : byNumber(reader, SealedRecord.open(number, "logs table, log " + id).getInt());
  }

  @Nullable StoredLog known(LogId id) {
    return byId.get(id);
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
    String what = "names table, log number " + number;
    reader.key().putInt(number);
    byte[] nameRecord = reader.get(tables.names);
    if (nameRecord == null) {
      throw new StoreException(ErrorCode.NOT_VERIFIED, what + ": missing; run xf:check");
    }
    LogName name = decodeName(SealedRecord.open(nameRecord, what));
    StoredLog log = new StoredLog(store, name, name.id(), number);
    byte[] head = reader.get(tables.heads); // under the same key
    String frozen = frozen(reader, log.id());
    if (head == null) {
      log.restore(0, 0, -1, frozen);
    } else {
      ByteBuffer fields = SealedRecord.open(head, "heads table, log number " + number);
      log.restore(fields.getLong(), fields.getLong(), fields.getLong(), frozen);
    }
    StoredLog raced = byId.putIfAbsent(log.id(), log);
    StoredLog result = raced == null ? log : raced;
    byNumber.put(number, result);
    noteFrozen(result);
    return result;
  }

  /** Why a log is frozen, or null. */
  @Nullable String frozen(Reader reader, LogId id) {
    id.putTo(reader.key());
    byte[] reason = reader.get(tables.frozen);
    return reason == null ? null : text(SealedRecord.open(reason, "frozen table, log " + id));
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

  private static String text(ByteBuffer utf8) {
    return StandardCharsets.UTF_8.decode(utf8).toString();
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
    byte[] topic = name.topic().getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer = SealedRecord.allocate(32 + 1 + 32 + 4 + topic.length);
    name.group().putTo(buffer);
    buffer.put((byte) name.streamClass().code());
    name.author().putTo(buffer);
    buffer.putInt(name.epoch());
    buffer.put(topic);
    return SealedRecord.seal(buffer);
  }

  private static LogName decodeName(ByteBuffer record) {
    byte[] group = new byte[32];
    byte[] author = new byte[32];
    record.get(group);
    StreamClass streamClass = StreamClass.ofCode(Byte.toUnsignedInt(record.get()));
    record.get(author);
    int epoch = record.getInt();
    return new LogName(GroupId.of(group), streamClass, text(record), AuthorKey.of(author), epoch);
  }
}
