package xf.merkle;

import java.util.ArrayList;
import java.util.List;
import xf.event.XfException;

/**
 * The text of a checkpoint, anybody's (C2SP tlog-checkpoint). Those of our own logs are {@link
 * Checkpoint}s and have no extension lines.
 *
 * @param origin which log it is of
 * @param head size and root
 * @param extensions further lines, without their newlines
 */
public record CheckpointText(String origin, TreeHead head, List<String> extensions) {
  /** Refuses what the format cannot express. */
  public CheckpointText {
    extensions = List.copyOf(extensions);
    if (!isLine(origin) || !extensions.stream().allMatch(CheckpointText::isLine)) {
      throw new IllegalArgumentException("checkpoint with an empty line, or a newline in a line");
    }
  }

  private static boolean isLine(String line) {
    return !line.isEmpty() && line.indexOf('\n') < 0;
  }

  /**
   * Reads a note's text.
   *
   * @throws XfException {@code BAD_FORMAT} naming the line that is wrong
   */
  public static CheckpointText parse(String text) {
    TextFormat lines = new TextFormat("checkpoint", text);
    String origin = nonEmptyLine(lines, "an origin");
    long size = lines.number(lines.line("a size"), Long.MAX_VALUE);
    TreeHead head = new TreeHead(size, lines.hash(lines.line("a root")));
    List<String> extensions = new ArrayList<>();
    while (!lines.atEnd()) {
      extensions.add(nonEmptyLine(lines, "an extension line"));
    }
    return new CheckpointText(origin, head, extensions);
  }

  private static String nonEmptyLine(TextFormat lines, String expected) {
    String line = lines.line(expected);
    if (line.isEmpty()) {
      throw lines.badLine(expected);
    }
    return line;
  }

  /** The note's text. */
  public String toText() {
    StringBuilder text = new StringBuilder(origin);
    text.append('\n').append(head.size()).append('\n');
    text.append(TextFormat.base64(head.root())).append('\n');
    for (String line : extensions) {
      text.append(line).append('\n');
    }
    return text.toString();
  }
}
