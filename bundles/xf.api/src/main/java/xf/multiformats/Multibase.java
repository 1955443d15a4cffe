package xf.multiformats;

import java.util.Arrays;
import java.util.Locale;
import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * Text forms of bytes (multiformats multibase): the bases that libp2p uses, with and without their
 * one-letter prefix.
 *
 * <p>Bases 32 and 64url pack bits and are written without padding; 58 and 36 are conversions of one
 * large number, with cost quadratic in the length, so their input is limited.
 */
public enum Multibase {
  /** RFC 4648 lower case, no padding: the default of CID version 1. */
  BASE32('b', "abcdefghijklmnopqrstuvwxyz234567", 5, true),
  /** Digits and lower case letters: short enough for a DNS label. */
  BASE36('k', "0123456789abcdefghijklmnopqrstuvwxyz", 0, true),
  /** Bitcoin's alphabet. */
  BASE58BTC('z', "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 0, false),
  /** RFC 4648 URL-safe, no padding. */
  BASE64URL('u', "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6, false);

  /** The longest text that {@link #decode} and {@link #decodePrefixed} take, in characters. */
  public static final int MAX_TEXT_CHARS = 4096;

  private static final int MAX_NUMBER_CHARS = 512;

  private final char prefix;
  private final String alphabet;
  private final boolean ignoreCase;
  private final int bitsPerChar;

  Multibase(char prefix, String alphabet, int bitsPerChar, boolean ignoreCase) {
    this.prefix = prefix;
    this.alphabet = alphabet;
    this.bitsPerChar = bitsPerChar;
    this.ignoreCase = ignoreCase;
  }

  /** The letter that says which base follows. */
  public char prefix() {
    return prefix;
  }

  /** Text without a prefix. */
  public String encode(byte[] bytes) {
    return bitsPerChar > 0 ? packBits(bytes) : convertToText(bytes);
  }

  /** Text with the prefix in front. */
  public String encodePrefixed(byte[] bytes) {
    return prefix + encode(bytes);
  }

  /**
   * Bytes of a text that has no prefix.
   *
   * @throws XfException when a character is not of this base, or the text is longer than {@link
   *     #MAX_TEXT_CHARS} (512 for bases 58 and 36)
   */
  public byte[] decode(String text) {
    int limit = bitsPerChar > 0 ? MAX_TEXT_CHARS : MAX_NUMBER_CHARS;
    if (text.length() > limit) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          label() + ": expected at most " + limit + " characters, got " + text.length());
    }
    return bitsPerChar > 0 ? unpackBits(text) : convertToBytes(text);
  }

  /** Bytes of a text whose first letter names its base. */
  public static byte[] decodePrefixed(String text) {
    if (text.isEmpty()) {
      throw new XfException(ErrorCode.BAD_FORMAT, "multibase: expected a prefix, got empty text");
    }
    return ofPrefix(text.charAt(0)).decode(text.substring(1));
  }

  private static Multibase ofPrefix(char prefix) {
    for (Multibase base : values()) {
      if (base.prefix == prefix || base.isUpperCaseOf(prefix)) {
        return base;
      }
    }
    throw new XfException(
        ErrorCode.BAD_FORMAT, "multibase: no base known here has the prefix '" + prefix + "'");
  }

  private boolean isUpperCaseOf(char letter) {
    return ignoreCase && Character.toUpperCase(prefix) == letter;
  }

  private String packBits(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length * 8 / bitsPerChar + 1);
    int held = 0;
    int bits = 0;
    for (byte b : bytes) {
      held = (held << 8) | (b & 0xff);
      bits += 8;
      while (bits >= bitsPerChar) {
        bits -= bitsPerChar;
        text.append(alphabet.charAt((held >>> bits) & (alphabet.length() - 1)));
      }
      held &= (1 << bits) - 1;
    }
    if (bits > 0) {
      text.append(alphabet.charAt((held << (bitsPerChar - bits)) & (alphabet.length() - 1)));
    }
    return text.toString();
  }

  private byte[] unpackBits(String text) {
    byte[] bytes = new byte[text.length() * bitsPerChar / 8];
    int at = 0;
    int held = 0;
    int bits = 0;
    for (int i = 0; i < text.length(); i++) {
      held = (held << bitsPerChar) | digit(text, i);
      bits += bitsPerChar;
      if (bits >= 8) {
        bits -= 8;
        bytes[at++] = (byte) (held >>> bits);
        held &= (1 << bits) - 1;
      }
    }
    // One text for each value: no left-over character, no stray bits in the last one.
    if (bits >= bitsPerChar || held != 0) {
      throw bad("the last character has bits that belong to no byte");
    }
    return bytes;
  }

  private String convertToText(byte[] bytes) {
    int zeros = leadingZeros(bytes);
    byte[] number = bytes.clone();
    char[] text = new char[bytes.length * 2];
    int at = text.length;
    int start = zeros;
    while (start < number.length) {
      text[--at] = alphabet.charAt(divide(number, start, 256, alphabet.length()));
      if (number[start] == 0) {
        start++;
      }
    }
    // A leading zero byte is one zero digit, whatever the base.
    while (at < text.length && text[at] == alphabet.charAt(0)) {
      at++;
    }
    for (int i = 0; i < zeros; i++) {
      text[--at] = alphabet.charAt(0);
    }
    return new String(text, at, text.length - at);
  }

  private byte[] convertToBytes(String text) {
    byte[] number = new byte[text.length()];
    for (int i = 0; i < number.length; i++) {
      number[i] = (byte) digit(text, i);
    }
    int zeros = leadingZeros(number);
    byte[] bytes = new byte[text.length()];
    int at = bytes.length;
    int start = zeros;
    while (start < number.length) {
      bytes[--at] = (byte) divide(number, start, alphabet.length(), 256);
      if (number[start] == 0) {
        start++;
      }
    }
    while (at < bytes.length && bytes[at] == 0) {
      at++;
    }
    return Arrays.copyOfRange(bytes, at - zeros, bytes.length);
  }

  /** Divides the digits of {@code number} in place and returns the remainder. */
  private static int divide(byte[] number, int start, int base, int divisor) {
    int remainder = 0;
    for (int i = start; i < number.length; i++) {
      int value = remainder * base + (number[i] & 0xff);
      number[i] = (byte) (value / divisor);
      remainder = value % divisor;
    }
    return remainder;
  }

  private static int leadingZeros(byte[] bytes) {
    int zeros = 0;
    while (zeros < bytes.length && bytes[zeros] == 0) {
      zeros++;
    }
    return zeros;
  }

  private int digit(String text, int index) {
    char c = text.charAt(index);
    int value = alphabet.indexOf(ignoreCase && c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (value < 0) {
      throw bad("character " + index + " (U+" + Integer.toHexString(c) + ") is not of this base");
    }
    return value;
  }

  private String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  private XfException bad(String message) {
    return new XfException(ErrorCode.BAD_FORMAT, label() + ": " + message);
  }
}
