package xf.bench;

import static xf.bench.Bars.number;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import xf.bench.store.Contenders;
import xf.bench.store.DiskUse;

/**
 * Two devices in two JVMs, sockets on loopback, both durable, everything verified. {@code from} has
 * the events, {@code to} gets them; a fresh {@code to} is a new device in the same JVM, so that the
 * first of them shows a cold JVM and the others a warm one.
 */
final class SyncSuite {
  /** A small heap, and otherwise as {@code ./run} starts a node. */
  private static final List<String> JVM =
      List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:MetaspaceSize=64m");

  private static final int MANY_LOGS = 10_000;
  private static final int NEW_EVENTS = 10;
  private static final int HOLES = 10;
  private static final int PAYLOAD_BYTES = 256;
  private static final List<Integer> EVERY_MS = List.of(150, 10, 3);

  /**
   * So that what is measured is compiled: single events go another way than a replication, and a
   * method is compiled for good after some 5,000 to 15,000 calls. One each millisecond.
   */
  private static final int WARM_UP_EVENTS = 12_000;

  /** So many for each pace, but no longer than this takes. */
  private static final int MEASURED_EVENTS = 300;

  private static final int MEASURED_MS = 9_000;
  private static final Map<String, String> TRANSPORTS = transports();

  private final PrintStream out;
  private final Path folder;
  private final boolean quick;
  private final Optional<Path> data;
  private final Optional<HypercoreSuite> peers;
  private final SyncTable table;
  private final Map<String, SyncOutcome> outcomes = new LinkedHashMap<>();
  private double lineBytes;

  SyncSuite(
      PrintStream out,
      Path folder,
      boolean quick,
      Optional<Path> data,
      Optional<HypercoreSuite> peers) {
    this.out = out;
    this.table = new SyncTable(out);
    this.peers = peers;
    this.folder = folder.resolve("sync");
    this.quick = quick;
    this.data = data;
  }

  private static Map<String, String> transports() {
    Map<String, String> addresses = new LinkedHashMap<>();
    addresses.put("TCP", "/ip4/127.0.0.1/tcp/0");
    addresses.put("QUIC", "/ip4/127.0.0.1/udp/0/quic-v1");
    return addresses;
  }

  /** Two JVMs and what the measured one of them said. */
  private final class Pair implements AutoCloseable {
    final Fork from;
    final Fork to;

    Pair(String name) throws IOException {
      Path home = folder.resolve(name);
      Files.createDirectories(home.resolve("shared"));
      from = new Fork(JVM, "sync", Contenders.OURS, home.resolve("from"), 0);
      to = new Fork(JVM, "sync", Contenders.OURS, home.resolve("to"), 0);
    }

    Figures from(String step) throws IOException {
      return from.step(step);
    }

    Figures to(String step) throws IOException {
      return to.step(step);
    }

    @Override
    public void close() {
      from.close();
      to.close();
    }
  }

  /** Measures and prints; bars are added for both transports. */
  void run(Bars bars) throws IOException {
    measure(
        () -> {
          onBothTransports((pair, transport) -> replicateAndPush(pair, transport, bars));
          besideHypercore();
          inPair("logs", pair -> manyLogs(pair, bars));
        });
    if (peers.isEmpty()) {
      printQuotes();
    }
  }

  /** In the same minutes as ours, which a ratio needs. */
  private void besideHypercore() throws IOException {
    if (peers.isPresent()) {
      HypercoreSuite hypercore = peers.get();
      SyncOutcome theirs = hypercore.run(events(), data, rounds(), NEW_EVENTS, HOLES);
      hypercore.printRatios(outcomes, theirs);
    }
  }

  private void printQuotes() {
    out.println();
    out.println(
        "Quoted, not measured in this run: Hypercore 11 on the machine the bars were set on:"
            + " 9,087 events/s, 329 + 30 bytes/event,\n  10 new: 6 turns, 5,176 B; 10 holes: 4"
            + " turns, 3,855 B; 180 to 206 MiB resident; --peers measures it here");
  }

  private int events() {
    return quick ? 20_000 : 100_000;
  }

  private int rounds() {
    return quick ? 2 : 4;
  }

  /** Only what a single event takes, after a replication that compiles what it needs. */
  void latencyAlone(Bars bars) throws IOException {
    measure(
        () ->
            onBothTransports(
                (pair, transport) -> {
                  long events = fill(pair, transport, events());
                  pair.to("open fresh");
                  pair.to("replicate " + events);
                  latency(pair, transport, events, bars);
                }));
  }

  /** Only the comparison of many logs. */
  void logsAlone(Bars bars) throws IOException {
    measure(() -> inPair("logs", pair -> manyLogs(pair, bars)));
  }

  private interface Part {
    void run() throws IOException;
  }

  private interface PairPart {
    void run(Pair pair) throws IOException;
  }

  private interface TransportPart {
    void run(Pair pair, String transport) throws IOException;
  }

  private void measure(Part part) throws IOException {
    out.println();
    out.println(
        "Two devices, two JVMs with "
            + String.join(" ", JVM)
            + ", loopback, both durable and verified; wire: as the transport counts, encryption"
            + " included; frames: the sync protocol's own bytes");
    try {
      part.run();
    } finally {
      DiskUse.delete(folder);
    }
  }

  private void onBothTransports(TransportPart part) throws IOException {
    for (String transport : TRANSPORTS.keySet()) {
      inPair(transport, pair -> part.run(pair, transport));
    }
  }

  private void inPair(String name, PairPart part) throws IOException {
    try (Pair pair = new Pair(name)) {
      part.run(pair);
    }
  }

  // ---- one log

  private void replicateAndPush(Pair pair, String transport, Bars bars) throws IOException {
    long events = fill(pair, transport, events());
    SyncOutcome outcome = new SyncOutcome();
    outcomes.put(transport, outcome);
    table.head(transport);
    for (int round = 0; round < rounds(); round++) {
      pair.to("open fresh" + round);
      Figures figures = pair.to("replicate " + events);
      table.replication(round == 0 ? "cold JVMs" : "warm JVMs, device " + round, figures);
      outcome.addReplication(round == 0, figures);
    }
    String what = number((double) events) + " events to a fresh device, " + transport;
    bars.add(what + ", cold", "events/s", 60_000, 200_000, outcome.cold.median("rate"));
    bars.add(what + ", warm", "events/s", 60_000, 200_000, outcome.warm.median("rate"));
    if (data.isEmpty()) {
      bars.add(what, "bytes/event", 300, 275, outcome.warm.median("wire.in"));
    } else {
      out.printf("  a line of the file has %s bytes%n", number(lineBytes));
    }
    outcome.tenNew = tenNew(pair, transport, events, bars);
    outcome.holes = holes(pair, transport, events, bars);
    latency(pair, transport, events + 2 * NEW_EVENTS, bars);
    memory(pair, transport, outcome, bars);
  }

  /** Opens the sending device, with so many events or those of the file, and has it listen. */
  private long fill(Pair pair, String transport, int wanted) throws IOException {
    pair.from("open main");
    Figures fill = pair.from(data.isPresent() ? "file " + data.get() : "fill " + wanted);
    if (data.isPresent()) {
      lineBytes = fill.median("fill.bytes");
    }
    pair.from("listen " + TRANSPORTS.get(transport));
    return (long) fill.median("fill.events");
  }

  /** Once to warm the way up, and once that is counted. */
  private Figures tenNew(Pair pair, String transport, long events, Bars bars) throws IOException {
    Figures moved = new Figures();
    for (int time = 1; time <= 2; time++) {
      pair.to("quiet 2500");
      pair.from("mark");
      pair.to("mark");
      pair.from("fill " + NEW_EVENTS);
      pair.to("until " + (events + (long) time * NEW_EVENTS));
      moved = pair.to("traffic");
    }
    table.traffic("10 new events, in step, " + transport, moved);
    String what = "10 new of " + number((double) events) + ", " + transport;
    bars.add(what, "bytes on the wire", 3_300, 2_950, SyncOutcome.wire(moved));
    bars.add(what, "turns of the receiver", 1, 0, moved.median("turns"));
    return moved;
  }

  /** Events whose bytes are lost here while the tree over them is not. */
  private Figures holes(Pair pair, String transport, long events, Bars bars) throws IOException {
    pair.to("quiet 500");
    pair.to("mark");
    pair.to("holes " + HOLES + " " + events);
    Figures moved = pair.to("traffic");
    table.traffic(HOLES + " scattered holes, " + transport, moved);
    String what = HOLES + " scattered holes, " + transport;
    bars.addAtMost(what, "bytes on the wire", 3_800, SyncOutcome.wire(moved));
    bars.add(what, "turns of the receiver", 2, 1, moved.median("turns"));
    return moved;
  }

  private static double frames(Figures moved) {
    return moved.median("frames.in") + moved.median("frames.out");
  }

  // ---- latency

  private void latency(Pair pair, String transport, long events, Bars bars) throws IOException {
    pair.from("paced " + WARM_UP_EVENTS + " 1");
    long there = events + WARM_UP_EVENTS;
    pair.to("until " + there);
    out.printf("  after %d events, one each millisecond:%n", WARM_UP_EVENTS);
    for (int everyMs : EVERY_MS) {
      int count = quick ? 20 : Math.min(MEASURED_EVENTS, MEASURED_MS / everyMs);
      there += count;
      latency(pair, transport, count, everyMs, there, bars);
    }
  }

  /**
   * One fsync and one round trip are measured at the events' own pace: after a pause, which sends
   * the processors to sleep, each takes several times as long as one right after the other. Both
   * are printed; the bar is made of those that an event on its way meets.
   */
  private void latency(Pair pair, String transport, int count, int everyMs, long end, Bars bars)
      throws IOException {
    Figures apart = pair.to("apart " + count + " " + everyMs);
    double fsyncMs = apart.median("fsync.ms");
    double rttMs = apart.median("rtt.ms");
    double closeFsyncMs = pair.to("fsync").median("fsync.ms");
    double closeRttMs = pair.to("ping").median("rtt.ms");
    out.printf(
        "  each %d ms: one fsync %s ms, one round trip (ping) %s ms; %s and %s one right after the"
            + " other%n",
        everyMs, number(fsyncMs), number(rttMs), number(closeFsyncMs), number(closeRttMs));
    double median = median(paced(pair, transport, count, everyMs, end));
    String what = "durable -> delivered, each " + everyMs + " ms, " + transport;
    bars.add(what, "ms", 3 * fsyncMs + rttMs, 2 * fsyncMs + rttMs, median);
  }

  private double[] paced(Pair pair, String transport, int count, int everyMs, long end)
      throws IOException {
    pair.to("quiet 500");
    pair.to("arrivals bench");
    pair.to("mark");
    pair.from("mark");
    pair.from("paced " + count + " " + everyMs);
    pair.to("until " + end);
    pair.to("arrived");
    double fromFsyncs = pair.from("traffic").median("fsyncs") / count;
    double toFsyncs = pair.to("traffic").median("fsyncs") / count;
    double[] arrived = nanos("arrived", transport);
    double[] sinceDurable = difference(arrived, nanos("durable", transport));
    double[] sinceAsked = difference(arrived, nanos("asked", transport));
    out.printf(
        "  %-44s median %s, p99 %s ms; from the call %s, %s ms; fsyncs/event %s and %s%n",
        "durable -> delivered, one each " + everyMs + " ms, " + transport,
        number(median(sinceDurable)),
        number(sinceDurable[sinceDurable.length * 99 / 100]),
        number(median(sinceAsked)),
        number(sinceAsked[sinceAsked.length * 99 / 100]),
        number(fromFsyncs),
        number(toFsyncs));
    return sinceDurable;
  }

  private double[] nanos(String name, String transport) throws IOException {
    Path file = folder.resolve(transport).resolve("shared").resolve(name);
    return Files.readAllLines(file).stream().mapToDouble(Double::parseDouble).toArray();
  }

  /** In milliseconds, in order of size. Both JVMs read the same monotonic clock of the machine. */
  private static double[] difference(double[] later, double[] earlier) {
    double[] ms = new double[Math.min(later.length, earlier.length)];
    Arrays.setAll(ms, i -> (later[i] - earlier[i]) / 1e6);
    Arrays.sort(ms);
    return ms;
  }

  private static double median(double[] sorted) {
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }

  private void memory(Pair pair, String transport, SyncOutcome outcome, Bars bars)
      throws IOException {
    Figures from = pair.from("memory");
    Figures to = pair.to("memory");
    table.memory(transport, from, to);
    outcome.addMemory(from, to);
    bars.add(
        "heap of a device, most after a collection, " + transport,
        "MiB",
        96,
        64,
        Math.max(from.median("heap.peak"), to.median("heap.peak")));
  }

  // ---- many logs

  private void manyLogs(Pair pair, Bars bars) throws IOException {
    int logs = quick ? 1_000 : MANY_LOGS;
    pair.from("open logs");
    pair.from("logs " + logs);
    pair.from("listen " + TRANSPORTS.get("TCP"));
    pair.to("open logs");
    Figures all = pair.to("replicate " + logs);
    out.println();
    out.printf(
        "%s logs of one event each, TCP: %s s to a fresh device%n",
        number(logs), number(all.median("seconds")));
    pair.to("quiet 2500");
    pair.to("part");
    pair.to("live");
    pair.to("quiet 300");
    Figures nothing = pair.to("traffic");
    table.traffic("nothing new, a new session", nothing);
    bars.add(
        "nothing new, " + number(logs) + " logs", "bytes in frames", 300, 128, frames(nothing));
    bars.add(
        "nothing new, " + number(logs) + " logs",
        "turns of the receiver",
        1,
        0,
        nothing.median("turns"));
    pair.to("part");
    pair.from("logs " + NEW_EVENTS);
    pair.to("until " + (logs + NEW_EVENTS));
    Figures changed = pair.to("traffic");
    table.traffic("10 logs changed, a new session", changed);
    String what = "10 changed of " + number(logs) + " logs";
    bars.add(
        what,
        "bytes in frames without payloads",
        6_144,
        4_096,
        frames(changed) - (double) NEW_EVENTS * PAYLOAD_BYTES);
    bars.add(what, "turns of the receiver", 3, 2, changed.median("turns"));
  }
}
