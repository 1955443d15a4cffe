package xf.libp2p.negotiate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import xf.gossip.net.CloseReason.Kind;
import xf.libp2p.wire.ChannelPair;
import xf.libp2p.wire.WireException;

class MultistreamStateTest {
  private final ByteBuf toListener = Unpooled.buffer();
  private final ByteBuf toDialer = Unpooled.buffer();

  private static ByteBuf lines(String... lines) {
    ByteBuf out = Unpooled.buffer();
    for (String line : lines) {
      MultistreamState.writeLine(out, line);
    }
    return out;
  }

  @Test
  void shouldAgreeInOneRoundTripWhereTheFirstProposalFits() {
    MultistreamState dialer = MultistreamState.dialer(List.of("/a", "/b"));
    MultistreamState listener = MultistreamState.listener(Set.of("/a")::contains);
    dialer.start(toListener);
    listener.handle(toListener, toDialer);
    dialer.handle(toDialer, toListener);
    assertEquals("/a", dialer.agreed());
    assertEquals("/a", listener.agreed());
    assertEquals(0, toListener.readableBytes());
  }

  @Test
  void shouldTryTheNextProposal() {
    MultistreamState dialer = MultistreamState.dialer(List.of("/a", "/b"));
    MultistreamState listener = MultistreamState.listener(Set.of("/b")::contains);
    dialer.start(toListener);
    listener.handle(toListener, toDialer);
    dialer.handle(toDialer, toListener);
    assertNull(dialer.agreed());
    listener.handle(toListener, toDialer);
    dialer.handle(toDialer, toListener);
    assertEquals("/b", dialer.agreed());
  }

  @Test
  void shouldFailWhereNothingIsInCommon() {
    MultistreamState dialer = MultistreamState.dialer(List.of("/a"));
    ByteBuf answer = lines(MultistreamState.HEADER, "na");
    WireException failure =
        assertThrows(WireException.class, () -> dialer.handle(answer, toListener));
    assertEquals(Kind.NOT_SUPPORTED, failure.reason().kind());
  }

  @Test
  void shouldLeaveTheBytesAfterTheAgreement() {
    MultistreamState listener = MultistreamState.listener(Set.of("/a")::contains);
    ByteBuf in = lines(MultistreamState.HEADER, "/a");
    in.writeCharSequence("data", UTF_8);
    listener.handle(in, toDialer);
    assertEquals("data", in.toString(UTF_8));
  }

  @Test
  void shouldRefuseAnAnswerThatWasNotAsked() {
    MultistreamState dialer = MultistreamState.dialer(List.of("/a"));
    ByteBuf answer = lines(MultistreamState.HEADER, "/b");
    assertThrows(WireException.class, () -> dialer.handle(answer, toListener));
  }

  @Test
  void shouldRefuseAnotherProtocolFromTheStart() {
    MultistreamState listener = MultistreamState.listener(name -> true);
    ByteBuf http = Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n".repeat(10), UTF_8);
    assertThrows(WireException.class, () -> listener.handle(http, toDialer));
    ByteBuf old = lines("/multistream/0.9.0");
    assertThrows(
        WireException.class, () -> MultistreamState.listener(name -> true).handle(old, toDialer));
  }

  @Test
  void shouldRefuseMessagesOverTheLimitBeforeTheyArrive() {
    MultistreamState listener = MultistreamState.listener(name -> true);
    ByteBuf in = lines(MultistreamState.HEADER).writeByte(0x81).writeByte(0x08); // 1,025
    WireException failure = assertThrows(WireException.class, () -> listener.handle(in, toDialer));
    assertEquals(Kind.TOO_LARGE, failure.reason().kind());
  }

  @Test
  void shouldRefuseEndlessProposals() {
    MultistreamState listener = MultistreamState.listener(name -> false);
    listener.handle(lines(MultistreamState.HEADER), toDialer);
    for (int i = 0; i < ListenerState.MAX_PROPOSALS; i++) {
      listener.handle(lines(i % 2 == 0 ? "ls" : "/x"), toDialer);
    }
    ByteBuf oneMore = lines("/x");
    assertThrows(WireException.class, () -> listener.handle(oneMore, toDialer));
    assertTrue(toDialer.readableBytes() < 1024, "answers stay small");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 1000})
  void shouldAgreeOverChannelsWhateverThePieces(int chunkBytes) {
    ChannelPair pair = new ChannelPair(chunkBytes);
    MultistreamSelect select = new MultistreamSelect();
    Future<String> accepted = select.accept(pair.listener(), Set.of("/b")::contains);
    Future<String> proposed = select.propose(pair.dialer(), List.of("/a", "/b"));
    pair.pump();
    assertEquals("/b", ChannelPair.now(proposed));
    assertEquals("/b", ChannelPair.now(accepted));
    pair.close();
  }

  @Test
  void shouldCarryDataBehindASingleProposal() {
    ChannelPair pair = new ChannelPair(Integer.MAX_VALUE);
    MultistreamSelect select = new MultistreamSelect();
    Future<String> accepted = select.accept(pair.listener(), Set.of("/a")::contains);
    Future<String> proposed = select.propose(pair.dialer(), List.of("/a"));
    pair.dialer().writeOutbound(Unpooled.copiedBuffer("early", UTF_8));
    pair.pump();
    assertEquals("/a", ChannelPair.now(accepted));
    assertEquals("/a", ChannelPair.now(proposed));
    ByteBuf early = pair.listener().readInbound();
    assertEquals("early", early.toString(UTF_8));
    early.release();
    pair.close();
  }
}
