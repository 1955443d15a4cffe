package xf.bench.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.lmdbjava.BufferProxy;
import org.lmdbjava.ByteBufferProxy;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.DirectBufferProxy;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/**
 * lmdbjava as its own tutorial uses it: a put an event in ascending order, a transaction a group. A
 * commit makes data pages durable, then the meta page.
 *
 * @param <T> its buffer type
 */
public final class BareLmdb<T> implements Contender {
  private static final int FSYNCS_PER_COMMIT = 2;

  private final Buffers<T> buffers;
  private final Env<T> env;
  private final Dbi<T> table;
  private final Txn<T> reading;
  private final ThreadLocal<T> keys;
  private final T value;
  private long size;
  private long commits;

  /** How a kind of buffer is made and looked at. */
  private interface Buffers<T> {
    BufferProxy<T> proxy();

    T allocate(int bytes);

    void putLong(T buffer, long value);

    long getLong(T buffer);
  }

  private BareLmdb(Path folder, Buffers<T> buffers) {
    this.buffers = buffers;
    env =
        Env.create(buffers.proxy())
            .setMapSize(16L << 30)
            .setMaxDbs(1)
            .open(folder.toFile(), EnvFlags.MDB_NOTLS);
    table = env.openDbi("events", DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY);
    reading = env.txnRead();
    reading.reset();
    Supplier<T> key = () -> buffers.allocate(Long.BYTES);
    keys = ThreadLocal.withInitial(key);
    value = buffers.allocate(PAYLOAD_BYTES);
  }

  /** With {@code ByteBuffer}s, which need {@code --add-opens}. */
  public static BareLmdb<ByteBuffer> withFlags(Path folder) {
    return new BareLmdb<>(folder, new NioBuffers());
  }

  /** With Agrona's buffers, the fastest that needs no flag. */
  public static BareLmdb<DirectBuffer> withoutFlags(Path folder) {
    return new BareLmdb<>(folder, new AgronaBuffers());
  }

  private static final class NioBuffers implements Buffers<ByteBuffer> {
    @Override
    public BufferProxy<ByteBuffer> proxy() {
      return ByteBufferProxy.PROXY_OPTIMAL;
    }

    @Override
    public ByteBuffer allocate(int bytes) {
      return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void putLong(ByteBuffer buffer, long value) {
      buffer.putLong(0, value);
    }

    @Override
    public long getLong(ByteBuffer buffer) {
      return buffer.getLong(0);
    }
  }

  private static final class AgronaBuffers implements Buffers<DirectBuffer> {
    @Override
    public BufferProxy<DirectBuffer> proxy() {
      return DirectBufferProxy.PROXY_DB;
    }

    @Override
    public DirectBuffer allocate(int bytes) {
      return new UnsafeBuffer(ByteBuffer.allocateDirect(bytes));
    }

    @Override
    public void putLong(DirectBuffer buffer, long value) {
      ((UnsafeBuffer) buffer).putLong(0, value);
    }

    @Override
    public long getLong(DirectBuffer buffer) {
      return buffer.getLong(0);
    }
  }

  private T key(long index) {
    T key = keys.get();
    buffers.putLong(key, index);
    return key;
  }

  @Override
  public void appendGroup(int events) {
    try (Txn<T> txn = env.txnWrite()) {
      for (int i = 0; i < events; i++) {
        table.put(txn, key(size), value, PutFlags.MDB_APPEND);
        size++;
      }
      txn.commit();
      commits++;
    }
  }

  @Override
  public synchronized void appendOne() {
    appendGroup(1);
  }

  @Override
  public long read(long index) {
    reading.renew();
    try {
      return buffers.getLong(table.get(reading, key(index)));
    } finally {
      reading.reset();
    }
  }

  @Override
  public long scan() {
    long count = 0;
    long sum = 0;
    reading.renew();
    try (Cursor<T> cursor = table.openCursor(reading)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        sum += buffers.getLong(cursor.val());
        count++;
      }
    } finally {
      reading.reset();
    }
    return sum == 42 ? -1 : count;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long fsyncs() {
    return commits * FSYNCS_PER_COMMIT;
  }

  @Override
  public void close() {
    reading.close();
    env.close();
  }
}
