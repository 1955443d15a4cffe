package xf.node;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/** The real history that is imported: every line of it, and who wrote it where. */
final class RealEvents {
  /** A line, its topic and its author. */
  record Line(String text, String topic, String author) {
    String log(boolean perAuthor) {
      return topic + "@" + (perAuthor ? author : "me");
    }
  }

  private final Path file;
  private final List<Line> lines;

  private RealEvents(Path file, List<Line> lines) {
    this.file = file;
    this.lines = lines;
  }

  /** Skips the test where the file is not, unless in CI. */
  static RealEvents load() {
    Path file = Path.of(System.getProperty("xf.shared"), "data", "commits.jsonl.gz").normalize();
    if (!Files.exists(file)) {
      String reason = file + " is not there";
      assertNotEquals("true", System.getenv("CI"), reason);
      assumeTrue(false, reason);
    }
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file), 1 << 16),
                StandardCharsets.UTF_8))) {
      List<Line> lines = new ArrayList<>();
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        Map<String, Object> fields = JsonText.map(line);
        lines.add(
            new Line(
                line,
                ((String) fields.get("topic")).intern(),
                ((String) fields.get("author")).intern()));
      }
      return new RealEvents(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path file() {
    return file;
  }

  /** All lines, in the order of the file. */
  List<Line> lines() {
    return Collections.unmodifiableList(lines);
  }

  int count() {
    return lines.size();
  }

  /** The lines that each log gets, in order, by the name it is listed under. */
  Map<String, List<String>> byLog(boolean perAuthor) {
    Map<String, List<String>> logs = new TreeMap<>();
    for (Line line : lines) {
      logs.computeIfAbsent(line.log(perAuthor), name -> new ArrayList<>()).add(line.text);
    }
    return logs;
  }

  /** How many events each log has at least when so many lines of the file are in. */
  Map<String, Long> sizes(boolean perAuthor, long firstLines) {
    Map<String, Long> sizes = new TreeMap<>();
    for (Line line : lines.subList(0, Math.toIntExact(firstLines))) {
      sizes.merge(line.log(perAuthor), 1L, Long::sum);
    }
    return sizes;
  }
}
