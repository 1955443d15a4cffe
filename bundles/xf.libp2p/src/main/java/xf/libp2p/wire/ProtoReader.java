package xf.libp2p.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks the fields of one protobuf message in the order they were sent.
 *
 * <pre>{@code
 * while (reader.next()) {
 *   switch (reader.field()) {
 *     case 1 -> key = reader.bytes();
 *     default -> reader.skip();
 *   }
 * }
 * }</pre>
 *
 * <p>Only what libp2p messages use: varints, fixed-width fields and length-delimited ones; groups
 * are refused. Nothing is allocated but the values asked for, none of which can be longer than the
 * message itself. Not for use by several threads.
 */
public final class ProtoReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int DELIMITED = 2;
  private static final int FIXED32 = 5;
  private static final int WIRE_TYPE_BITS = 3;
  private static final int WIRE_TYPE_MASK = 0b111;
  private static final int MAX_VARINT_LENGTH = 10;

  private final byte[] data;
  private final int end;
  private final String what;
  private int position;
  private int field;
  private int wireType;

  /**
   * Reads a whole array.
   *
   * @param what names the message in errors
   */
  public ProtoReader(byte[] message, String what) {
    this(message, 0, message.length, what);
  }

  private ProtoReader(byte[] data, int start, int end, String what) {
    this.data = data;
    this.position = start;
    this.end = end;
    this.what = what;
  }

  /** Moves to the next field; false at the end of the message. */
  public boolean next() {
    if (position == end) {
      return false;
    }
    long tag = varint();
    wireType = (int) tag & WIRE_TYPE_MASK;
    long number = tag >>> WIRE_TYPE_BITS;
    if (number < 1 || number > Integer.MAX_VALUE >>> WIRE_TYPE_BITS) {
      throw WireException.badFormat(what + ": field number " + number + " is out of range");
    }
    field = (int) number;
    return true;
  }

  /** The number of the current field. */
  public int field() {
    return field;
  }

  /** The value of a varint field (uint64, int64, enum, bool). */
  public long uint() {
    expect(VARINT);
    return varint();
  }

  /** A fresh copy of a bytes field. */
  public byte[] bytes() {
    int length = delimitedLength();
    byte[] value = Arrays.copyOfRange(data, position, position + length);
    position += length;
    return value;
  }

  /** A string field, which must be UTF-8. */
  public String string() {
    int length = delimitedLength();
    ByteBuffer utf8 = ByteBuffer.wrap(data, position, length);
    position += length;
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException e) {
      throw WireException.badFormat(what + ": field " + field + " is not UTF-8");
    }
  }

  /** A reader over an embedded message; it shares the bytes. */
  public ProtoReader message(String name) {
    int length = delimitedLength();
    ProtoReader inner = new ProtoReader(data, position, position + length, name);
    position += length;
    return inner;
  }

  /** Steps over the value of the current field. */
  public void skip() {
    switch (wireType) {
      case VARINT -> varint();
      case FIXED64 -> advance(Long.BYTES);
      case DELIMITED -> {
        int length = delimitedLength(); // moves the position, so not inside the sum below
        position += length;
      }
      case FIXED32 -> advance(Integer.BYTES);
      default ->
          throw WireException.badFormat(what + ": field " + field + " has wire type " + wireType);
    }
  }

  private void expect(int expected) {
    if (wireType != expected) {
      throw WireException.badFormat(
          what + ": field " + field + " has wire type " + wireType + ", expected " + expected);
    }
  }

  private int delimitedLength() {
    expect(DELIMITED);
    long length = varint();
    // Unsigned: a tenth varint byte can set the sign bit.
    if (Long.compareUnsigned(length, end - position) > 0) {
      throw WireException.badFormat(
          what
              + ": field "
              + field
              + " says "
              + Long.toUnsignedString(length)
              + " bytes, only "
              + (end - position)
              + " are left");
    }
    return (int) length;
  }

  private void advance(int count) {
    if (end - position < count) {
      throw WireException.badFormat(what + ": ends inside field " + field);
    }
    position += count;
  }

  private long varint() {
    long value = 0;
    for (int i = 0; i < MAX_VARINT_LENGTH; i++) {
      if (position == end) {
        throw WireException.badFormat(what + ": ends inside a varint");
      }
      byte b = data[position++];
      value |= (long) (b & 0x7f) << (7 * i);
      if (b >= 0) {
        return value;
      }
    }
    throw WireException.badFormat(what + ": varint longer than 10 bytes");
  }
}
