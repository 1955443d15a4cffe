package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lmdbjava.Dbi;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;
import xf.store.lmdb.NativeMemory.Window;

/** A write transaction as the appender's parts see it: puts, and chunks to be filled in place. */
final class WriteTransaction {
  private final NativeMemory memory;
  private final Buffers buffers;
  private final Txn<Slice> txn;

  /** Direct buffers for keys and values, made once. */
  static final class Buffers {
    private static final int MAX_KEY_BYTES = 512;
    private static final int FIRST_VALUE_BYTES = 4096;

    private final ByteBuffer keyBytes =
        ByteBuffer.allocateDirect(MAX_KEY_BYTES).order(ByteOrder.BIG_ENDIAN);
    private final Slice key = Slice.over(keyBytes);
    private ByteBuffer valueBytes = ByteBuffer.allocateDirect(FIRST_VALUE_BYTES);
    private Slice value = Slice.over(valueBytes);
    private final ByteBuffer chunkKeyBytes =
        ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    private final Slice chunkKey = Slice.over(chunkKeyBytes);

    private Slice value(byte[] bytes) {
      if (bytes.length > valueBytes.capacity()) {
        valueBytes = ByteBuffer.allocateDirect(Integer.highestOneBit(bytes.length) * 2);
        value = Slice.over(valueBytes);
      }
      valueBytes.put(0, bytes);
      return value.withLength(bytes.length);
    }
  }

  WriteTransaction(NativeMemory memory, Buffers buffers, Txn<Slice> txn) {
    this.memory = memory;
    this.buffers = buffers;
    this.txn = txn;
  }

  /** Starts a key; fill what is returned, then put or delete. */
  ByteBuffer key() {
    return buffers.keyBytes.clear();
  }

  /** Puts a value under the key that was filled in. */
  void put(Dbi<Slice> table, byte[] value, PutFlags... flags) {
    table.put(
        txn, buffers.key.withLength(buffers.keyBytes.position()), buffers.value(value), flags);
  }

  /** Removes the key that was filled in. */
  void delete(Dbi<Slice> table) {
    table.delete(txn, buffers.key.withLength(buffers.keyBytes.position()));
  }

  /** Removes every row. */
  void clear(Dbi<Slice> table) {
    table.drop(txn);
  }

  /** Room for a chunk behind all others: to be filled completely before anything else is put. */
  Slice reserveChunk(Dbi<Slice> table, long number, int bytes) {
    buffers.chunkKeyBytes.putLong(0, number);
    return table.reserve(txn, buffers.chunkKey, bytes, PutFlags.MDB_APPEND);
  }

  Window window(Slice slice) {
    return memory.window(slice.address());
  }
}
