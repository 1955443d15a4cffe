package xf.merkle;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import xf.event.Bytes32;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.XfException;

/**
 * Reads the text formats of this package line by line. Every value has one spelling; any other is
 * refused with the line's number and what was expected.
 */
final class TextFormat {
  private final String what;
  private final String text;
  private int at;
  private int line;

  TextFormat(String what, String text) {
    this.what = what;
    this.text = text;
  }

  /** Decodes at most {@code maxBytes} of UTF-8 without control characters but newlines. */
  static String decode(String what, byte[] bytes, int maxBytes) {
    if (bytes.length > maxBytes) {
      throw new XfException(
          ErrorCode.TOO_LARGE, what + " has " + bytes.length + " bytes: at most " + maxBytes);
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new XfException(ErrorCode.BAD_FORMAT, what + " is not valid UTF-8", e);
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' && text.charAt(i) != '\n') {
        throw bad(what + " has control character " + (int) text.charAt(i) + " at " + i);
      }
    }
    return text;
  }

  static XfException bad(String message) {
    return new XfException(ErrorCode.BAD_FORMAT, message);
  }

  XfException badLine(String expected) {
    return bad(what + ", line " + line + ": expected " + expected);
  }

  boolean atEnd() {
    return at == text.length();
  }

  /** Whether the next line starts like this. */
  boolean startsWith(String prefix) {
    return text.startsWith(prefix, at);
  }

  /** The next line, without its newline. */
  String line(String expected) {
    line++;
    int end = text.indexOf('\n', at);
    if (end < 0) {
      throw badLine(expected + ", found no whole line");
    }
    String value = text.substring(at, end);
    at = end + 1;
    return value;
  }

  /** The next line, which has to be this one. */
  void literal(String expected) {
    if (!line("\"" + expected + "\"").equals(expected)) {
      throw badLine("\"" + expected + "\"");
    }
  }

  /** What follows {@code prefix} on the next line. */
  String field(String prefix) {
    String value = line("\"" + prefix + "...\"");
    if (!value.startsWith(prefix)) {
      throw badLine("\"" + prefix + "...\"");
    }
    return value.substring(prefix.length());
  }

  /** A decimal number from 0 to {@code max} without leading zeros. */
  long number(String digits, long max) {
    boolean plain = !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!plain || digits.length() > 19 || (digits.length() > 1 && digits.charAt(0) == '0')) {
      throw badLine("a decimal number without leading zeros");
    }
    // 19 digits may pass 2^63 and then wrap round to a negative number.
    long value = Long.parseUnsignedLong(digits);
    if (value < 0 || value > max) {
      throw badLine("a number up to " + max);
    }
    return value;
  }

  /** A hash in base64. */
  Hash hash(String base64) {
    byte[] bytes = base64(base64, Bytes32.LENGTH_BYTES);
    if (bytes.length != Bytes32.LENGTH_BYTES) {
      throw badLine("a hash of 32 bytes in base64, found " + bytes.length + " bytes");
    }
    return Hash.of(bytes);
  }

  /** Bytes in base64, with padding. */
  byte[] base64(String base64, int maxBytes) {
    byte[] bytes = strictBase64(base64);
    if (bytes == null || bytes.length > maxBytes) {
      throw badLine("at most " + maxBytes + " bytes in base64, with padding");
    }
    return bytes;
  }

  /** Everything after the lines read so far. */
  String rest() {
    return text.substring(at);
  }

  /** Takes the next {@code count} lines as they are. */
  String lines(int count) {
    int start = at;
    for (int i = 0; i < count; i++) {
      line("a line");
    }
    return text.substring(start, at);
  }

  /**
   * The bytes of a base64 string (RFC 4648 section 4) in its only form: with padding and without
   * stray bits; null when it is not.
   */
  static byte @Nullable [] strictBase64(String base64) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return null;
    }
    return base64(bytes).equals(base64) ? bytes : null;
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  static String base64(Bytes32 bytes) {
    return base64(bytes.toByteArray());
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
