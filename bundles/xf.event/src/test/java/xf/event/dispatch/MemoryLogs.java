package xf.event.dispatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import xf.event.CommitListener;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventDescriptor;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.EventView;
import xf.event.EventVisitor;
import xf.event.Hlc;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Receipt;
import xf.event.Subscription;
import xf.event.XfException;

/**
 * A store that keeps canonical bytes in memory: small, but with the whole contract of {@link
 * EventLogs}. What it holds is a {@link Disk}, so that another one can take its place.
 */
final class MemoryLogs implements EventLogs {
  /** What outlives a store. */
  static final class Disk {
    private final List<MemoryEvent> arrival = new ArrayList<>();
    private final Map<LogId, LogName> names = new LinkedHashMap<>();
    private final Map<LogId, List<byte[]>> logs = new LinkedHashMap<>();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record MemoryEvent(LogName log, byte[] bytes) {}

  private final Disk disk;
  private final List<CommitListener> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean stopped;

  MemoryLogs(Disk disk) {
    this.disk = disk;
  }

  /** Every call fails from now on. */
  void stop() {
    stopped = true;
  }

  private void checkOpen() {
    if (stopped) {
      throw new XfException(ErrorCode.UNAVAILABLE, "store is stopped");
    }
  }

  @Override
  public EventLog open(LogName name) {
    checkOpen();
    return new MemoryLog(name);
  }

  @Override
  public Optional<EventLog> find(LogId id) {
    synchronized (disk) {
      return Optional.ofNullable(disk.names.get(id)).map(MemoryLog::new);
    }
  }

  @Override
  public List<EventLog> all() {
    synchronized (disk) {
      return disk.names.values().stream().<EventLog>map(MemoryLog::new).toList();
    }
  }

  @Override
  public CompletableFuture<EventBatch> append(EventBatch batch, Durability durability) {
    if (stopped) {
      return CompletableFuture.failedFuture(
          new XfException(ErrorCode.UNAVAILABLE, "store is stopped"));
    }
    long end;
    synchronized (disk) {
      for (int i = 0; i < batch.size(); i++) {
        appendOne(batch, i);
      }
      end = disk.arrival.size();
    }
    listeners.forEach(listener -> listener.committed(end));
    return CompletableFuture.completedFuture(batch);
  }

  private void appendOne(EventBatch batch, int place) {
    LogName name = batch.log(place).name();
    LogId id = name.id();
    disk.names.putIfAbsent(id, name);
    List<byte[]> events = disk.logs.computeIfAbsent(id, k -> new ArrayList<>());
    long index = events.size();
    long last =
        index == 0 ? -1 : new EventView().wrap(little(events.get((int) index - 1)), 0, 32).hlc();
    long millis = batch.millis(place);
    long hlc = Hlc.next(last, millis == EventDraft.NOW ? System.currentTimeMillis() : millis);
    int length = batch.payloadLengthBytes(place);
    byte[] bytes = new byte[EventDescriptor.lengthBytes(0, length)];
    ByteBuffer event = little(bytes);
    event.put(EventDescriptor.VERSION_OFFSET, (byte) EventDescriptor.VERSION);
    event.put(EventDescriptor.CLASS_OFFSET, (byte) name.streamClass().code());
    event.putInt(EventDescriptor.PAYLOAD_LENGTH_OFFSET, length);
    event.putLong(EventDescriptor.INDEX_OFFSET, index);
    event.putLong(EventDescriptor.HLC_OFFSET, hlc);
    event.put(
        EventDescriptor.HEADER_BYTES, batch.payload(place), batch.payloadOffset(place), length);
    events.add(bytes);
    batch.setSequenced(place, index, hlc);
    batch.setPosition(place, disk.arrival.size());
    disk.arrival.add(new MemoryEvent(name, bytes));
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public long scan(long fromPosition, int limit, EventVisitor visitor) {
    checkOpen();
    EventView view = new EventView();
    long position = fromPosition;
    for (int seen = 0; seen < limit; seen++) {
      MemoryEvent event;
      synchronized (disk) {
        if (position >= disk.arrival.size()) {
          return position;
        }
        event = disk.arrival.get((int) position);
      }
      view.wrap(little(event.bytes()), 0, event.bytes().length);
      boolean goOn = visitor.visit(new MemoryLog(event.log()), position, view);
      view.clear();
      position++;
      if (!goOn) {
        return position;
      }
    }
    return position;
  }

  @Override
  public long endPosition() {
    checkOpen();
    synchronized (disk) {
      return disk.arrival.size();
    }
  }

  @Override
  public Subscription onCommit(CommitListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private final class MemoryLog implements EventLog {
    private final LogName name;

    MemoryLog(LogName name) {
      this.name = name;
    }

    @Override
    public LogId id() {
      return name.id();
    }

    @Override
    public LogName name() {
      return name;
    }

    private List<byte[]> events() {
      checkOpen();
      synchronized (disk) {
        return List.copyOf(disk.logs.getOrDefault(id(), List.of()));
      }
    }

    @Override
    public long size() {
      return events().size();
    }

    @Override
    public long lastHlc() {
      return size() == 0 ? -1 : read(size() - 1, EventView::hlc);
    }

    @Override
    public Optional<String> frozen() {
      return Optional.empty();
    }

    @Override
    public CompletableFuture<Receipt> append(EventDraft draft, Durability durability) {
      return MemoryLogs.this
          .append(EventBatch.of(this, draft), durability)
          .thenApply(batch -> batch.receipt(0));
    }

    @Override
    public <T> T read(long index, Function<EventView, T> reader) {
      byte[] bytes = events().get((int) index);
      return reader.apply(new EventView().wrap(little(bytes), 0, bytes.length));
    }

    @Override
    public long scan(long fromIndex, EventVisitor visitor) {
      EventView view = new EventView();
      long index = fromIndex;
      for (byte[] bytes : events().subList((int) fromIndex, events().size())) {
        index++;
        if (!visitor.visit(this, -1, view.wrap(little(bytes), 0, bytes.length))) {
          return index;
        }
      }
      return index;
    }

    @Override
    public long indexAt(long hlc) {
      return events().stream()
          .filter(bytes -> new EventView().wrap(little(bytes), 0, bytes.length).hlc() < hlc)
          .count();
    }
  }
}
