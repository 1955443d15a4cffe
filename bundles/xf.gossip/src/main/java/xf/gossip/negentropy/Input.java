package xf.gossip.negentropy;

import java.nio.ByteBuffer;
import xf.event.ErrorCode;
import xf.event.XfException;

/** A message being read; the mirror image of {@link Output}. */
final class Input {
  private static final int MAX_NUMBER_BYTES = 9;
  private static final int TAG_BYTES = 6;
  private static final int PREFIX_BYTES = 4;

  private final ByteBuffer bytes;
  private long lastTimestamp;

  Input(ByteBuffer bytes) {
    this.bytes = bytes.slice();
  }

  boolean hasRemaining() {
    return bytes.hasRemaining();
  }

  byte[] take(int length) {
    if (bytes.remaining() < length) {
      throw bad("it is cut short: " + bytes.remaining() + " bytes left, expected " + length);
    }
    byte[] taken = new byte[length];
    bytes.get(taken);
    return taken;
  }

  long number() {
    long value = 0;
    for (int i = 0; i < MAX_NUMBER_BYTES; i++) {
      byte digit = take(1)[0];
      value = value << 7 | (digit & 0x7F);
      if (digit >= 0) {
        return value;
      }
    }
    throw bad("a number is longer than " + MAX_NUMBER_BYTES + " bytes");
  }

  int number(int max, String what) {
    long value = number();
    if (value > max) {
      throw new XfException(
          ErrorCode.TOO_LARGE, "negentropy: " + what + " is " + value + ", at most " + max);
    }
    return (int) value;
  }

  Bound bound() {
    long difference = number();
    long timestamp = difference == 0 ? Bound.INFINITY : lastTimestamp + difference - 1;
    if (timestamp < lastTimestamp) {
      throw bad("a timestamp comes after the end of all");
    }
    lastTimestamp = timestamp;
    return new Bound(timestamp, take(number(Item.ID_BYTES, "length of an id prefix")));
  }

  /** An element of a list, as it is. */
  byte[] entry(Shape.Entry form) {
    if (form == Shape.Entry.ID) {
      return take(Item.ID_BYTES);
    }
    int start = bytes.position();
    take(TAG_BYTES);
    number();
    take(PREFIX_BYTES);
    byte[] entry = new byte[bytes.position() - start];
    bytes.get(start, entry);
    return entry;
  }

  static XfException bad(String what) {
    return new XfException(ErrorCode.BAD_FORMAT, "negentropy: " + what);
  }
}
