package xf.store.lmdb;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Txn;
import xf.event.Sha256;

/** The tables of a closed store, row by row: to be looked at, and to be damaged. */
public final class RawTables implements AutoCloseable {
  private static final long MAP_BYTES = 1L << 30;

  private final NativeMemory memory = new NativeMemory();
  private final Env<Slice> env;
  private final Tables tables;

  /** Opens the store in a folder; nobody else may have it open. */
  public RawTables(Path folder) {
    env =
        Env.create(new SliceProxy(memory))
            .setMapSize(MAP_BYTES)
            .setMaxDbs(Tables.COUNT)
            .open(folder.toFile(), EnvFlags.MDB_NOTLS);
    tables = new Tables(env);
  }

  private Dbi<Slice> table(String name) {
    return switch (name) {
      case "events" -> tables.events;
      case "logs" -> tables.logs;
      case "names" -> tables.names;
      case "heads" -> tables.heads;
      case "runs" -> tables.runs;
      case "frozen" -> tables.frozen;
      case "stages" -> tables.stages;
      case "ids" -> tables.ids;
      case "meta" -> tables.meta;
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Every row, by its key in hex. */
  public NavigableMap<String, byte[]> rows(String name) {
    NavigableMap<String, byte[]> rows = new TreeMap<>();
    try (Reader reader = new Reader(env, tables, memory)) {
      reader.begin();
      try (Cursor<Slice> at = reader.openCursor(table(name))) {
        for (boolean more = reader.first(at); more; more = reader.next(at)) {
          String key = HexFormat.of().formatHex(reader.copy(at.key()));
          rows.put(key, reader.copy(at.val()));
        }
      }
      reader.end();
    }
    return rows;
  }

  /** The SHA-256 of all keys and values. */
  public String hash(String name) {
    MessageDigest digest = Sha256.newDigest();
    for (Map.Entry<String, byte[]> row : rows(name).entrySet()) {
      digest.update(row.getKey().getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      digest.update(row.getValue());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Puts a row, its key in hex. */
  public void put(String name, String key, byte[] value) {
    write(
        txn -> {
          txn.key().put(HexFormat.of().parseHex(key));
          txn.put(table(name), value);
        });
  }

  /** Removes a row, its key in hex. */
  public void delete(String name, String key) {
    write(
        txn -> {
          txn.key().put(HexFormat.of().parseHex(key));
          txn.delete(table(name));
        });
  }

  /** Removes all rows. */
  public void clear(String name) {
    write(txn -> txn.clear(table(name)));
  }

  private void write(Consumer<WriteTransaction> change) {
    try (Txn<Slice> txn = env.txnWrite()) {
      change.accept(new WriteTransaction(memory, new WriteTransaction.Buffers(), txn));
      txn.commit();
    }
  }

  @Override
  public void close() {
    env.close();
  }
}
