package xf.libp2p.wire;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.testkit.fuzz.DecoderFuzz;

@Execution(ExecutionMode.CONCURRENT)
class WireFuzzTest {
  private static final int LIMIT_BYTES = 100;

  @Test
  void shouldSurviveAnyFrames() {
    byte[] frames = DecoderFuzz.join(new byte[] {3, 1, 2, 3, 0}, new byte[] {100, 1});
    new DecoderFuzz("frames", 200_000, List.of(frames))
        .run(
            input -> {
              EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(LIMIT_BYTES, "test"));
              try {
                channel.writeInbound(Unpooled.wrappedBuffer(input));
                channel.finish();
              } finally {
                channel.releaseInbound();
              }
            });
  }

  @Test
  void shouldSurviveAnyVarint() {
    new DecoderFuzz("varint", 50_000, List.of(new byte[] {-1, -1, 3}, new byte[] {-128, 0}))
        .run(input -> StreamVarint.tryRead(Unpooled.wrappedBuffer(input)));
  }

  @Test
  void shouldSurviveAnyProtobuf() {
    byte[] inner = new ProtoWriter().uint(1, 7).string(2, "abc").toByteArray();
    byte[] message = new ProtoWriter().uint(1, -1).bytes(2, inner).string(3, "text").toByteArray();
    new DecoderFuzz("protobuf", 50_000, List.of(message)).run(input -> walk(message(input), 0));
  }

  private static ProtoReader message(byte[] input) {
    return new ProtoReader(input, "fuzzed message");
  }

  private static void walk(ProtoReader reader, int depth) {
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> reader.uint();
        case 2 -> {
          if (depth < 3) {
            walk(reader.message("inner"), depth + 1);
          } else {
            reader.bytes();
          }
        }
        case 3 -> reader.string();
        default -> reader.skip();
      }
    }
  }
}
