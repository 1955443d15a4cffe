package xf.shell.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.EventDescriptor;
import xf.event.XfException;

/**
 * Reads and parses ahead of the importing thread, on a thread of its own: blocks go to it empty and
 * come back full, in the order of the file. There are {@link #BLOCKS} of them, so it is at most
 * that far ahead.
 */
final class BlockReader implements AutoCloseable {
  static final int BLOCKS = 6;

  private static final long CLOSE_TIMEOUT_MS = 1_000;

  private final LineReader reader;
  private final LineParser parser;
  private final LongSupplier fileBytes;
  private final Path file;
  private final BlockingQueue<Block> empty = new ArrayBlockingQueue<>(BLOCKS);
  private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS);
  private final Thread thread = new Thread(this::run, "xf-import-reader");

  /**
   * Reads {@code in} from where it is.
   *
   * @param fileBytes how much of the file {@code in} has taken so far; asked on the reading thread
   * @param fingerprint the import's, of which this uses a holder of its own
   */
  BlockReader(InputStream in, LongSupplier fileBytes, Path file, Fingerprint fingerprint) {
    this.reader = new LineReader(in);
    this.parser = new LineParser(fingerprint.sibling());
    this.fileBytes = fileBytes;
    this.file = file;
    for (int i = 0; i < BLOCKS; i++) {
      empty.add(new Block());
    }
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** The next block of the file; the last one says so. */
  Block next() {
    try {
      return full.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new XfException(
          ErrorCode.UNAVAILABLE, "import stopped: interrupted; import the file again to go on", e);
    }
  }

  /** Gives back a block that nobody uses any more. */
  void giveBack(Block block) {
    block.clear();
    empty.add(block);
  }

  private void run() {
    try {
      Block block;
      do {
        block = empty.take();
        fill(block);
        full.add(block); // never more than there are
      } while (!block.isLast);
    } catch (InterruptedException e) {
      // The import ends before its file does; nobody waits for another block.
    }
  }

  private void fill(Block block) {
    try {
      block.isLast = !fillLines(block);
    } catch (RuntimeException | Error e) {
      block.failure = e;
      block.isLast = true;
    }
    block.fileBytes = fileBytes.getAsLong();
  }

  /** False when there are no more lines. */
  private boolean fillLines(Block block) {
    while (!block.isFull()) {
      int length = readLine(block);
      if (length == LineReader.END) {
        return false;
      }
      if (length != 0) { // blank lines are between lines
        block.linesRead++;
        take(block, length);
      }
      block.lastLine = reader.lineNumber();
    }
    return true;
  }

  private int readLine(Block block) {
    try {
      return reader.read(block.bytes, block.used, Block.MAX_LINE_BYTES - 1);
    } catch (IOException e) {
      throw new XfException(
          ErrorCode.IO,
          file + " after line " + reader.lineNumber() + ": cannot be read on: " + e.getMessage(),
          e);
    }
  }

  private void take(Block block, int length) {
    if (length == LineReader.TOO_LONG || length > EventDescriptor.MAX_PAYLOAD_BYTES) {
      block.refuse(reader.lineNumber(), tooLong(reader.lineBytes()));
      return;
    }
    try {
      block.number[block.lines] = reader.lineNumber();
      parser.parse(block, block.used, length);
      block.used += length;
    } catch (XfException e) {
      block.refuse(reader.lineNumber(), e.getMessage());
    }
  }

  private static String tooLong(long bytes) {
    return "has "
        + bytes
        + " bytes: at most "
        + EventDescriptor.MAX_PAYLOAD_BYTES
        + " fit an event of "
        + EventDescriptor.MAX_EVENT_BYTES;
  }

  /** Ends the thread; one that still waits for its file ends when that is closed. */
  @Override
  public void close() {
    thread.interrupt();
    boolean isInterrupted = false;
    try {
      thread.join(CLOSE_TIMEOUT_MS);
    } catch (InterruptedException e) {
      isInterrupted = true;
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why the file could not be read to its end, thrown on the importing thread. */
  static void rethrow(@Nullable Throwable failure) {
    if (failure instanceof RuntimeException known) {
      throw known;
    }
    if (failure instanceof Error error) {
      throw error;
    }
  }
}
