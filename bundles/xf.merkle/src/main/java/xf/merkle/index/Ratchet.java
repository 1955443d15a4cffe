package xf.merkle.index;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.merkle.TreeHead;

/**
 * The last head that was signed for each log, made durable before the signature leaves the process
 * ({@code docs/format.md}, Checkpoint). It lives in a file of its own, outside the event store:
 * when somebody restores the store from a backup the ratchet still knows what had been promised,
 * and the log is frozen before it can promise something else.
 *
 * <pre>
 *   0        "XRAT" | version u32 = 1 | zeros to 128
 *   128 + 256 * slot     two records of 128 bytes, written in turn: a torn write spoils one of them
 *       record           log id 32 | size u64 | root 32 | sequence u64 | CRC32C u32 | zeros
 * </pre>
 */
final class Ratchet implements AutoCloseable {
  private static final int MAGIC = 0x54415258;
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 128;
  private static final int RECORD_BYTES = 128;
  private static final int SLOT_BYTES = 2 * RECORD_BYTES;
  private static final int SIZE_OFFSET = 32;
  private static final int ROOT_OFFSET = 40;
  private static final int SEQUENCE_OFFSET = 72;
  private static final int CRC_OFFSET = 80;

  private static final int MAX_FILE_BYTES = 1 << 30;

  private final Path file;
  private final RandomAccessFile data;
  private final FileChannel componentLock;
  private final RatchetSteps steps;
  private final boolean isNew;
  private final Map<LogId, Entry> entries = new HashMap<>();
  private final ArrayDeque<Integer> unused = new ArrayDeque<>();
  private int slots;

  /** What is known of a log: which of its slot's records is the newer one. */
  private record Entry(int slot, long sequence, TreeHead head) {}

  private Ratchet(Path file, RandomAccessFile data, FileChannel componentLock, RatchetSteps steps)
      throws IOException {
    this.file = file;
    this.data = data;
    this.componentLock = componentLock;
    this.steps = steps;
    this.isNew = load();
  }

  static Ratchet open(Path file) {
    return open(file, RatchetSteps.NONE);
  }

  static Ratchet open(Path file, RatchetSteps steps) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      Files.createDirectories(folder);
      FileChannel component = lockComponent(file);
      RandomAccessFile data = null;
      try {
        data = new RandomAccessFile(file.toFile(), "rw");
        if (data.getChannel().tryLock() == null) {
          throw inUse(file);
        }
        return new Ratchet(file, data, component, steps);
      } catch (IOException | RuntimeException e) {
        if (data != null) {
          data.close();
        }
        component.close();
        throw e;
      }
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, file + ": cannot be opened (" + e + ")", e);
    }
  }

  /**
   * Two indexes on one ratchet would each sign what the other does not know of. A file of its own
   * tells components of this process apart: to open and close the ratchet itself would give up the
   * lock that keeps other processes out (fcntl(2)).
   */
  private static FileChannel lockComponent(Path file) throws IOException {
    FileChannel lock =
        FileChannel.open(
            file.resolveSibling(file.getFileName() + ".lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      taken = lock.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      throw inUse(file);
    } finally {
      if (!taken) {
        lock.close();
      }
    }
    if (!taken) {
      throw inUse(file);
    }
    return lock;
  }

  private static XfException inUse(Path file) {
    return new XfException(
        ErrorCode.IN_USE,
        file + ": another process or component signs with it; stop it, or use another folder");
  }

  /** True when there was nothing yet. */
  private boolean load() throws IOException {
    long length = data.length();
    if (length > MAX_FILE_BYTES) {
      throw damaged(length + " bytes are more than " + MAX_FILE_BYTES);
    }
    byte[] bytes = new byte[(int) length];
    data.readFully(bytes);
    ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (length < HEADER_BYTES || isZero(all, 0, HEADER_BYTES)) {
      if (!isZero(all, 0, bytes.length) && !isTornHeader(all)) {
        throw damaged(length + " bytes are no header");
      }
      create();
      return true;
    }
    if (all.getInt(0) != MAGIC || all.getInt(4) != VERSION) {
      throw damaged("header is not that of a ratchet of version 1");
    }
    slots = (all.limit() - HEADER_BYTES + SLOT_BYTES - 1) / SLOT_BYTES;
    for (int slot = 0; slot < slots; slot++) {
      loadSlot(all, slot);
    }
    return false;
  }

  /** Nothing is signed before the header is durable, so a part of it is as good as none. */
  private static boolean isTornHeader(ByteBuffer all) {
    return all.limit() <= HEADER_BYTES
        && (all.limit() < 4 || all.getInt(0) == MAGIC)
        && (all.limit() <= 8 || isZero(all, 8, all.limit() - 8));
  }

  private void create() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(MAGIC).putInt(VERSION);
    steps.before(RatchetSteps.Step.CREATE, 0);
    write(header.array(), 0);
    data.getFD().sync();
    syncFolder();
    steps.after(RatchetSteps.Step.CREATE, 0);
  }

  /** The file's name must survive a power cut like what is in it. */
  private void syncFolder() throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel folder =
          FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
    }
  }

  /**
   * A slot of zeros was never written: of several logs that are noted together some may reach the
   * disk before a crash and others not, and none of it has left the process.
   */
  private void loadSlot(ByteBuffer all, int slot) {
    int at = HEADER_BYTES + slot * SLOT_BYTES;
    Entry newest = null;
    LogId log = null;
    for (int i = 0; i < 2; i++) {
      int record = at + i * RECORD_BYTES;
      if (record + RECORD_BYTES <= all.limit() && isWhole(all, record)) {
        long sequence = all.getLong(record + SEQUENCE_OFFSET);
        if (newest == null || sequence > newest.sequence) {
          log = LogId.at(all, record);
          Hash root = Hash.at(all, record + ROOT_OFFSET);
          newest = new Entry(slot, sequence, new TreeHead(all.getLong(record + SIZE_OFFSET), root));
        }
      }
    }
    if (log != null && newest != null) {
      if (entries.put(log, newest) != null) {
        throw damaged("log " + log + " has two slots");
      }
    } else if (isZero(all, at, Math.min(SLOT_BYTES, all.limit() - at))) {
      unused.add(slot);
    } else {
      throw damaged("both records of slot " + slot + " are damaged");
    }
  }

  private static boolean isZero(ByteBuffer all, int from, int length) {
    for (int i = from; i < Math.min(from + length, all.limit()); i++) {
      if (all.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isWhole(ByteBuffer all, int record) {
    return all.getLong(record + SEQUENCE_OFFSET) > 0
        && all.getInt(record + CRC_OFFSET) == crc(all.slice(record, CRC_OFFSET));
  }

  private static int crc(ByteBuffer record) {
    CRC32C crc = new CRC32C();
    crc.update(record);
    return (int) crc.getValue();
  }

  private XfException damaged(String how) {
    return new XfException(
        ErrorCode.NOT_VERIFIED,
        file
            + ": "
            + how
            + "; the logs signed here cannot be trusted to go on: restore the file, or remove it"
            + " and publish in a new epoch");
  }

  /** Whether the file was made by this open. */
  boolean isNew() {
    return isNew;
  }

  /** The last head signed for a log. */
  synchronized Optional<TreeHead> get(LogId log) {
    Entry entry = entries.get(log);
    return entry == null ? Optional.empty() : Optional.of(entry.head);
  }

  /** All logs that have one. */
  synchronized List<LogId> logs() {
    return new ArrayList<>(entries.keySet());
  }

  /**
   * Notes heads that are about to be signed, durably: one fsync for all of them. A head that is not
   * larger than the last one is passed over if it is the same, refused if it is not.
   *
   * <p>When this fails nothing counts as noted, and the next call writes the same places again: a
   * sync that failed says nothing about what the one after it has made durable.
   */
  synchronized void advance(Map<LogId, TreeHead> heads) {
    Map<LogId, Entry> next = new HashMap<>();
    ArrayDeque<Integer> free = new ArrayDeque<>(unused);
    int end = slots;
    for (Map.Entry<LogId, TreeHead> each : heads.entrySet()) {
      Entry last = entries.get(each.getKey());
      TreeHead head = each.getValue();
      if (last == null) {
        Integer slot = free.poll();
        next.put(each.getKey(), new Entry(slot == null ? end++ : slot, 1, head));
      } else if (head.size() > last.head.size()) {
        next.put(each.getKey(), new Entry(last.slot, last.sequence + 1, head));
      } else {
        requireSame(each.getKey(), head, last.head);
      }
    }
    if (next.isEmpty()) {
      return;
    }
    try {
      for (Map.Entry<LogId, Entry> each : next.entrySet()) {
        write(each.getKey(), each.getValue());
      }
      steps.before(RatchetSteps.Step.FORCE, 0);
      data.getFD().sync(); // not by the channel, which an interrupt closes
      steps.after(RatchetSteps.Step.FORCE, 0);
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, file + ": cannot be made durable (" + e + ")", e);
    }
    entries.putAll(next);
    unused.clear();
    unused.addAll(free);
    slots = end;
  }

  private void write(LogId log, Entry entry) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    log.putTo(record, 0);
    record.putLong(SIZE_OFFSET, entry.head.size());
    entry.head.root().putTo(record, ROOT_OFFSET);
    record.putLong(SEQUENCE_OFFSET, entry.sequence);
    record.putInt(CRC_OFFSET, crc(record.slice(0, CRC_OFFSET)));
    long at = HEADER_BYTES + (long) entry.slot * SLOT_BYTES + (entry.sequence & 1) * RECORD_BYTES;
    steps.before(RatchetSteps.Step.RECORD, at);
    write(record.array(), at);
    steps.after(RatchetSteps.Step.RECORD, at);
  }

  /** Reads the file again and reports each record that is not what it was when it was written. */
  synchronized void check(Consumer<String> problem) {
    try {
      byte[] bytes = new byte[(int) Math.min(MAX_FILE_BYTES, data.length())];
      data.seek(0);
      data.readFully(bytes);
      ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (all.limit() < HEADER_BYTES
          || all.getInt(0) != MAGIC
          || all.getInt(4) != VERSION
          || !isZero(all, 8, HEADER_BYTES - 8)) {
        problem.accept(file + ": header is not that of a ratchet of version 1");
        return;
      }
      for (Map.Entry<LogId, Entry> each : entries.entrySet()) {
        check(all, each.getKey(), each.getValue(), problem);
      }
    } catch (IOException e) {
      problem.accept(file + ": cannot be read (" + e + ")");
    }
  }

  private void check(ByteBuffer all, LogId log, Entry entry, Consumer<String> problem) {
    for (int i = 0; i < 2; i++) {
      int record = HEADER_BYTES + entry.slot * SLOT_BYTES + i * RECORD_BYTES;
      boolean isNewest = (entry.sequence & 1) == i;
      boolean isUnwritten = !isNewest && isZero(all, record, RECORD_BYTES);
      boolean isSound =
          record + RECORD_BYTES <= all.limit()
              && isWhole(all, record)
              && LogId.at(all, record).equals(log)
              && isZero(all, record + CRC_OFFSET + 4, RECORD_BYTES - CRC_OFFSET - 4);
      if (!isUnwritten && !isSound) {
        problem.accept(file + ": record " + i + " of slot " + entry.slot + " is damaged");
      }
    }
  }

  /** Writes every log's last head anew, in both records of its slot. */
  synchronized void rewrite() {
    try {
      byte[] header = new byte[HEADER_BYTES];
      ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putInt(MAGIC).putInt(VERSION);
      write(header, 0);
      for (Map.Entry<LogId, Entry> each : entries.entrySet()) {
        Entry last = each.getValue();
        Entry next = new Entry(last.slot, last.sequence + 1, last.head);
        write(each.getKey(), next); // the newer one stays whole until this is durable
        each.setValue(next);
      }
      data.getFD().sync();
      for (Map.Entry<LogId, Entry> each : entries.entrySet()) {
        Entry last = each.getValue();
        Entry next = new Entry(last.slot, last.sequence + 1, last.head);
        write(each.getKey(), next);
        each.setValue(next);
      }
      data.getFD().sync();
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, file + ": cannot be written (" + e + ")", e);
    }
  }

  private static void requireSame(LogId log, TreeHead head, TreeHead last) {
    if (head.size() == last.size() && !head.root().equals(last.root())) {
      throw new XfException(
          ErrorCode.FROZEN,
          "log " + log + ": size " + head.size() + " was signed with another root before");
    }
  }

  private void write(byte[] bytes, long at) throws IOException {
    data.seek(at);
    data.write(bytes);
  }

  @Override
  public synchronized void close() {
    try (componentLock) {
      data.close();
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, file + ": " + e.getMessage(), e);
    }
  }
}
