package xf.gossip.net;

import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * IP addresses as text. The JDK's own parser is no help here: given anything but a literal it asks
 * the DNS, and it turns IPv4-mapped IPv6 addresses into IPv4.
 */
final class IpText {
  private static final int GROUPS = 8;
  private static final int IP4_BYTES = 4;
  private static final int IP6_BYTES = 16;

  private IpText() {}

  /** Four decimal numbers without leading zeros. */
  static byte[] parse4(String text) {
    byte[] bytes = new byte[IP4_BYTES];
    String[] parts = text.split("\\.", -1);
    boolean good = parts.length == IP4_BYTES;
    for (int i = 0; good && i < IP4_BYTES; i++) {
      int value = decimal(parts[i]);
      good = value >= 0;
      bytes[i] = (byte) value;
    }
    if (!good) {
      throw bad("IPv4", text);
    }
    return bytes;
  }

  static String format4(byte[] bytes) {
    return (bytes[0] & 0xff)
        + "."
        + (bytes[1] & 0xff)
        + "."
        + (bytes[2] & 0xff)
        + "."
        + (bytes[3] & 0xff);
  }

  /** All forms of RFC 4291 section 2.2; no zone. */
  static byte[] parse6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      byte[] bytes = groups(text, text);
      if (bytes.length != IP6_BYTES) {
        throw bad("IPv6", text);
      }
      return bytes;
    }
    byte[] head = groups(text.substring(0, gap), text);
    byte[] tail = groups(text.substring(gap + 2), text);
    if (head.length + tail.length > IP6_BYTES - 2) {
      throw bad("IPv6", text);
    }
    byte[] bytes = new byte[IP6_BYTES];
    System.arraycopy(head, 0, bytes, 0, head.length);
    System.arraycopy(tail, 0, bytes, IP6_BYTES - tail.length, tail.length);
    return bytes;
  }

  /** The one form of RFC 5952: lower case, the longest run of zero groups left out. */
  static String format6(byte[] bytes) {
    int bestStart = -1;
    int bestLength = 1;
    for (int start = 0; start < GROUPS; start++) {
      int length = zeroRun(bytes, start);
      if (length > bestLength) {
        bestStart = start;
        bestLength = length;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < GROUPS; i++) {
      if (i == bestStart) {
        text.append("::");
        i += bestLength - 1;
      } else {
        if (i > 0 && i != bestStart + bestLength) {
          text.append(':');
        }
        text.append(Integer.toHexString(group(bytes, i)));
      }
    }
    return text.toString();
  }

  private static byte[] groups(String text, String whole) {
    if (text.isEmpty()) {
      return new byte[0];
    }
    String[] parts = text.split(":", -1);
    String last = parts[parts.length - 1];
    boolean endsInIp4 = last.indexOf('.') >= 0;
    int hexGroups = endsInIp4 ? parts.length - 1 : parts.length;
    int length = 2 * hexGroups + (endsInIp4 ? IP4_BYTES : 0);
    if (length > IP6_BYTES) {
      throw bad("IPv6", whole);
    }
    byte[] bytes = new byte[length];
    for (int i = 0; i < hexGroups; i++) {
      int value = hex(parts[i], whole);
      bytes[2 * i] = (byte) (value >>> 8);
      bytes[2 * i + 1] = (byte) value;
    }
    if (endsInIp4) {
      System.arraycopy(parse4(last), 0, bytes, 2 * hexGroups, IP4_BYTES);
    }
    return bytes;
  }

  private static int decimal(String text) {
    if (text.isEmpty() || text.length() > 3 || (text.length() > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + c - '0';
    }
    return value <= 255 ? value : -1;
  }

  private static int hex(String text, String whole) {
    if (text.isEmpty() || text.length() > 4) {
      throw bad("IPv6", whole);
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw bad("IPv6", whole);
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private static int zeroRun(byte[] bytes, int start) {
    int at = start;
    while (at < GROUPS && group(bytes, at) == 0) {
      at++;
    }
    return at - start;
  }

  private static int group(byte[] bytes, int index) {
    return (bytes[2 * index] & 0xff) << 8 | (bytes[2 * index + 1] & 0xff);
  }

  private static XfException bad(String family, String text) {
    return new XfException(
        ErrorCode.BAD_FORMAT,
        "multiaddr: expected an " + family + " address, got '" + shorten(text) + "'");
  }

  private static String shorten(String text) {
    return text.length() <= 64 ? text : text.substring(0, 64) + "...";
  }
}
