package xf.shell.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class LineReaderTest {
  private static List<String> lines(InputStream in, int max) throws IOException {
    LineReader reader = new LineReader(in);
    byte[] target = new byte[max + 8];
    List<String> lines = new ArrayList<>();
    for (int length = reader.read(target, 3, max);
        length != LineReader.END;
        length = reader.read(target, 3, max)) {
      lines.add(
          length == LineReader.TOO_LONG
              ? "too long: " + reader.lineBytes()
              : new String(target, 3, length, StandardCharsets.UTF_8));
      assertEquals(lines.size(), reader.lineNumber());
    }
    return lines;
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Gives few bytes at a time, as a pipe does. */
  private static InputStream trickle(String text, int step) {
    return new FilterInputStream(stream(text)) {
      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        return super.read(target, offset, Math.min(length, step));
      }
    };
  }

  @Test
  void shouldTakeEveryKindOfLineEnd() throws IOException {
    assertEquals(List.of("a", "", "b", "c"), lines(stream("a\n\r\nb\r\nc"), 10));
    assertEquals(List.of(), lines(stream(""), 10));
    assertEquals(List.of(""), lines(stream("\n"), 10));
  }

  @Test
  void shouldSkipALineThatIsTooLongAndSayHowLong() throws IOException {
    assertEquals(
        List.of("1234", "too long: 5", "x", "1234"), lines(stream("1234\n12345\nx\n1234\r\n"), 4));
  }

  @Property(tries = 300)
  void shouldReadWhatStringLinesGives(
      @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 60) String letters,
      @ForAll @IntRange(min = 1, max = 9) int step)
      throws IOException {
    String text = letters.replace('c', '\n');
    assertEquals(text.lines().toList(), lines(trickle(text, step), 100));
  }
}
