package xf.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;
import xf.event.Hash;

class MountainTest {
  private static final Hash ROOT = Hash.of(new byte[32]);

  private static MountainRange range(long size) {
    return MountainRange.of("a<b>@me", size, ROOT, (level, index) -> ROOT);
  }

  @Test
  void shouldHaveAPeakForEveryBitOfTheSize() {
    List<MountainRange.Peak> peaks = range(13).peaks();
    assertEquals(List.of(3, 2, 0), peaks.stream().map(MountainRange.Peak::level).toList());
    assertEquals(List.of(0L, 8L, 12L), peaks.stream().map(MountainRange.Peak::start).toList());
    assertEquals(13, peaks.get(2).end());
  }

  @Test
  void shouldFitTheWidthWhateverTheSize() {
    for (long size : new long[] {0, 1, 2, 3, 255, 256, 65_535, (1L << 30) - 1}) {
      for (String line : new MountainText(range(size), 78).lines()) {
        assertTrue(line.length() <= 90, size + ": " + line);
      }
    }
  }

  @Test
  void shouldDrawThreeMountainsForSeven() {
    List<String> lines = new MountainText(range(7), 78).lines();
    assertEquals("    ╱╲", lines.get(2));
    assertEquals("   ╱  ╲    ╱╲", lines.get(3));
    assertEquals("  ╱    ╲  ╱  ╲  ╱╲", lines.get(4));
    assertEquals("    A      B    C", lines.get(6));
  }

  @Test
  void shouldDrawWellFormedSvg() throws Exception {
    for (long size : new long[] {0, 1, 7, 71_488}) {
      String svg = new MountainSvg(range(size)).draw();
      var document =
          DocumentBuilderFactory.newDefaultInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(svg)));
      assertEquals("svg", document.getDocumentElement().getTagName());
    }
  }
}
