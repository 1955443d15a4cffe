package xf.bench.store;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;

/** H2's MVStore, committed and synced by us. */
final class MvStoreMap implements Contender {
  private final MVStore store;
  private final MVMap<Long, byte[]> map;
  private long syncs;

  MvStoreMap(Path folder) {
    store =
        new MVStore.Builder()
            .fileName(folder.resolve("mv.db").toString())
            .autoCommitDisabled()
            .open();
    map =
        store.openMap(
            "events",
            new MVMap.Builder<Long, byte[]>()
                .keyType(LongDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
  }

  @Override
  public synchronized void appendGroup(int events) {
    for (int i = 0; i < events; i++) {
      long index = map.sizeAsLong();
      map.append(index, Payloads.array(index));
    }
    store.commit();
    store.sync();
    syncs++;
  }

  @Override
  public void appendOne() {
    appendGroup(1);
  }

  @Override
  public long read(long index) {
    return first(Objects.requireNonNull(map.get(index)));
  }

  private static long first(byte[] value) {
    return ByteBuffer.wrap(value).getLong(0);
  }

  @Override
  public long scan() {
    long count = 0;
    long sum = 0;
    for (Cursor<Long, byte[]> at = map.cursor(null); at.hasNext(); count++) {
      at.next();
      sum += first(at.getValue());
    }
    return sum == 42 ? -1 : count;
  }

  @Override
  public long size() {
    return map.sizeAsLong();
  }

  @Override
  public long fsyncs() {
    return syncs;
  }

  @Override
  public void close() {
    store.close();
  }
}
