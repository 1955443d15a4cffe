package xf.shell.ingest;

import java.io.IOException;
import java.io.InputStream;

/**
 * Splits a stream into lines without making objects of them: each is copied to where the caller
 * wants it. A carriage return before the line feed belongs to the line end.
 */
final class LineReader {
  /** {@link #read}: there was no more line. */
  static final int END = -1;

  /** {@link #read}: the line did not fit; its rest was skipped. */
  static final int TOO_LONG = -2;

  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;
  private long lineNumber;
  private long lineBytes;

  LineReader(InputStream in) {
    this.in = in;
  }

  /** The number of the line that was read last, from 1. */
  long lineNumber() {
    return lineNumber;
  }

  /** The length of the line that was read last, also when it did not fit. */
  long lineBytes() {
    return lineBytes;
  }

  /**
   * Copies the next line, without its end, to {@code target} at {@code offset}.
   *
   * @return its length, or {@link #TOO_LONG} when it has more than {@code max} bytes, or {@link
   *     #END}
   */
  int read(byte[] target, int offset, int max) throws IOException {
    if (position == limit && !fill()) {
      return END;
    }
    lineNumber++;
    lineBytes = 0;
    int copied = 0;
    do {
      int end = endOfLine();
      int length = end - position;
      int taken = Math.min(length, max + 1 - copied); // one more: it may be a carriage return
      System.arraycopy(buffer, position, target, offset + copied, taken);
      copied += taken;
      lineBytes += length;
      position = end;
      if (position < limit) {
        position++;
        break;
      }
    } while (fill());
    if (copied == lineBytes && copied > 0 && target[offset + copied - 1] == '\r') {
      copied--;
      lineBytes--;
    }
    return lineBytes > max ? TOO_LONG : copied;
  }

  private int endOfLine() {
    for (int i = position; i < limit; i++) {
      if (buffer[i] == '\n') {
        return i;
      }
    }
    return limit;
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(0, in.read(buffer));
    return limit > 0;
  }
}
