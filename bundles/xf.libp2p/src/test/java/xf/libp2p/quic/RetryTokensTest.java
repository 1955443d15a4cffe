package xf.libp2p.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryTokensTest {
  private static final int ID_OFFSET = 40;
  private static final InetSocketAddress ALICE = new InetSocketAddress("192.0.2.1", 4001);

  private long nowMs = 1_800_000_000_000L;
  private boolean crowded = true;
  private final RetryTokens tokens =
      new RetryTokens(() -> crowded, new SecureRandom(), () -> nowMs);

  private ByteBuf token(InetSocketAddress address) {
    byte[] id = new byte[20];
    new Random(1).nextBytes(id);
    ByteBuf out = Unpooled.buffer();
    ByteBuf connectionId = Unpooled.wrappedBuffer(id);
    assertTrue(tokens.writeToken(out, connectionId, address));
    assertEquals(20, connectionId.readableBytes());
    assertTrue(out.readableBytes() <= tokens.maxTokenLength());
    return out;
  }

  @Test
  void shouldAskForNoProofWhileThereIsRoom() {
    crowded = false;
    assertFalse(tokens.writeToken(Unpooled.buffer(), Unpooled.buffer().writeZero(8), ALICE));
  }

  @Test
  void shouldKnowItsOwnToken() {
    ByteBuf token = token(ALICE);
    assertEquals(ID_OFFSET, tokens.validateToken(token, ALICE));
    nowMs += RetryTokens.LIFETIME_MS;
    assertEquals(ID_OFFSET, tokens.validateToken(token, ALICE));
    crowded = false; // whoever was asked for a proof may bring it a little later
    assertEquals(ID_OFFSET, tokens.validateToken(token, ALICE));
  }

  @Test
  void shouldRefuseTokensOfOthersAndOldOnes() {
    ByteBuf token = token(ALICE);
    assertEquals(-1, tokens.validateToken(token, new InetSocketAddress("192.0.2.2", 4001)));
    assertEquals(-1, tokens.validateToken(token, new InetSocketAddress("192.0.2.1", 4002)));
    RetryTokens other = new RetryTokens(() -> true, new SecureRandom(), () -> nowMs);
    assertEquals(-1, other.validateToken(token, ALICE));
    nowMs += RetryTokens.LIFETIME_MS + 1;
    assertEquals(-1, tokens.validateToken(token, ALICE));
    nowMs -= 2 * RetryTokens.LIFETIME_MS;
    assertEquals(-1, tokens.validateToken(token, ALICE));
  }

  @Test
  void shouldRefuseEveryChangedCutOrLongerToken() {
    ByteBuf token = token(ALICE);
    for (int i = 0; i < token.readableBytes(); i++) {
      ByteBuf changed = token.copy();
      changed.setByte(i, ~changed.getByte(i));
      assertEquals(-1, tokens.validateToken(changed, ALICE), "byte " + i);
      assertEquals(-1, tokens.validateToken(token.slice(0, i), ALICE), "length " + i);
    }
    assertEquals(-1, tokens.validateToken(token.copy().writeByte(0), ALICE));
  }
}
