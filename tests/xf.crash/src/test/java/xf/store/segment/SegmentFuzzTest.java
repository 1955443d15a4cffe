package xf.store.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import xf.crash.Fuzz;
import xf.event.Hash;
import xf.event.LogId;

/** Header and footer of a segment, and names of files beside it. */
class SegmentFuzzTest {
  private static final LogId LOG = LogId.ofHex("0123456789abcdef".repeat(4));
  private static final Path FILE = Path.of("some.seg");

  private static ByteBuffer block(byte[] bytes) {
    byte[] block = Arrays.copyOf(bytes, SegmentDescriptor.BLOCK_BYTES);
    return ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] start(ByteBuffer block) {
    byte[] start = new byte[64];
    block.get(0, start);
    return start;
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatIsNoSegment() {
    ByteBuffer header = SegmentDescriptor.header(LOG, 3);
    ByteBuffer footer = SegmentDescriptor.footer(header, 786_432, Hash.of(new byte[32]));
    return Stream.of(
        Fuzz.of(
            "segment header",
            start(header),
            b -> {
              ByteBuffer block = block(b);
              SegmentDescriptor.checkHeader(FILE, block, LOG, 3);
              SegmentDescriptor.checkZeros(
                  FILE, block, SegmentDescriptor.HEADER_BYTES, SegmentDescriptor.BLOCK_BYTES);
            }),
        Fuzz.of(
            "segment footer",
            start(footer),
            b -> SegmentDescriptor.checkFooter(FILE, header, block(b))),
        Fuzz.of(
            "segment file name",
            "00000003.seg".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
            b -> {
              String name = new String(b, java.nio.charset.StandardCharsets.ISO_8859_1);
              long unused = SegmentDescriptor.number(name);
            }));
  }
}
