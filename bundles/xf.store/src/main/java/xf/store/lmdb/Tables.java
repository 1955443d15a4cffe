package xf.store.lmdb;

import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;

/**
 * Every table, its keys and its records. Integers in keys are big-endian unless a line says native,
 * so that LMDB's byte order is their order; integers in values are little-endian. Every value but a
 * chunk ends with the CRC32C of what is before it ({@link SealedRecord}); a chunk has its own.
 *
 * <table>
 * <caption>Tables</caption>
 * <tr><th>table</th><th>key</th><th>value</th></tr>
 * <tr><td>events</td><td>chunk number u64, native</td><td>chunk ({@link ChunkDescriptor})</td></tr>
 * <tr><td>logs</td><td>log id 32</td><td>log number u32</td></tr>
 * <tr><td>names</td><td>log number u32</td><td>all of its {@code LogName}</td></tr>
 * <tr><td>heads</td><td>log number u32</td><td>size u64, last position u64, last HLC u64</td></tr>
 * <tr><td>runs</td><td>log number u32, run number u32</td><td>256 positions ({@link Run})</td></tr>
 * <tr><td>frozen</td><td>log id 32</td><td>reason, UTF-8</td></tr>
 * <tr><td>stages</td><td>name length u8, name, key</td><td>value; with an empty key the cursor</td></tr>
 * <tr><td>ids</td><td>first 8 bytes of the id, position u64</td><td>nothing</td></tr>
 * <tr><td>meta</td><td>name</td><td>format version; what heads cover</td></tr>
 * </table>
 *
 * <p>{@code events} is the write-ahead log of all else. {@code heads} lag behind it by a bounded
 * number of events, which an open reads again; {@code runs} are written with the chunk that fills
 * them; {@code ids} are built when first asked for.
 */
final class Tables {
  static final int COUNT = 9;

  /** Version of this layout, in {@code meta}. */
  static final int FORMAT_VERSION = 1;

  final Dbi<Slice> events;
  final Dbi<Slice> logs;
  final Dbi<Slice> names;
  final Dbi<Slice> heads;
  final Dbi<Slice> runs;
  final Dbi<Slice> frozen;
  final Dbi<Slice> stages;
  final Dbi<Slice> ids;
  final Dbi<Slice> meta;

  Tables(Env<Slice> env) {
    events = env.openDbi("events", DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY);
    logs = env.openDbi("logs", DbiFlags.MDB_CREATE);
    names = env.openDbi("names", DbiFlags.MDB_CREATE);
    heads = env.openDbi("heads", DbiFlags.MDB_CREATE);
    runs = env.openDbi("runs", DbiFlags.MDB_CREATE);
    frozen = env.openDbi("frozen", DbiFlags.MDB_CREATE);
    stages = env.openDbi("stages", DbiFlags.MDB_CREATE);
    ids = env.openDbi("ids", DbiFlags.MDB_CREATE);
    meta = env.openDbi("meta", DbiFlags.MDB_CREATE);
  }
}
