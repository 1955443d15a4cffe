package xf.shell.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import xf.event.Dependency;
import xf.event.Durability;
import xf.event.ErrorCode;
import xf.event.EventBatch;
import xf.event.EventDescriptor;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.GroupId;
import xf.event.Keyring;
import xf.event.LogName;
import xf.event.Signer;
import xf.event.StreamClass;
import xf.event.XfException;

/**
 * Takes a stream of JSON lines into logs. The story of a line: read into a {@link Block}, parsed
 * there, recognised as known or given the index it will have, appended with its block, acknowledged
 * while later blocks are read.
 *
 * <p>A parent can be named before it is durable because only an import writes the logs it derives
 * keys for: the index an event will get is known when its block is built, and checked when the
 * block is acknowledged.
 */
public final class Importer {
  private static final int BLOCKS = 4;

  /** Table entries for a heap of so many bytes; the tables then take about a quarter of it. */
  private static final long HEAP_BYTES_PER_ENTRY = 512;

  private final EventLogs logs;
  private final Keyring keyring;
  private final GroupId group;
  private final Path file;
  private final boolean perAuthor;
  private final ImportProgress progress;

  private final SplittableRandom random = new SplittableRandom(System.nanoTime());
  private final Fingerprint fingerprint = new Fingerprint(random);
  private final Fingerprint scratch = fingerprint.sibling();
  private final LineParser parser = new LineParser(fingerprint);
  private final int tableEntries =
      (int) Math.min(1 << 24, Runtime.getRuntime().maxMemory() / HEAP_BYTES_PER_ENTRY);
  private final SeenEvents seen = new SeenEvents(tableEntries / 2);
  private final PlaceTable known = new PlaceTable();
  private final List<Target> targets = new ArrayList<>();
  private final Map<String, Map<String, Target>> byTopicAndAuthor = new HashMap<>();
  private final Dependency[] dependencies = new Dependency[EventDescriptor.MAX_DEPENDENCIES];

  private long lines;
  private long appended;
  private long alreadyThere;
  private long refused;
  private long linked;
  private long unseen;
  private boolean hasFailed;

  /**
   * An import that is yet to run.
   *
   * @param group whose logs the lines go into; this device is in it
   * @param perAuthor into a log of each source author rather than into this device's own
   */
  public Importer(
      EventLogs logs,
      Keyring keyring,
      GroupId group,
      Path file,
      boolean perAuthor,
      ImportProgress progress) {
    this.logs = logs;
    this.keyring = keyring;
    this.group = group;
    this.file = file;
    this.perAuthor = perAuthor;
    this.progress = progress;
  }

  /**
   * Reads {@code in} to its end.
   *
   * @param fileBytes how much of the file {@code in} has taken so far
   * @throws XfException when the store refuses a batch or the file cannot be read on; what was
   *     acknowledged stays, and the same import goes on from there
   */
  public ImportReport run(InputStream in, LongSupplier fileBytes) {
    long startNs = System.nanoTime();
    Block[] blocks = new Block[BLOCKS];
    Arrays.setAll(blocks, i -> new Block());
    LineReader reader = new LineReader(in);
    int turn = 0;
    try {
      boolean more = true;
      while (more) {
        Block block = blocks[turn++ % BLOCKS];
        settle(block);
        more = fill(block, reader);
        append(block);
        block.lastLine = reader.lineNumber();
        progress.advanced(fileBytes.getAsLong(), appended + alreadyThere);
      }
    } finally {
      // Oldest first: a block acknowledges the lines of all before it.
      for (int i = 0; i < BLOCKS; i++) {
        settle(blocks[turn++ % BLOCKS]);
      }
    }
    progress.advanced(fileBytes.getAsLong(), appended + alreadyThere);
    return new ImportReport(
        lines,
        appended,
        alreadyThere,
        refused,
        targets.size(),
        linked,
        unseen,
        System.nanoTime() - startNs);
  }

  // ---- reading

  private boolean fill(Block block, LineReader reader) {
    while (!block.isFull()) {
      int length = readLine(block, reader);
      if (length == LineReader.END) {
        return false;
      }
      if (length != 0) { // blank lines are between lines
        lines++;
        take(block, reader, length);
      }
    }
    return true;
  }

  private int readLine(Block block, LineReader reader) {
    try {
      return reader.read(block.bytes, block.used, Block.MAX_LINE_BYTES - 1);
    } catch (IOException e) {
      throw new XfException(
          ErrorCode.IO,
          file + " after line " + reader.lineNumber() + ": cannot be read on: " + e.getMessage(),
          e);
    }
  }

  private void take(Block block, LineReader reader, int length) {
    if (length == LineReader.TOO_LONG || length > EventDescriptor.MAX_PAYLOAD_BYTES) {
      refuse(
          reader.lineNumber(),
          "has "
              + reader.lineBytes()
              + " bytes: at most "
              + EventDescriptor.MAX_PAYLOAD_BYTES
              + " fit an event of "
              + EventDescriptor.MAX_EVENT_BYTES);
      return;
    }
    try {
      block.number[block.lines] = reader.lineNumber();
      parser.parse(block, block.used, length);
      block.used += length;
    } catch (XfException e) {
      refuse(reader.lineNumber(), e.getMessage());
    }
  }

  private void refuse(long line, String reason) {
    refused++;
    progress.refused(line, reason);
  }

  // ---- sequencing

  private void append(Block block) {
    openTargets(block);
    for (int line = 0; line < block.lines; line++) {
      Target target = target(block.topic[line], block.author[line]);
      if (target.log.frozen().isPresent()) {
        refuse(
            block.number[line],
            "belongs to log "
                + target.log.id()
                + ", which is frozen: "
                + target.log.frozen().get());
      } else {
        appendUnlessKnown(block, line, target);
      }
    }
    if (block.batch.size() > 0) {
      block.acknowledged = logs.append(block.batch, Durability.DURABLE);
    }
  }

  private void appendUnlessKnown(Block block, int line, Target target) {
    fingerprint.of(block.bytes, block.offset[line], block.length[line]);
    long index = knownIndex(target, block.idHigh[line], block.idLow[line]);
    long check = fingerprint.low();
    if (index >= 0) {
      alreadyThere++;
    } else {
      index = target.next;
      if (!addToBatch(block, line, target)) {
        return;
      }
      target.next++;
    }
    long place = PlaceTable.place(target.number, index);
    seen.put(block.idHigh[line], block.idLow[line], place, check);
  }

  /** The index of a line that is in its log already, or -1; its fingerprint is the current one. */
  private long knownIndex(Target target, long idHigh, long idLow) {
    if (target.matchesNext(fingerprint, scratch)) {
      return target.matchedIndex();
    }
    long place = seen.get(idHigh, idLow);
    if (place != 0
        && PlaceTable.target(place) == target.number
        && seen.check(idHigh, idLow) == fingerprint.low()) {
      return PlaceTable.index(place);
    }
    if (target.isPastHistory() && !target.isLoaded) {
      return -1;
    }
    load(target);
    place = known.get(fingerprint.high() ^ target.number, fingerprint.low());
    return place == 0 ? -1 : PlaceTable.index(place);
  }

  /** Puts a log's history into the table of known lines: it holds more than this file. */
  private void load(Target target) {
    if (target.isLoaded) {
      return;
    }
    target.isLoaded = true;
    target.log.scan(
        0,
        (log, position, event) -> {
          if (known.size() >= tableEntries) {
            throw new XfException(
                ErrorCode.TOO_LARGE,
                "import: more than "
                    + tableEntries
                    + " events to compare with: give the JVM more memory (XF_JAVA_OPTS=-Xmx2g)");
          }
          byte[] payload = event.copyPayload();
          Fingerprint print = scratch.of(payload, 0, payload.length);
          long place = PlaceTable.place(target.number, event.index());
          known.put(print.high() ^ target.number, print.low(), place, 0);
          return event.index() + 1 < target.history;
        });
  }

  private boolean addToBatch(Block block, int line, Target target) {
    EventBatch batch = block.batch;
    try {
      int place =
          batch.add(
              target.log,
              0,
              perAuthor ? block.millis[line] : EventDraft.NOW,
              perAuthor ? dependencies(block, line) : List.of(),
              block.buffer,
              block.offset[line],
              block.length[line]);
      block.expectedIndex[place] = target.next;
      return true;
    } catch (XfException e) {
      refuse(block.number[line], e.getMessage());
      return false;
    }
  }

  private List<Dependency> dependencies(Block block, int line) {
    int count = 0;
    for (int i = block.parentStart(line); i < block.parentEnd[line]; i++) {
      long place = seen.get(block.parents[2 * i], block.parents[2 * i + 1]);
      if (place == 0) {
        unseen++;
      } else if (count < dependencies.length) {
        EventLog log = targets.get(PlaceTable.target(place)).log;
        dependencies[count++] = new Dependency(log.id(), PlaceTable.index(place));
      }
    }
    linked += count;
    return count == 0 ? List.of() : List.of(Arrays.copyOf(dependencies, count));
  }

  // ---- logs

  private Target target(String topic, String author) {
    Map<String, Target> ofTopic = byTopicAndAuthor.getOrDefault(topic, Map.of());
    Target target = ofTopic.get(perAuthor ? author : "");
    if (target == null) {
      throw new AssertionError("opened with its block");
    }
    return target;
  }

  private void openTargets(Block block) {
    Map<String, Set<String>> missing = new HashMap<>();
    for (int line = 0; line < block.lines; line++) {
      String author = perAuthor ? block.author[line] : "";
      Map<String, Target> ofTopic =
          byTopicAndAuthor.computeIfAbsent(block.topic[line], t -> new HashMap<>());
      if (!ofTopic.containsKey(author)) {
        missing.computeIfAbsent(block.topic[line], t -> new LinkedHashSet<>()).add(author);
      }
    }
    missing.forEach((topic, authors) -> open(topic, List.copyOf(authors)));
  }

  private void open(String topic, List<String> authors) {
    List<Signer> signers = perAuthor ? keyring.derive(authors) : List.of(keyring.device());
    for (int i = 0; i < signers.size(); i++) {
      LogName name = new LogName(group, StreamClass.TOPIC, topic, signers.get(i).author(), 0);
      Target target = new Target(targets.size(), logs.open(name));
      targets.add(target);
      byTopicAndAuthor
          .computeIfAbsent(topic, t -> new HashMap<>())
          .put(perAuthor ? authors.get(i) : "", target);
    }
  }

  // ---- acknowledgement

  private void settle(Block block) {
    if (block.acknowledged != null) {
      try {
        EventBatch batch = block.acknowledged.join();
        appended += batch.size();
        if (perAuthor) {
          checkIndexes(block, batch);
        }
      } catch (CompletionException e) {
        hasFailed = true;
        throw failed(e);
      } finally {
        block.acknowledged = null;
      }
    }
    if (block.lastLine > 0 && !hasFailed) {
      progress.acknowledged(block.lastLine);
    }
    block.clear();
  }

  private XfException failed(CompletionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    ErrorCode code = cause instanceof XfException xf ? xf.code() : ErrorCode.IO;
    return new XfException(
        code,
        "import stopped after "
            + appended
            + " new events: "
            + cause.getMessage()
            + "; import the file again to go on",
        e);
  }

  private static void checkIndexes(Block block, EventBatch batch) {
    for (int i = 0; i < batch.size(); i++) {
      if (batch.index(i) != block.expectedIndex[i]) {
        throw new XfException(
            ErrorCode.IN_USE,
            "log "
                + batch.log(i).id()
                + " was written by another import at the same time: import the file again");
      }
    }
  }
}
