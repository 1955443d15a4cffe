package xf.libp2p.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProtoReaderTest {
  @Test
  void shouldReadWhatWasWritten() {
    ProtoWriter inner = new ProtoWriter().uint(1, 300);
    byte[] message =
        new ProtoWriter()
            .uint(1, 0)
            .bytes(2, new byte[] {9})
            .string(3, "ö")
            .message(4, inner)
            .toByteArray();
    ProtoReader reader = new ProtoReader(message, "test");
    assertTrue(reader.next());
    assertEquals(0, reader.uint());
    assertTrue(reader.next());
    assertArrayEquals(new byte[] {9}, reader.bytes());
    assertTrue(reader.next());
    assertEquals("ö", reader.string());
    assertTrue(reader.next());
    ProtoReader nested = reader.message("inner");
    assertTrue(nested.next());
    assertEquals(300, nested.uint());
    assertFalse(nested.next());
    assertFalse(reader.next());
  }

  @Test
  void shouldStepOverFieldsOfEveryKind() {
    byte[] message =
        HexFormat.of()
            .parseHex(
                "4801" + "51" + "00".repeat(8) + "5a03010203" + "65" + "00".repeat(4) + "0807");
    ProtoReader reader = new ProtoReader(message, "test");
    for (int i = 0; i < 4; i++) {
      assertTrue(reader.next());
      reader.skip();
    }
    assertTrue(reader.next());
    assertEquals(1, reader.field());
    assertEquals(7, reader.uint());
    assertFalse(reader.next());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0a05aa", // five bytes said, one there
        "0affffffffffffffffff01", // more bytes than any array has
        "08", // no value
        "08ffffffffffffffffffff01", // a varint of eleven bytes
        "00", // field 0
        "0b", // a group
        "0d0000", // half a fixed32
        "1a02c328" // not UTF-8
      })
  void shouldRefuseMalformedMessages(String hex) {
    ProtoReader reader = new ProtoReader(HexFormat.of().parseHex(hex), "test");
    assertThrows(
        WireException.class,
        () -> {
          while (reader.next()) {
            if (reader.field() == 3) {
              reader.string();
            } else {
              reader.skip();
            }
          }
        });
  }

  @Test
  void shouldRefuseAFieldOfAnotherKindThanAskedFor() {
    ProtoReader reader = new ProtoReader(new ProtoWriter().uint(1, 1).toByteArray(), "test");
    assertTrue(reader.next());
    assertThrows(WireException.class, reader::bytes);
  }
}
