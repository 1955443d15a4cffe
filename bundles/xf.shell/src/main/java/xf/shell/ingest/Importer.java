package xf.shell.ingest;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import xf.event.AuthorKey;
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
 * Takes a stream of JSON lines into logs. The story of a line: read into a {@link Block} and parsed
 * there by the {@link BlockReader}, recognised as known or given the index it will have, appended
 * with its block, acknowledged while later blocks are read.
 *
 * <p>A parent can be named before it is durable because only an import writes the logs it derives
 * keys for: the index an event will get is known when its block is built, and checked when the
 * block is acknowledged.
 */
public final class Importer {
  /** Blocks that wait for their fsync; the others are read into meanwhile. */
  private static final int MAX_UNDER_WAY = BlockReader.BLOCKS / 2;

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
  private final int tableEntries =
      (int) Math.min(1 << 24, Runtime.getRuntime().maxMemory() / HEAP_BYTES_PER_ENTRY);
  private final SeenEvents seen = new SeenEvents(tableEntries / 2);
  private final PlaceTable known = new PlaceTable();
  private final List<Target> targets = new ArrayList<>();
  private final ArrayDeque<Block> underWay = new ArrayDeque<>();
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
   * @param fileBytes how much of the file {@code in} has taken so far; asked on another thread
   * @throws XfException when the store refuses a batch or the file cannot be read on; what was
   *     acknowledged stays, and the same import goes on from there
   */
  public ImportReport run(InputStream in, LongSupplier fileBytes) {
    long startNs = System.nanoTime();
    try (BlockReader reader = new BlockReader(in, fileBytes, file, fingerprint)) {
      reader.start();
      try {
        appendAll(reader);
      } finally {
        settleAll(reader);
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

  private void appendAll(BlockReader reader) {
    boolean more = true;
    while (more) {
      Block block = reader.next();
      more = !block.isLast;
      lines += block.linesRead;
      block.refusals.forEach(each -> refuse(each.line(), each.reason()));
      while (underWay.size() >= MAX_UNDER_WAY) {
        settleOldest(reader);
      }
      underWay.add(block);
      append(block);
      block.isTaken = true;
      BlockReader.rethrow(block.failure);
      progress.advanced(block.fileBytes, appended + alreadyThere);
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
    if (!missing.isEmpty()) {
      Map<String, Signer> signers = signers(missing.values());
      missing.forEach((topic, authors) -> authors.forEach(each -> open(topic, each, signers)));
    }
  }

  /** Of all authors in one question to the keyring: what it keeps of new ones costs an fsync. */
  private Map<String, Signer> signers(Collection<Set<String>> authorsOfTopics) {
    if (!perAuthor) {
      return Map.of("", keyring.device());
    }
    Set<String> authors = new LinkedHashSet<>();
    authorsOfTopics.forEach(authors::addAll);
    Map<String, Signer> signers = new HashMap<>();
    Iterator<Signer> derived = keyring.derive(List.copyOf(authors)).iterator();
    authors.forEach(author -> signers.put(author, derived.next()));
    return signers;
  }

  private void open(String topic, String author, Map<String, Signer> signers) {
    AuthorKey key = Objects.requireNonNull(signers.get(author), "derived with its block").author();
    LogName name = new LogName(group, StreamClass.TOPIC, topic, key, 0);
    Target target = new Target(targets.size(), logs.open(name));
    targets.add(target);
    byTopicAndAuthor.computeIfAbsent(topic, t -> new HashMap<>()).put(author, target);
  }

  // ---- acknowledgement

  /** Oldest first: a block acknowledges the lines of all before it. */
  private void settleAll(BlockReader reader) {
    while (!underWay.isEmpty()) {
      if (hasFailed) {
        await(underWay.remove()); // the store still borrows it; the first failure is what is told
      } else {
        settleOldest(reader);
      }
    }
  }

  private static void await(Block block) {
    if (block.acknowledged != null) {
      block.acknowledged.handle((batch, error) -> batch).join();
    }
  }

  private void settleOldest(BlockReader reader) {
    Block block = underWay.remove();
    settle(block);
    reader.giveBack(block);
  }

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
    if (block.isTaken && block.lastLine > 0) {
      progress.acknowledged(block.lastLine);
    }
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
