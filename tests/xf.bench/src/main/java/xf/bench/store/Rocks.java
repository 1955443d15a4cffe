package xf.bench.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB with its log synced for each write, as shipped otherwise but for compression. */
final class Rocks implements Contender {
  static {
    RocksDB.loadLibrary();
  }

  private final Statistics statistics = new Statistics();
  private final Options options =
      new Options()
          .setCreateIfMissing(true)
          .setStatistics(statistics)
          .setCompressionType(org.rocksdb.CompressionType.NO_COMPRESSION);
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final ReadOptions reading = new ReadOptions();
  private final RocksDB db;
  private final AtomicLong size = new AtomicLong();
  private final ThreadLocal<byte[]> keys = ThreadLocal.withInitial(() -> new byte[Long.BYTES]);
  private final ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES);
  private final ByteBuffer value = ByteBuffer.allocateDirect(PAYLOAD_BYTES);

  Rocks(Path folder) throws RocksDBException {
    db = RocksDB.open(options, folder.toString());
  }

  private byte[] key(long index) {
    byte[] bytes = keys.get();
    ByteBuffer.wrap(bytes).putLong(0, index);
    return bytes;
  }

  @Override
  public void appendGroup(int events) throws RocksDBException {
    try (WriteBatch batch = new WriteBatch()) {
      for (int i = 0; i < events; i++) {
        long index = size.getAndIncrement();
        batch.put(key(index), Payloads.array(index));
      }
      db.write(synced, batch);
    }
  }

  @Override
  public void appendOne() throws RocksDBException {
    long index = size.getAndIncrement();
    db.put(synced, key(index), Payloads.array(index));
  }

  @Override
  public long read(long index) throws RocksDBException {
    key.clear().putLong(0, index);
    db.get(reading, key, value.clear());
    return value.getLong(0);
  }

  @Override
  public long scan() {
    long count = 0;
    long sum = 0;
    try (RocksIterator at = db.newIterator()) {
      for (at.seekToFirst(); at.isValid(); at.next()) {
        at.value(value.clear());
        sum += value.getLong(0);
        count++;
      }
    }
    return sum == 42 ? -1 : count;
  }

  @Override
  public boolean sharesSyncs() {
    return true;
  }

  @Override
  public long size() {
    return size.get();
  }

  @Override
  public long fsyncs() {
    return statistics.getTickerCount(TickerType.WAL_FILE_SYNCED);
  }

  @Override
  public void close() throws IOException {
    db.close();
    reading.close();
    synced.close();
    options.close();
    statistics.close();
  }
}
