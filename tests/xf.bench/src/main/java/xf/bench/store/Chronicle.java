package xf.bench.store;

import java.nio.file.Path;
import java.util.Arrays;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;

/** Chronicle Queue as shipped: nothing is ever synced, a power cut loses what the kernel held. */
final class Chronicle implements Contender {
  private final ChronicleQueue queue;
  private final ExcerptAppender appender;
  private final ExcerptTailer tailer;
  private final Bytes<byte[]> payload = Bytes.wrapForRead(Payloads.array(0));
  private final Bytes<?> read = Bytes.allocateElasticDirect(1024);
  private long[] places = new long[1 << 20];
  private int size;

  Chronicle(Path folder) {
    queue = ChronicleQueue.single(folder.toString());
    appender = queue.createAppender();
    appender.singleThreadedCheckDisabled(true); // appendGroup lets one in at a time
    tailer = queue.createTailer();
  }

  @Override
  public synchronized void appendGroup(int events) {
    for (int i = 0; i < events; i++) {
      payload.readPositionRemaining(0, PAYLOAD_BYTES);
      appender.writeBytes(payload);
      if (size == places.length) {
        places = Arrays.copyOf(places, size * 2);
      }
      places[size++] = appender.lastIndexAppended();
    }
  }

  @Override
  public void appendOne() {
    appendGroup(1);
  }

  private boolean next() {
    read.clear();
    return tailer.readBytes(read);
  }

  @Override
  public long read(long index) {
    tailer.moveToIndex(places[(int) index]);
    next();
    return read.readLong(0);
  }

  @Override
  public long scan() {
    long count = 0;
    long sum = 0;
    tailer.toStart();
    while (next()) {
      sum += read.readLong(0);
      count++;
    }
    return sum == 42 ? -1 : count;
  }

  @Override
  public boolean sharesSyncs() {
    return true;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long fsyncs() {
    return 0;
  }

  @Override
  public void close() {
    tailer.close();
    appender.close();
    queue.close();
    read.releaseLast();
  }
}
