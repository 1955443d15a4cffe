package xf.shell.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.XfException;

class LineParserTest {
  private static final String GOOD =
      "{\"ts\":1121769713000,\"author\":\"ada\",\"topic\":\"news\",\"text\":\"žluťoučký \\n kůň\","
          + "\"id\":\"40b6\",\"parents\":[\"aa\",\"bb\"]}";

  private final Block block = new Block();
  private final LineParser parser = new LineParser(new Fingerprint(new SplittableRandom(1)));

  private void parse(byte[] line) {
    System.arraycopy(line, 0, block.bytes, block.used, line.length);
    parser.parse(block, block.used, line.length);
    block.used += line.length;
  }

  private String refusal(String line) {
    XfException e =
        assertThrows(XfException.class, () -> parse(line.getBytes(StandardCharsets.UTF_8)), line);
    assertEquals(0, block.lines);
    assertEquals(0, block.parentCount);
    return e.getMessage();
  }

  @Test
  void shouldReadTheSixFields() {
    parse(GOOD.getBytes(StandardCharsets.UTF_8));
    parse(GOOD.getBytes(StandardCharsets.UTF_8));
    assertEquals(2, block.lines);
    assertEquals(1121769713000L, block.millis[1]);
    assertEquals("ada", block.author[1]);
    assertEquals("news", block.topic[1]);
    assertEquals(2, block.parentStart(1));
    assertEquals(4, block.parentEnd[1]);
    assertEquals(block.idHigh[0], block.idHigh[1]);
  }

  @Test
  void shouldGiveAnIdTheFingerprintOfItsText() {
    Fingerprint expected = new Fingerprint(new SplittableRandom(1));
    for (String id :
        List.of("", "40b6", "kůň", "a".repeat(128), "a".repeat(129), "\u0080", "\u007f")) {
      parse(GOOD.replace("40b6", id).getBytes(StandardCharsets.UTF_8));
      expected.of(id);
      assertEquals(expected.high(), block.idHigh[block.lines - 1], id);
      assertEquals(expected.low(), block.idLow[block.lines - 1], id);
    }
  }

  @Test
  void shouldKeepANameThatComesAgainAsOneObject() {
    parse(GOOD.getBytes(StandardCharsets.UTF_8));
    parse(GOOD.getBytes(StandardCharsets.UTF_8));
    assertSame(block.author[0], block.author[1]);
    assertSame(block.topic[0], block.topic[1]);
  }

  @Test
  void shouldNameTheFieldThatIsMissing() {
    for (String field : List.of("ts", "author", "topic", "text", "id", "parents")) {
      String line = GOOD.replace("\"" + field + "\":", "\"other\":");
      assertEquals("lacks the field \"" + field + "\"", refusal(line));
    }
  }

  @Test
  void shouldRefuseWhatIsNoObject() {
    for (String line : List.of("", "x", "[]", "1", "\"a\"", "{", GOOD + "}", GOOD + " {}")) {
      String reason = refusal(line);
      assertTrue(reason.contains("JSON"), line + ": " + reason);
    }
  }

  @Test
  void shouldRefuseBadNumbers() {
    for (String number :
        List.of("-1", "1.5", "1e3", "\"1\"", "null", "140737488355328", "99999999999999999999")) {
      assertTrue(refusal(GOOD.replace("1121769713000", number)).contains("\"ts\""), number);
    }
  }

  @Test
  void shouldRefuseWhatCannotNameALog() {
    assertTrue(refusal(GOOD.replace("news", "a@b")).contains("topic"));
    assertTrue(refusal(GOOD.replace("news", "")).contains("topic"));
    assertTrue(refusal(GOOD.replace("ada", "")).contains("author"));
    assertTrue(refusal(GOOD.replace("ada", "a".repeat(256))).contains("author"));
  }

  @Test
  void shouldSayWhichByteIsNotUtf8() {
    byte[] line = GOOD.getBytes(StandardCharsets.UTF_8);
    line[20] = (byte) 0xC0;
    XfException e = assertThrows(XfException.class, () -> parse(line));
    assertEquals("is not UTF-8 at byte 21", e.getMessage());
  }

  @Property(tries = 2_000)
  void shouldFailOnlyWithAReason(
      @ForAll @IntRange(max = 140) int place, @ForAll byte value, @ForAll boolean cut) {
    byte[] line = GOOD.getBytes(StandardCharsets.UTF_8);
    int at = place % line.length;
    byte[] changed = cut ? Arrays.copyOf(line, at) : line.clone();
    if (!cut) {
      changed[at] = value;
    }
    try {
      parse(changed);
    } catch (XfException e) {
      assertEquals(0, block.parentCount % 2);
      assertTrue(!e.getMessage().isEmpty() && e.code() != ErrorCode.IO);
    }
  }
}
