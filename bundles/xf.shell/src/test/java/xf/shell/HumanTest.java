package xf.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class HumanTest {
  @Test
  void shouldSayWhatIsLeftInTheTwoLargestUnits() {
    assertEquals("0 s", Human.remaining(0));
    assertEquals("59 s", Human.remaining(59));
    assertEquals("1 min 0 s", Human.remaining(60));
    assertEquals("59 min 59 s", Human.remaining(3_599));
    assertEquals("1 h 0 min", Human.remaining(3_600));
    assertEquals("23 h 59 min", Human.remaining(86_399));
    assertEquals("102 d 19 h", Human.remaining(148_032 * 60 + 45));
  }
}
