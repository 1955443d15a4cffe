package xf.multiformats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import xf.event.XfException;

class MultibaseTest {

  /** From the multibase specification's test vectors "basic" and "leading zeros". */
  @ParameterizedTest
  @CsvSource({
    "yes mani !,bpfsxgidnmfxgsibb",
    "yes mani !,k2lcpzo5yikidynfl",
    "yes mani !,z7paNL19xttacUY",
    "yes mani !,ueWVzIG1hbmkgIQ",
    "'\0yes mani !',bab4wk4zanvqw42jaee",
    "'\0yes mani !',k02lcpzo5yikidynfl",
    "'\0yes mani !',z17paNL19xttacUY",
    "'\0yes mani !',uAHllcyBtYW5pICE",
    "'\0\0yes mani !',z117paNL19xttacUY",
    "'\0\0yes mani !',k002lcpzo5yikidynfl"
  })
  void shouldMatchThePublishedVectors(String plain, String encoded) {
    byte[] bytes = plain.getBytes(StandardCharsets.UTF_8);
    assertArrayEquals(bytes, Multibase.decodePrefixed(encoded));
    for (Multibase base : Multibase.values()) {
      if (base.prefix() == encoded.charAt(0)) {
        assertEquals(encoded, base.encodePrefixed(bytes));
      }
    }
  }

  @Property(tries = 300)
  void shouldReadBackWhatItWrote(@ForAll @Size(max = 64) byte[] bytes, @ForAll Multibase base) {
    assertArrayEquals(bytes, base.decode(base.encode(bytes)));
    assertArrayEquals(bytes, Multibase.decodePrefixed(base.encodePrefixed(bytes)));
  }

  @Test
  void shouldIgnoreCaseWhereTheBaseDoes() {
    assertArrayEquals(
        Multibase.decodePrefixed("bpfsxgidnmfxgsibb"),
        Multibase.decodePrefixed("BPFSXGIDNMFXGSIBB"));
    assertThrows(XfException.class, () -> Multibase.decodePrefixed("Z7paNL19xttacUY"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "z0", "zO", "zI", "zl", "b1", "b=", "ba", "bab", "u!", "uA", "uAB", "q", "z\u20ac"
      })
  void shouldRefuseWhatIsNotOfTheBase(String text) {
    assertThrows(XfException.class, () -> Multibase.decodePrefixed(text));
  }

  @Test
  void shouldLimitTheLengthOfItsInput() {
    assertThrows(XfException.class, () -> Multibase.BASE58BTC.decode("1".repeat(513)));
    assertThrows(XfException.class, () -> Multibase.BASE32.decode("a".repeat(4097)));
  }
}
