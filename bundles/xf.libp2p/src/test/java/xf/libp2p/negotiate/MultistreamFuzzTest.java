package xf.libp2p.negotiate;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.testkit.fuzz.DecoderFuzz;

@Execution(ExecutionMode.CONCURRENT)
class MultistreamFuzzTest {
  private static List<byte[]> corpus() {
    ByteBuf talk = Unpooled.buffer();
    for (String line : List.of(MultistreamState.HEADER, "na", "ls", "/a", "/b")) {
      MultistreamState.writeLine(talk, line);
    }
    return List.of(ByteBufUtil.getBytes(talk));
  }

  @Test
  void shouldSurviveAnyProposals() {
    new DecoderFuzz("multistream listener", 200_000, corpus())
        .run(
            input ->
                MultistreamState.listener(Set.of("/b")::contains)
                    .handle(Unpooled.wrappedBuffer(input), Unpooled.buffer()));
  }

  @Test
  void shouldSurviveAnyAnswers() {
    new DecoderFuzz("multistream dialer", 200_000, corpus())
        .run(
            input ->
                MultistreamState.dialer(List.of("/x", "/a"))
                    .handle(Unpooled.wrappedBuffer(input), Unpooled.buffer()));
  }
}
