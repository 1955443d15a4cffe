package xf.bench.store;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import xf.event.Durability;
import xf.event.EventBatch;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.Keyring;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.identity.FileKeyring;
import xf.merkle.index.LiveMerkleIndex;
import xf.store.lmdb.LmdbEventStore;
import xf.store.segment.SegmentPageStore;

/** The whole path: events, leaves, pages, checkpoints, ratchet; without OSGi around it. */
public final class Ours implements Contender {
  private final Keyring keyring;
  private final LmdbEventStore store;
  private final SegmentPageStore pages;
  private final LiveMerkleIndex index;
  private final EventLog log;
  private final ArrayDeque<EventBatch> spare = new ArrayDeque<>();
  private final EventDraft draft;
  private long sum;

  /** Opens or makes a node's data below a folder. */
  public Ours(Path folder) {
    keyring = FileKeyring.open(folder.resolve("identity"), new SecureRandom());
    store = LmdbEventStore.open(folder.resolve("events"));
    pages = new SegmentPageStore(folder.resolve("pages"));
    index = new LiveMerkleIndex(store, pages, keyring, folder.resolve("identity/ratchet"));
    log = log("bench");
    draft = EventDraft.of(Payloads.direct().duplicate().limit(PAYLOAD_BYTES));
  }

  /** A log of this node's own on some topic. */
  public EventLog log(String topic) {
    return store.open(
        new LogName(keyring.homeGroup(), StreamClass.TOPIC, topic, keyring.device().author(), 0));
  }

  /** The log that is appended to. */
  public EventLog log() {
    return log;
  }

  /** The event store alone. */
  public LmdbEventStore store() {
    return store;
  }

  /** The index behind it. */
  public LiveMerkleIndex index() {
    return index;
  }

  @Override
  public void appendGroup(int events) {
    appendGroups(1, events, 1);
  }

  @Override
  public void appendGroups(int groups, int events, int depth) {
    ArrayDeque<CompletableFuture<EventBatch>> under = new ArrayDeque<>();
    for (int i = 0; i < groups; i++) {
      if (under.size() == depth) {
        spare.add(under.remove().join());
      }
      under.add(store.append(filled(events, i), Durability.DURABLE));
    }
    while (!under.isEmpty()) {
      spare.add(under.remove().join());
    }
  }

  private EventBatch filled(int events, int group) {
    EventBatch batch = spare.poll();
    if (batch == null || batch.capacity() < events) {
      batch = new EventBatch(events);
    }
    batch.clear();
    for (int i = 0; i < events; i++) {
      batch.add(log, 0, Payloads.direct(), Payloads.offset(group + i), PAYLOAD_BYTES);
    }
    return batch;
  }

  /** Appends events spread over logs: each log gets a run of {@code stride} at a time. */
  public void appendSpread(List<EventLog> logs, long events, int stride) {
    List<EventBatch> batches = new ArrayList<>(List.of(new EventBatch(1000), new EventBatch(1000)));
    CompletableFuture<?> last = CompletableFuture.completedFuture(null);
    long next = 0;
    for (int turn = 0; next < events; turn++) {
      EventBatch batch = batches.get(turn & 1);
      batch.clear();
      for (; batch.size() < batch.capacity() && next < events; next++) {
        EventLog to = logs.get((int) (next / stride % logs.size()));
        batch.add(to, 0, Payloads.direct(), Payloads.offset(next), PAYLOAD_BYTES);
      }
      CompletableFuture<?> appended = store.append(batch, Durability.DURABLE);
      last.join();
      last = appended;
    }
    last.join();
  }

  @Override
  public void appendOne() {
    log.append(draft).join();
  }

  @Override
  public void settle() {
    index.catchUp().join();
  }

  @Override
  public long read(long at) {
    log.read(at, this::look);
    return sum;
  }

  private Boolean look(EventView event) {
    sum += event.buffer().getLong(event.payloadOffset());
    return Boolean.TRUE;
  }

  @Override
  public long scan() {
    return log.scan(
        0,
        (each, position, event) -> {
          look(event);
          return true;
        });
  }

  /** Visits all events in order of arrival instead of through the log. */
  public long scanArrival() {
    long[] count = new long[1];
    long end = store.endPosition();
    for (long at = 0; at < end; ) {
      at =
          store.scan(
              at,
              100_000,
              (each, position, event) -> {
                look(event);
                count[0]++;
                return true;
              });
    }
    return count[0];
  }

  @Override
  public boolean sharesSyncs() {
    return true;
  }

  @Override
  public long size() {
    return log.size();
  }

  /**
   * Those of the events' and the index's commits and of page files; a step's ratchet is one more.
   */
  @Override
  public long fsyncs() {
    return store.stats().fsyncs() + pages.stats().forces();
  }

  @Override
  public void close() throws IOException {
    index.close();
    pages.close();
    store.close();
  }
}
