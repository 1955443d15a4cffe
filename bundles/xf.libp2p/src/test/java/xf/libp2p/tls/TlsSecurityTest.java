package xf.libp2p.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import java.nio.channels.ClosedChannelException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;
import xf.libp2p.crypto.Ed25519Identity;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.wire.ChannelPair;

@SuppressWarnings("FutureReturnValueIgnored") // looked at where it matters
class TlsSecurityTest {
  private static final long NOW_MS = 1_800_000_000_000L;
  private static final long CENTURY_MS = 100L * 365 * 24 * 3600 * 1000;

  private final SecureRandom random = new SecureRandom();
  private final Ed25519Identity alice = Ed25519Identity.generate(random);
  private final Ed25519Identity bob = Ed25519Identity.generate(random);
  private final TlsSecurity ofAlice = new TlsSecurity(alice, random, () -> NOW_MS);
  private final TlsSecurity ofBob = new TlsSecurity(bob, random, () -> NOW_MS);
  private ChannelPair pair = new ChannelPair(Integer.MAX_VALUE);

  @AfterEach
  void close() {
    pair.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4096})
  void shouldProveBothPeersWhateverThePieces(int chunkBytes) {
    pair = new ChannelPair(chunkBytes);
    Future<SecuredPeer> listening = ofBob.secure(pair.listener(), false, null, List.of("/b", "/a"));
    Future<SecuredPeer> dialling =
        ofAlice.secure(pair.dialer(), true, bob.peerId(), List.of("/a", "/b"));
    pair.pump();
    assertEquals(bob.peerId(), ChannelPair.now(dialling).peer());
    assertEquals(alice.peerId(), ChannelPair.now(listening).peer());
    assertEquals("/a", ChannelPair.now(dialling).earlyMuxer());
    assertEquals("/a", ChannelPair.now(listening).earlyMuxer());
  }

  @Test
  void shouldLeaveTheMuxerOpenWhereNoneIsInCommon() {
    Future<SecuredPeer> listening = ofBob.secure(pair.listener(), false, null, List.of("/b"));
    Future<SecuredPeer> dialling = ofAlice.secure(pair.dialer(), true, null, List.of("/a"));
    pair.pump();
    assertNull(ChannelPair.now(dialling).earlyMuxer());
    assertNull(ChannelPair.now(listening).earlyMuxer());
  }

  @Test
  void shouldCarryManyRecords() {
    connect();
    byte[] data = new byte[200_000];
    new Random(1).nextBytes(data);
    pair.dialer().writeOutbound(Unpooled.wrappedBuffer(data));
    pair.pump();
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf part = pair.listener().readInbound();
        part != null;
        part = pair.listener().readInbound()) {
      all.writeBytes(part);
      part.release();
    }
    assertArrayEquals(data, ByteBufUtil.getBytes(all));
  }

  private void connect() {
    Future<SecuredPeer> listening = ofBob.secure(pair.listener(), false, null, List.of());
    Future<SecuredPeer> dialling = ofAlice.secure(pair.dialer(), true, null, List.of());
    pair.pump();
    ChannelPair.now(listening);
    ChannelPair.now(dialling);
  }

  @Test
  void shouldRefuseAnotherPeerThanTheOneDialled() {
    Future<SecuredPeer> listening = ofBob.secure(pair.listener(), false, null, List.of());
    Future<SecuredPeer> dialling = ofAlice.secure(pair.dialer(), true, alice.peerId(), List.of());
    pair.pump();
    assertEquals(Kind.WRONG_PEER, reason(dialling).reason().kind());
    assertEquals(Kind.NOT_VERIFIED, reason(listening).reason().kind());
    assertFalse(pair.dialer().isOpen());
  }

  @Test
  void shouldRefuseAnExpiredCertificate() {
    TlsSecurity later = new TlsSecurity(alice, random, () -> NOW_MS + CENTURY_MS);
    Future<SecuredPeer> listening = ofBob.secure(pair.listener(), false, null, List.of());
    Future<SecuredPeer> dialling = later.secure(pair.dialer(), true, null, List.of());
    pair.pump();
    assertEquals(Kind.NOT_VERIFIED, reason(dialling).reason().kind());
    assertFalse(listening.isSuccess());
  }

  @Test
  void shouldRefuseTheVersionsBefore() {
    Future<SecuredPeer> listening = ofBob.secure(pair.listener(), false, null, List.of());
    ofAlice.secure(pair.dialer(), true, null, List.of());
    // supported_versions (0x002b) with TLS 1.3 alone: make it 1.2.
    pair.tamper(
        bytes -> {
          byte[] all = ByteBufUtil.getBytes(bytes);
          for (int i = 0; i + 6 < all.length; i++) {
            if (all[i] == 0 && all[i + 1] == 0x2b && all[i + 5] == 3 && all[i + 6] == 4) {
              bytes.setByte(bytes.readerIndex() + i + 6, 3);
            }
          }
          return bytes;
        });
    pair.pump();
    assertInstanceOf(NetworkException.class, listening.cause());
  }

  @Test
  void shouldNoticeRecordsThatWereChanged() {
    connect();
    pair.tamper(
        bytes -> bytes.setByte(bytes.writerIndex() - 1, ~bytes.getByte(bytes.writerIndex() - 1)));
    pair.dialer().writeOutbound(Unpooled.wrappedBuffer(new byte[10]));
    assertThrows(NetworkException.class, pair::pump);
  }

  /** Its last words may want an answer, for which it is too late; that is nobody's breach. */
  @Test
  void shouldNotBlameAPeerThatClosesForWhatIsAnsweredTooLate() {
    connect();
    pair.dialer().writeOutbound(Unpooled.wrappedBuffer(new byte[10]));
    pair.dialer().close();
    pair.pump();
    ByteBuf last = pair.listener().readInbound();
    assertEquals(10, last.readableBytes());
    last.release();
    Future<Void> answer = pair.listener().writeAndFlush(Unpooled.wrappedBuffer(new byte[5]));
    assertInstanceOf(ClosedChannelException.class, answer.cause());
    pair.listener().checkException();
  }

  private static NetworkException reason(Future<?> failed) {
    return assertInstanceOf(NetworkException.class, failed.cause());
  }
}
