package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import xf.event.ErrorCode;
import xf.store.Stage;
import xf.store.StageChange;
import xf.store.StoreException;

/** A stage's cursor and table: the keys of the {@code stages} table that start with its name. */
final class LmdbStage implements Stage {
  private static final int MAX_KEY_BYTES = 200;
  private static final int MAX_NAME_BYTES = 64;

  private final LmdbEventStore store;
  private final Tables tables;
  private final String name;
  private final byte[] prefix;

  LmdbStage(LmdbEventStore store, Tables tables, String name) {
    this.store = store;
    this.tables = tables;
    this.name = name;
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    if (utf8.length == 0 || utf8.length > MAX_NAME_BYTES) {
      throw new IllegalArgumentException("stage name " + name + ": expected 1 to 64 bytes");
    }
    prefix = putKey(ByteBuffer.allocate(1 + utf8.length), name).array();
  }

  /** The key of a stage's cursor, and the start of all its keys. */
  static ByteBuffer putKey(ByteBuffer key, String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    return key.put((byte) utf8.length).put(utf8);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long cursor() {
    byte[] record = store.reading(reader -> value(reader, new byte[0]));
    return record == null ? 0 : SealedRecord.open(record, what("cursor"), Long.BYTES).getLong();
  }

  @Override
  public Optional<byte[]> get(byte[] key) {
    checkKey(key);
    byte[] record = store.reading(reader -> value(reader, key));
    return Optional.ofNullable(record).map(found -> content(found, key));
  }

  private byte @Nullable [] value(Reader reader, byte[] key) {
    reader.key().put(prefix).put(key);
    return reader.get(tables.stages);
  }

  private byte[] content(byte[] record, byte[] key) {
    ByteBuffer value = SealedRecord.open(record, what("key of " + key.length + " bytes"));
    return Arrays.copyOf(record, value.limit());
  }

  @Override
  public void scan(byte[] fromKey, BiPredicate<byte[], byte[]> visitor) {
    store.reading(
        reader -> {
          reader.key().put(prefix).put(fromKey);
          try (Cursor<Slice> at = reader.openCursor(tables.stages)) {
            boolean more = reader.seek(at);
            while (more && visit(reader, at, visitor)) {
              more = reader.next(at);
            }
          }
          return null;
        });
  }

  private boolean visit(Reader reader, Cursor<Slice> at, BiPredicate<byte[], byte[]> visitor) {
    byte[] whole = reader.copy(at.key());
    if (!startsWithPrefix(whole)) {
      return false;
    }
    if (whole.length == prefix.length) {
      return true; // the cursor
    }
    byte[] key = Arrays.copyOfRange(whole, prefix.length, whole.length);
    return visitor.test(key, content(reader.copy(at.val()), key));
  }

  private boolean startsWithPrefix(byte[] key) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  @Override
  public CompletableFuture<Void> commit(StageChange change) {
    for (int i = 0; i < change.size(); i++) {
      checkKey(change.key(i));
    }
    return store.change(txn -> write(txn, change), () -> {});
  }

  private void write(WriteTransaction txn, StageChange change) {
    for (int i = 0; i < change.size(); i++) {
      byte[] value = change.value(i);
      txn.key().put(prefix).put(change.key(i));
      if (value.length == 0) {
        txn.delete(tables.stages);
      } else {
        txn.put(tables.stages, SealedRecord.seal(SealedRecord.allocate(value.length).put(value)));
      }
    }
    if (change.cursor() != StageChange.SAME_CURSOR) {
      txn.key().put(prefix);
      txn.put(tables.stages, SealedRecord.seal(SealedRecord.allocate(8).putLong(change.cursor())));
    }
  }

  private static void checkKey(byte[] key) {
    if (key.length == 0 || key.length > MAX_KEY_BYTES) {
      throw new StoreException(
          ErrorCode.TOO_LARGE, "stage key of " + key.length + " bytes: expected 1 to 200");
    }
  }

  private String what(String part) {
    return "stages table, " + name + ", " + part;
  }
}
