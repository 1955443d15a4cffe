package xf.store.segment;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.store.StoreException;
import xf.store.segment.DurableSteps.Step;

/**
 * One segment file, mapped for reading; a descriptor is open only from a write to its fsync. The
 * map stays as long as anybody refers to it. Writes and fsyncs hold this object's lock.
 *
 * <p>Written through a {@link RandomAccessFile}: a channel is closed for everybody when the thread
 * that uses it is interrupted, and pages are sealed on callers' threads too.
 */
final class Segment {
  /** Nothing is written that is not durable. */
  static final long NO_PAGE = Long.MAX_VALUE;

  private final Path file;
  private final LogId log;
  private final long number;
  private final MappedByteBuffer map;
  private final DurableSteps steps;
  private final byte[] block = new byte[SegmentDescriptor.BLOCK_BYTES];
  private @Nullable RandomAccessFile writing;
  private long firstUnforced = NO_PAGE;

  private Segment(Path file, LogId log, long number, MappedByteBuffer map, DurableSteps steps) {
    this.file = file;
    this.log = log;
    this.number = number;
    this.map = map;
    this.steps = steps;
  }

  /**
   * Makes a file of full length with its header. It gets its name last: a crash before leaves a
   * file that is not looked at.
   */
  static Segment create(
      Path file, LogId log, long segment, MemoryAdvice advice, DurableSteps steps) {
    try {
      Files.createDirectories(file.getParent());
      Path unnamed = file.resolveSibling(file.getFileName() + ".new");
      try (RandomAccessFile sized = new RandomAccessFile(unnamed.toFile(), "rw")) {
        sized.setLength(SegmentDescriptor.FILE_BYTES);
        byte[] header = new byte[SegmentDescriptor.BLOCK_BYTES];
        SegmentDescriptor.header(log, segment).get(header);
        sized.write(header);
      }
      steps.before(Step.CREATE, file, 0);
      Files.move(unnamed, file, StandardCopyOption.ATOMIC_MOVE);
      steps.after(Step.CREATE, file, 0);
      return open(file, log, segment, advice, steps);
    } catch (IOException e) {
      throw failed(file, "cannot be made", e);
    }
  }

  static Segment open(Path file, LogId log, long segment, MemoryAdvice advice, DurableSteps steps) {
    try {
      MappedByteBuffer map = map(file);
      map.order(ByteOrder.LITTLE_ENDIAN);
      SegmentDescriptor.checkHeader(file, map, log, segment);
      advice.randomAccess(map);
      return new Segment(file, log, segment, map, steps);
    } catch (NoSuchFileException e) {
      throw damaged(file, "missing", e);
    } catch (IOException e) {
      throw failed(file, "cannot be read", e);
    }
  }

  /** Only a channel can map; so an interrupt is kept for later, and does not fail the call. */
  private static MappedByteBuffer map(Path file) throws IOException {
    boolean isInterrupted = Thread.interrupted();
    try {
      while (true) {
        try (FileChannel reading = FileChannel.open(file, StandardOpenOption.READ)) {
          if (reading.size() != SegmentDescriptor.FILE_BYTES) {
            throw damaged(
                file, reading.size() + " bytes, expected " + SegmentDescriptor.FILE_BYTES, null);
          }
          return reading.map(FileChannel.MapMode.READ_ONLY, 0, SegmentDescriptor.FILE_BYTES);
        } catch (ClosedByInterruptException e) {
          isInterrupted = Thread.interrupted();
        }
      }
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static StoreException damaged(Path file, String how, @Nullable IOException cause) {
    return new StoreException(
        ErrorCode.NOT_VERIFIED, file + ": " + how + "; run xf:rebuild for this log", cause);
  }

  Path file() {
    return file;
  }

  LogId log() {
    return log;
  }

  /**
   * How many pages there are: those written are all before those that are not. Read, not mapped: a
   * file system in memory that is full answers a look at a hole with a fault.
   */
  int writtenPages() {
    try (RandomAccessFile reading = new RandomAccessFile(file.toFile(), "r")) {
      int low = 0;
      int high = SegmentDescriptor.CAPACITY_PAGES;
      while (low < high) {
        int middle = (low + high) >>> 1;
        reading.seek(SegmentDescriptor.pageAt(middle));
        if (reading.readInt() != 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    } catch (IOException e) {
      throw failed(file, "cannot be read", e);
    }
  }

  ByteBuffer page(long number) {
    return map.slice(SegmentDescriptor.pageAt(number), SegmentDescriptor.BLOCK_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  synchronized void write(long page, ByteBuffer bytes, MemoryAdvice advice) {
    int at = SegmentDescriptor.pageAt(page);
    write(Step.PAGE, page, bytes, at);
    advice.keepInMemory(map, at, SegmentDescriptor.BLOCK_BYTES);
  }

  synchronized void writeFooter(long size, Hash root) {
    long last = (number + 1) * SegmentDescriptor.CAPACITY_PAGES - 1;
    ByteBuffer footer = SegmentDescriptor.footer(map, size, root);
    write(Step.FOOTER, last, footer, SegmentDescriptor.FOOTER_AT);
  }

  /** The header as it is now, and the zeros behind it. */
  void checkHeader() {
    SegmentDescriptor.checkHeader(file, map, log, number);
    SegmentDescriptor.checkZeros(
        file, map, SegmentDescriptor.HEADER_BYTES, SegmentDescriptor.BLOCK_BYTES);
  }

  void checkFooter() {
    SegmentDescriptor.checkFooter(
        file,
        map,
        map.slice((int) SegmentDescriptor.FOOTER_AT, SegmentDescriptor.BLOCK_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN));
  }

  private void write(Step step, long page, ByteBuffer bytes, long at) {
    steps.before(step, file, at);
    bytes.get(bytes.position(), block);
    try {
      RandomAccessFile to = writable();
      firstUnforced = Math.min(firstUnforced, page);
      to.seek(at);
      to.write(block);
    } catch (IOException e) {
      throw failed(file, "cannot be written", e);
    }
    steps.after(step, file, at);
  }

  private RandomAccessFile writable() throws FileNotFoundException {
    RandomAccessFile open = writing;
    if (open == null) {
      open = new RandomAccessFile(file.toFile(), "rw");
      writing = open;
    }
    return open;
  }

  synchronized boolean isDirty() {
    return writing != null;
  }

  /** After a failed {@link #force}: the first page that is not durable, forgotten with this. */
  synchronized long giveUpFrom() {
    long first = firstUnforced;
    firstUnforced = NO_PAGE;
    return first;
  }

  /**
   * Makes what was written durable. An fsync that failed is not tried again: the kernel may have
   * dropped the pages it could not write. They are to be written anew, from {@link #giveUpFrom} on.
   */
  synchronized void force() {
    RandomAccessFile open = writing;
    if (open == null) {
      if (firstUnforced != NO_PAGE) {
        throw new StoreException(ErrorCode.IO, file + ": could not be made durable before");
      }
      return;
    }
    writing = null;
    try (open) {
      steps.before(Step.FORCE, file, 0);
      open.getFD().sync();
      steps.after(Step.FORCE, file, 0);
      firstUnforced = NO_PAGE;
    } catch (IOException e) {
      throw failed(file, "cannot be made durable", e);
    }
  }

  /** The file is removed. */
  synchronized void discard() {
    RandomAccessFile open = writing;
    writing = null;
    firstUnforced = NO_PAGE;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        throw failed(file, "cannot be closed", e);
      }
    }
  }

  private static StoreException failed(Path file, String how, IOException e) {
    return new StoreException(ErrorCode.IO, file + ": " + how + " (" + e.getMessage() + ")", e);
  }
}
