package xf.shell;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import xf.event.Hlc;

/** Numbers, times and texts as people read them. */
final class Human {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private Human() {}

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** "1 event", "71,488 events". */
  static String count(long number, String noun) {
    return count(number) + " " + noun + (number == 1 ? "" : "s");
  }

  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
  }

  /** Whole seconds in the two largest units that they fill. */
  static String remaining(long seconds) {
    if (seconds < MINUTE) {
      return seconds + " s";
    } else if (seconds < HOUR) {
      return seconds / MINUTE + " min " + seconds % MINUTE + " s";
    } else if (seconds < DAY) {
      return seconds / HOUR + " h " + seconds % HOUR / MINUTE + " min";
    }
    return seconds / DAY + " d " + seconds % DAY / HOUR + " h";
  }

  /** UTC. */
  static String time(long hlc) {
    return TIME.format(Instant.ofEpochMilli(Hlc.millis(hlc)));
  }

  /** A payload on one line of at most so many characters; bytes that are no text show as dots. */
  static String line(byte[] payload, int width) {
    String text =
        new String(payload, 0, Math.min(payload.length, 4 * width), StandardCharsets.UTF_8);
    StringBuilder line = new StringBuilder(width);
    text.codePoints()
        .limit(width)
        .forEach(c -> line.appendCodePoint(Character.isISOControl(c) || c == 0xFFFD ? '.' : c));
    boolean isCut = text.codePointCount(0, text.length()) > width || payload.length > 4 * width;
    return isCut ? line.append("…").toString() : line.toString();
  }
}
