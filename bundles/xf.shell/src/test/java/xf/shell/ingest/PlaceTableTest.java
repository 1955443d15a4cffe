package xf.shell.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PlaceTableTest {
  @Test
  void shouldFindEveryKeyAfterItHasGrown() {
    PlaceTable table = new PlaceTable();
    SplittableRandom random = new SplittableRandom(42);
    for (int i = 0; i < 50_000; i++) {
      table.put(random.nextLong(), random.nextLong(), PlaceTable.place(i % 1_000, i), i);
    }
    assertEquals(50_000, table.size());
    SplittableRandom again = new SplittableRandom(42);
    for (int i = 0; i < 50_000; i++) {
      long high = again.nextLong();
      long low = again.nextLong();
      long place = table.get(high, low);
      assertEquals(i, PlaceTable.index(place));
      assertEquals(i % 1_000, PlaceTable.target(place));
      assertEquals(i, table.check(high, low));
    }
    assertEquals(0, table.get(1, 2));
  }

  @Test
  void shouldForgetOnlyTheOldest() {
    SeenEvents seen = new SeenEvents(100);
    for (int i = 0; i < 1_000; i++) {
      seen.put(i, i, PlaceTable.place(0, i), 0);
      for (int back = 0; back < Math.min(i, 100); back++) {
        assertNotEquals(0, seen.get(i - back, i - back));
      }
    }
    assertEquals(0, seen.get(0, 0));
  }

  @Test
  void shouldTellBytesApartByContentAndLength() {
    Fingerprint fingerprint = new Fingerprint(new SplittableRandom(7));
    Fingerprint sibling = fingerprint.sibling();
    byte[] bytes = new byte[40];
    Set<String> seen = new HashSet<>();
    for (int length = 0; length <= bytes.length; length++) {
      assertTrue(seen.add(print(fingerprint.of(bytes, 0, length))));
      for (int i = 0; i < length; i++) {
        bytes[i] = 1;
        assertTrue(seen.add(print(fingerprint.of(bytes, 0, length))), "length " + length);
        assertEquals(print(fingerprint), print(sibling.of(bytes, 0, length)));
        bytes[i] = 0;
      }
    }
  }

  private static String print(Fingerprint fingerprint) {
    return fingerprint.high() + " " + fingerprint.low();
  }
}
