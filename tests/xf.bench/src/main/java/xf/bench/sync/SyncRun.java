package xf.bench.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import xf.bench.Figures;
import xf.bench.Steps;
import xf.event.Durability;
import xf.event.EventBatch;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.LogName;
import xf.event.Subscription;
import xf.gossip.SessionInfo;
import xf.gossip.net.Connection;
import xf.gossip.net.Multiaddr;

/**
 * One of the two devices. A step is a word and what it needs, apart by spaces; what the other
 * device has to know goes through files in the folder that both have in common.
 */
public final class SyncRun implements Steps {
  private static final int PAYLOAD_BYTES = 256;
  private static final int BATCH = 1_000;
  private static final int PINGS = 50;
  private static final int FSYNCS = 200;

  private final Path shared;
  private final Path own;
  private final Memory memory = new Memory();
  private final Random random = new Random(3);
  private @Nullable SyncNode node;
  private @Nullable Subscription arrivals;
  private List<Long> arrivedNs = new ArrayList<>();
  private Traffic before = Traffic.NONE;

  /** A device whose data is in {@code own}. */
  public SyncRun(Path own) {
    this.own = own;
    this.shared = own.resolveSibling("shared");
  }

  /** Bytes and turns so far. */
  private record Traffic(
      long frameBytesIn,
      long frameBytesOut,
      long turns,
      long eventsIn,
      long wireBytesIn,
      long wireBytesOut,
      long fsyncs) {
    static final Traffic NONE = new Traffic(0, 0, 0, 0, 0, 0, 0);
  }

  private SyncNode node() {
    SyncNode current = node;
    if (current == null) {
      throw new IllegalStateException("no node is open");
    }
    return current;
  }

  @Override
  public void step(String line, Figures figures) throws Exception {
    String[] words = line.split(" ", 2);
    String rest = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "open" -> open(rest);
      case "listen" -> Files.writeString(shared.resolve("address"), node().listen(rest).toString());
      case "fill" -> fill(Integer.parseInt(rest), figures);
      case "file" -> FileEvents.append(node(), Path.of(rest), figures);
      case "logs" -> appendToLogs(Integer.parseInt(rest));
      case "replicate" -> replicate(Long.parseLong(rest), figures);
      case "until" -> until(Long.parseLong(rest), figures);
      case "mark" -> before = traffic();
      case "traffic" -> traffic(figures);
      case "holes" -> readHoles(rest);
      case "quiet" -> awaitQuiet(Long.parseLong(rest));
      case "part" -> part();
      case "live" -> node().await("a session", this::isLive);
      case "arrivals" -> noteArrivals(rest);
      case "arrived" -> writeArrivals();
      case "paced" -> appendPaced(rest);
      case "fsync" -> measureFsync(figures);
      case "ping" -> measurePings(figures);
      case "apart" -> measureApart(rest, figures);
      case "memory" -> memory.figures(figures);
      default -> throw new IllegalArgumentException("no step " + line);
    }
  }

  private Multiaddr address() throws IOException {
    return Multiaddr.parse(Files.readString(shared.resolve("address")));
  }

  /** Closes what is open; opens the device in a folder of that name. */
  private void open(String name) throws IOException {
    close();
    node = new SyncNode(Files.createDirectories(own.resolve(name)));
  }

  // ---- events

  private void fill(int events, Figures figures) {
    EventLog log = node().log("bench");
    append(log, events);
    figures.add("fill.events", (double) log.size());
    node().index.catchUp().join();
  }

  private void append(EventLog log, int events) {
    CompletableFuture<?> last = CompletableFuture.completedFuture(null);
    for (int left = events; left > 0; left -= BATCH) {
      EventBatch batch = new EventBatch(BATCH);
      for (int i = 0; i < Math.min(BATCH, left); i++) {
        batch.add(log, 0, ByteBuffer.wrap(payload()), 0, PAYLOAD_BYTES);
      }
      last.join();
      last = node().store.append(batch, Durability.DURABLE);
    }
    last.join();
  }

  private byte[] payload() {
    byte[] bytes = new byte[PAYLOAD_BYTES];
    random.nextBytes(bytes);
    return bytes;
  }

  /** One event more in each of so many logs. */
  private void appendToLogs(int logs) {
    EventBatch batch = new EventBatch(BATCH);
    for (int i = 0; i < logs; i++) {
      batch.add(node().log("log/" + i), 0, ByteBuffer.wrap(payload()), 0, PAYLOAD_BYTES);
      if (batch.size() == BATCH || i + 1 == logs) {
        node().store.append(batch, Durability.DURABLE).join();
        batch = new EventBatch(BATCH);
      }
    }
    node().index.catchUp().join();
  }

  // ---- replication

  /** From the first word about the other device until all is durable under a verified head. */
  private void replicate(long events, Figures figures) throws IOException {
    SyncNode to = node();
    Multiaddr from = address();
    long startNs = System.nanoTime();
    to.meet(from);
    to.await(events + " events", () -> isThere(events));
    double seconds = (System.nanoTime() - startNs) / 1e9;
    Traffic all = traffic();
    figures.add("rate", events / seconds);
    figures.add("seconds", seconds);
    figures.add("wire.in", all.wireBytesIn / (double) events);
    figures.add("wire.out", all.wireBytesOut / (double) events);
    figures.add("frames.in", all.frameBytesIn / (double) events);
    figures.add("frames.out", all.frameBytesOut / (double) events);
    figures.add("turns", (double) all.turns);
    figures.add("events", (double) all.eventsIn);
  }

  /** The cheap question first: heads are a copy of all of them. */
  private boolean isThere(long events) {
    return node().store.stats().events() >= events && node().headed() >= events;
  }

  /** Asks for single events, as far apart as they can be, of the log that is here. */
  private void readHoles(String arguments) {
    String[] words = arguments.split(" ", -1);
    int holes = Integer.parseInt(words[0]);
    long step = Long.parseLong(words[1]) / holes;
    LogName log = logOf("bench").name();
    List<Long> indexes = LongStream.range(0, holes).map(i -> step * i + i).boxed().toList();
    int found = node().engine.read(log, indexes).join().size();
    if (found != holes) {
      throw new IllegalStateException(found + " events came for " + holes + " holes");
    }
  }

  private void until(long events, Figures figures) {
    long startNs = System.nanoTime();
    node().await(events + " events", () -> isThere(events));
    figures.add("seconds", (System.nanoTime() - startNs) / 1e9);
  }

  private Traffic traffic() {
    Optional<SessionInfo> session = node().session();
    Optional<Connection> connection = node().connection();
    return new Traffic(
        session.map(SessionInfo::bytesIn).orElse(0L),
        session.map(SessionInfo::bytesOut).orElse(0L),
        session.map(SessionInfo::turns).orElse(0L),
        session.map(SessionInfo::eventsIn).orElse(0L),
        connection.map(each -> each.info().bytesIn()).orElse(0L),
        connection.map(each -> each.info().bytesOut()).orElse(0L),
        node().fsyncs());
  }

  /** What moved since the mark. */
  private void traffic(Figures figures) {
    Traffic now = traffic();
    figures.add("frames.in", (double) (now.frameBytesIn - before.frameBytesIn));
    figures.add("frames.out", (double) (now.frameBytesOut - before.frameBytesOut));
    figures.add("turns", (double) (now.turns - before.turns));
    figures.add("events", (double) (now.eventsIn - before.eventsIn));
    figures.add("wire.in", (double) (now.wireBytesIn - before.wireBytesIn));
    figures.add("wire.out", (double) (now.wireBytesOut - before.wireBytesOut));
    figures.add("fsyncs", (double) (now.fsyncs - before.fsyncs));
  }

  /** Ends the connection; sync comes back by itself, with a session that is counted from 0. */
  private void part() throws IOException {
    node().disconnect(address().peerId().orElseThrow());
    node().await("the end of the session", () -> node().session().isEmpty());
    before = Traffic.NONE;
  }

  /** Until nothing has moved for so many milliseconds. */
  private void awaitQuiet(long ms) {
    long[] since = {System.nanoTime()};
    Traffic[] last = {traffic()};
    node()
        .await(
            "quiet",
            () -> {
              Traffic now = traffic();
              if (!now.equals(last[0])) {
                last[0] = now;
                since[0] = System.nanoTime();
              }
              return System.nanoTime() - since[0] > TimeUnit.MILLISECONDS.toNanos(ms);
            });
  }

  private boolean isLive() {
    return node().session().filter(s -> s.state() == SessionInfo.State.LIVE).isPresent();
  }

  // ---- latency

  /** Notes when each event of a topic's log is durable and readable here. */
  private void noteArrivals(String topic) {
    EventLog log = logOf(topic);
    List<Long> times = new ArrayList<>();
    long first = log.size();
    arrivedNs = times;
    arrivals =
        node()
            .store
            .onCommit(
                position -> {
                  long nowNs = System.nanoTime();
                  while (first + times.size() < log.size()) {
                    times.add(nowNs);
                  }
                });
  }

  /** The log of a topic, whoever its author is. */
  private EventLog logOf(String topic) {
    return node().store.all().stream()
        .filter(each -> each.name().topic().equals(topic))
        .findFirst()
        .orElseThrow();
  }

  private void writeArrivals() throws IOException {
    Subscription current = arrivals;
    if (current != null) {
      current.close();
    }
    write("arrived", arrivedNs);
  }

  private void write(String name, List<Long> nanos) throws IOException {
    String text = nanos.stream().map(String::valueOf).collect(Collectors.joining("\n"));
    Files.writeString(shared.resolve(name), text);
  }

  /** Appends single events, each so many milliseconds after the one before. */
  private void appendPaced(String arguments) throws IOException {
    String[] words = arguments.split(" ", -1);
    int events = Integer.parseInt(words[0]);
    long everyNs = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[1]));
    EventLog log = node().log("bench");
    List<Long> askedNs = new ArrayList<>();
    List<Long> durableNs = new ArrayList<>();
    long nextNs = System.nanoTime();
    for (int i = 0; i < events; i++) {
      LockSupport.parkNanos(nextNs - System.nanoTime());
      askedNs.add(System.nanoTime());
      log.append(EventDraft.of(payload())).join();
      durableNs.add(System.nanoTime());
      nextNs += everyNs;
    }
    write("asked", askedNs);
    write("durable", durableNs);
  }

  /** One block written and forced, on the disk that the store is on, again and again. */
  private void measureFsync(Figures figures) throws IOException {
    long[] nanos = new long[FSYNCS];
    try (FileChannel file = openForFsync()) {
      for (int i = 0; i < FSYNCS; i++) {
        nanos[i] = fsyncNanos(file, i);
      }
    }
    Arrays.sort(nanos);
    figures.add("fsync.ms", nanos[FSYNCS / 2] / 1e6);
  }

  private FileChannel openForFsync() throws IOException {
    FileChannel file =
        FileChannel.open(own.resolve("fsync"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    file.write(ByteBuffer.allocate(1 << 20), 0);
    file.force(true);
    return file;
  }

  private static long fsyncNanos(FileChannel file, int block) throws IOException {
    long startNs = System.nanoTime();
    file.write(ByteBuffer.allocate(4096), 4096L * (block % 256));
    file.force(false);
    return System.nanoTime() - startNs;
  }

  private void measurePings(Figures figures) {
    figures.add("rtt.ms", node().pings(PINGS)[PINGS / 2] / 1e6);
  }

  /** Single fsyncs and pings, so many milliseconds apart: what waking up adds to them here. */
  private void measureApart(String arguments, Figures figures) throws IOException {
    String[] words = arguments.split(" ", -1);
    int times = Integer.parseInt(words[0]);
    long everyNs = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[1]));
    try (FileChannel file = openForFsync()) {
      for (int i = 0; i < times; i++) {
        LockSupport.parkNanos(everyNs / 2);
        figures.add("fsync.ms", fsyncNanos(file, i) / 1e6);
        LockSupport.parkNanos(everyNs / 2);
        figures.add("rtt.ms", node().pings(1)[0] / 1e6);
      }
    }
  }

  @Override
  public void close() throws IOException {
    SyncNode current = node;
    node = null;
    if (current != null) {
      current.close();
      before = Traffic.NONE;
    }
  }
}
