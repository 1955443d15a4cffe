package xf.multiformats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import xf.event.ErrorCode;
import xf.event.XfException;

class VarintTest {

  @ParameterizedTest
  @CsvSource({
    "0,00",
    "1,01",
    "127,7f",
    "128,8001",
    "255,ff01",
    "300,ac02",
    "16384,808001",
    "9223372036854775807,ffffffffffffffff7f"
  })
  void shouldEncodeAsTheSpecificationShows(long value, String hex) {
    ByteBuffer dst = ByteBuffer.allocate(Varint.lengthBytes(value));
    Varint.put(dst, value);
    assertArrayEquals(HexFormat.of().parseHex(hex), dst.array());
    assertEquals(value, Varint.get(dst.flip()));
  }

  @Property(tries = 500)
  void shouldReadBackWhatItWrote(@ForAll @LongRange(min = 0) long value) {
    ByteBuffer dst = ByteBuffer.allocate(Varint.MAX_BYTES);
    Varint.put(dst, value);
    assertEquals(Varint.lengthBytes(value), dst.position());
    assertEquals(value, Varint.get(dst.flip()));
    assertEquals(0, dst.remaining());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "80", "8000", "ff00", "ffffffffffffffffff01", "80808080808080808000"})
  void shouldRefuseTruncatedOverlongAndPaddedForms(String hex) {
    ByteBuffer src = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    assertEquals(
        ErrorCode.BAD_FORMAT, assertThrows(XfException.class, () -> Varint.get(src)).code());
  }

  @Test
  void shouldRefuseALengthAboveItsLimit() {
    ByteBuffer src = ByteBuffer.wrap(new byte[] {(byte) 0xac, 0x02});
    XfException refused =
        assertThrows(XfException.class, () -> Varint.getBounded(src, 299, "frame"));
    assertEquals(ErrorCode.TOO_LARGE, refused.code());
    assertEquals("frame: expected at most 299, got 300", refused.getMessage());
  }
}
