package xf.shell.ingest;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import xf.event.EventBatch;

/**
 * A batch with all that it borrows until it is acknowledged: the lines' bytes, and what was read in
 * them. Belongs to one thread at a time: to the reading one, then to the importing one, then to the
 * store until it answers.
 */
final class Block {
  static final int MAX_LINES = 2_048;
  static final int MAX_LINE_BYTES = 65_535;

  /** A block ends here too, so that a file of nothing but bad lines takes no memory. */
  static final int MAX_REFUSALS = 1_024;

  private static final int BYTES = 1 << 20;
  private static final int PARENTS_PER_LINE = 8;

  final byte[] bytes = new byte[BYTES];
  final ByteBuffer buffer = ByteBuffer.wrap(bytes);
  final EventBatch batch = new EventBatch(MAX_LINES);
  final long[] expectedIndex = new long[MAX_LINES];
  final long[] number = new long[MAX_LINES];
  final int[] offset = new int[MAX_LINES];
  final int[] length = new int[MAX_LINES];
  final long[] millis = new long[MAX_LINES];
  final String[] author = new String[MAX_LINES];
  final String[] topic = new String[MAX_LINES];
  final long[] idHigh = new long[MAX_LINES];
  final long[] idLow = new long[MAX_LINES];
  final int[] parentEnd = new int[MAX_LINES];
  long[] parents = new long[MAX_LINES * PARENTS_PER_LINE];

  /** Lines that were no events, in the order of the file. */
  final List<Refusal> refusals = new ArrayList<>();

  /** The file's line that was read last. */
  long lastLine;

  /** How much of the file was read by then. */
  long fileBytes;

  /** Lines read, refused ones too. */
  int linesRead;

  boolean isLast;

  /** Whether every line of it was appended, known or refused. */
  boolean isTaken;

  @Nullable Throwable failure;

  int lines;
  int used;
  int parentCount;
  @Nullable CompletableFuture<EventBatch> acknowledged;

  record Refusal(long line, String reason) {}

  boolean isFull() {
    // One byte more than a line: the reader needs it to see a carriage return.
    return lines == MAX_LINES || refusals.size() == MAX_REFUSALS || BYTES - used <= MAX_LINE_BYTES;
  }

  void refuse(long line, String reason) {
    refusals.add(new Refusal(line, reason));
  }

  void clear() {
    refusals.clear();
    lastLine = 0;
    fileBytes = 0;
    linesRead = 0;
    isLast = false;
    isTaken = false;
    failure = null;
    lines = 0;
    used = 0;
    parentCount = 0;
    acknowledged = null;
    batch.clear();
  }

  void addParent(long high, long low) {
    if (2 * parentCount == parents.length) {
      parents = Arrays.copyOf(parents, 2 * parents.length);
    }
    parents[2 * parentCount] = high;
    parents[2 * parentCount + 1] = low;
    parentCount++;
  }

  int parentStart(int line) {
    return line == 0 ? 0 : parentEnd[line - 1];
  }
}
