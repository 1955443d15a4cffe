package xf.libp2p.security;

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
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.NetworkException;
import xf.libp2p.crypto.Ed25519Identity;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.wire.ChannelPair;

@SuppressWarnings("FutureReturnValueIgnored") // results are looked at where they matter
@ParameterizedClass
@CsvSource({"JDK,JDK", "JDK,CONSCRYPT", "CONSCRYPT,JDK", "CONSCRYPT,CONSCRYPT"})
class NoiseSecurityTest {
  private final SecureRandom random = new SecureRandom();
  private final Ed25519Identity alice = Ed25519Identity.generate(random);
  private final Ed25519Identity bob = Ed25519Identity.generate(random);
  private final AeadSource ciphersOfAlice;
  private final NoiseSecurity ofAlice;
  private final NoiseSecurity ofBob;
  private ChannelPair pair = new ChannelPair(Integer.MAX_VALUE);

  /** Alice dials. */
  NoiseSecurityTest(TestCipher cipherOfAlice, TestCipher cipherOfBob) {
    ciphersOfAlice = cipherOfAlice.source();
    ofAlice = new NoiseSecurity(alice, random, ciphersOfAlice);
    ofBob = new NoiseSecurity(bob, random, cipherOfBob.source());
  }

  @AfterEach
  void close() {
    pair.close();
  }

  private Future<SecuredPeer> listen(List<String> muxers) {
    return ofBob.secure(pair.listener(), false, null, muxers);
  }

  private Future<SecuredPeer> dial(List<String> muxers) {
    return ofAlice.secure(pair.dialer(), true, bob.peerId(), muxers);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 4096})
  void shouldProveBothPeersWhateverThePieces(int chunkBytes) {
    pair = new ChannelPair(chunkBytes);
    Future<SecuredPeer> listening = listen(List.of("/b", "/a"));
    Future<SecuredPeer> dialling = dial(List.of("/a", "/b"));
    pair.pump();
    assertEquals(bob.peerId(), ChannelPair.now(dialling).peer());
    assertEquals(alice.peerId(), ChannelPair.now(listening).peer());
    assertEquals("/a", ChannelPair.now(dialling).earlyMuxer());
    assertEquals("/a", ChannelPair.now(listening).earlyMuxer());
  }

  @Test
  void shouldCarryMoreThanOneMessage() {
    Future<SecuredPeer> listening = listen(List.of());
    Future<SecuredPeer> dialling = dial(List.of());
    pair.pump();
    assertNull(ChannelPair.now(listening).earlyMuxer());
    assertNull(ChannelPair.now(dialling).earlyMuxer());
    byte[] data = new byte[200_000];
    new Random(1).nextBytes(data);
    pair.dialer().writeOutbound(Unpooled.wrappedBuffer(data));
    // The embedded channel's own queue is the plaintext end of the listener.
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

  @Test
  void shouldRefuseAnotherPeerThanTheOneDialled() {
    Future<SecuredPeer> listening = listen(List.of());
    Future<SecuredPeer> dialling = ofAlice.secure(pair.dialer(), true, alice.peerId(), List.of());
    pair.pump();
    assertEquals(Kind.WRONG_PEER, reason(dialling));
    assertFalse(pair.dialer().isOpen());
    assertFalse(listening.isSuccess());
  }

  @Test
  void shouldFailWithoutAMuxerInCommon() {
    listen(List.of("/b"));
    Future<SecuredPeer> dialling = dial(List.of("/a"));
    pair.pump();
    assertEquals(Kind.NOT_SUPPORTED, reason(dialling));
  }

  /** The three messages of a handshake between Alice and Bob, as they go over the wire. */
  private static byte[][] recordedHandshake(NoiseSecurity dialer, NoiseSecurity listener) {
    NoiseHandshake initiator = dialer.newHandshake(true, null, List.of());
    NoiseHandshake responder = listener.newHandshake(false, null, List.of());
    byte[] first = Objects.requireNonNull(initiator.nextMessage());
    responder.handle(first);
    byte[] second = Objects.requireNonNull(responder.nextMessage());
    initiator.handle(second);
    byte[] third = Objects.requireNonNull(initiator.nextMessage());
    responder.handle(third);
    return new byte[][] {first, second, third};
  }

  private Future<SecuredPeer> hear(byte[]... messages) {
    Future<SecuredPeer> listening = listen(List.of());
    for (byte[] message : messages) {
      if (pair.listener().isOpen()) {
        ByteBuf framed = Unpooled.buffer().writeShort(message.length).writeBytes(message);
        pair.listener().writeInbound(framed);
      }
    }
    return listening;
  }

  /** Every message of a recorded handshake is genuine; only the ephemeral key of ours is new. */
  @Test
  void shouldRefuseAReplayedHandshake() {
    byte[][] recorded = recordedHandshake(ofAlice, ofBob);
    Future<SecuredPeer> listening = hear(recorded[0], recorded[2]);
    assertEquals(Kind.NOT_VERIFIED, reason(listening));
    assertFalse(pair.listener().isOpen());
  }

  @Test
  void shouldRefuseTheFirstMessageTwice() {
    byte[][] recorded = recordedHandshake(ofAlice, ofBob);
    Future<SecuredPeer> listening = hear(recorded[0], recorded[0]);
    assertFalse(listening.isSuccess());
    assertFalse(pair.listener().isOpen());
    assertEquals(Kind.PROTOCOL_VIOLATION, reason(listening));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2,0", "1,0", "2,1", "1,2", "0,1"})
  void shouldRefuseMessagesInAnotherOrder(String order) {
    byte[][] recorded = recordedHandshake(ofAlice, ofBob);
    String[] two = order.split(",", 2);
    byte[] first = recorded[Integer.parseInt(two[0])];
    byte[] then = recorded[Integer.parseInt(two[1])];
    Future<SecuredPeer> listening = hear(first, then);
    Kind kind = reason(listening);
    assertEquals(true, kind == Kind.NOT_VERIFIED || kind == Kind.PROTOCOL_VIOLATION, "" + kind);
    assertFalse(pair.listener().isOpen());
  }

  /** Two transport messages change places on the way. */
  @Test
  void shouldNoticeTransportMessagesInAnotherOrder() {
    Future<SecuredPeer> listening = listen(List.of());
    dial(List.of());
    pair.pump();
    ChannelPair.now(listening);
    pair.dialer().writeOutbound(Unpooled.wrappedBuffer(new byte[] {1}));
    pair.dialer().writeOutbound(Unpooled.wrappedBuffer(new byte[] {2}));
    ByteBuf one = pair.dialer().readOutbound();
    ByteBuf two = pair.dialer().readOutbound();
    NetworkException failure =
        assertThrows(NetworkException.class, () -> pair.listener().writeInbound(two, one));
    assertEquals(Kind.NOT_VERIFIED, failure.reason().kind());
  }

  @Test
  void shouldNoticeTransportDataThatWasChanged() {
    Future<SecuredPeer> listening = listen(List.of());
    Future<SecuredPeer> dialling = dial(List.of());
    pair.pump();
    ChannelPair.now(listening);
    ChannelPair.now(dialling);
    pair.tamper(
        bytes -> bytes.setByte(bytes.writerIndex() - 1, ~bytes.getByte(bytes.writerIndex() - 1)));
    pair.dialer().writeOutbound(Unpooled.wrappedBuffer(new byte[10]));
    NetworkException failure = assertThrows(NetworkException.class, pair::pump);
    assertEquals(Kind.NOT_VERIFIED, failure.reason().kind());
  }

  @Test
  void shouldRefuseAHandshakeMessageOverTheLimit() {
    Future<SecuredPeer> listening = listen(List.of());
    pair.listener().writeInbound(Unpooled.buffer().writeShort(0xffff).writeZero(100));
    assertEquals(Kind.TOO_LARGE, reason(listening));
    assertFalse(pair.listener().isOpen());
  }

  @Test
  void shouldFailWhenThePeerGoesAway() {
    Future<SecuredPeer> listening = listen(List.of());
    pair.listener().close();
    assertEquals(Kind.TRANSPORT, reason(listening));
  }

  @Test
  void shouldNotShareAStaticKeyBetweenIdentities() {
    byte[] first = staticKeySeenBy(ofAlice);
    byte[] again = staticKeySeenBy(ofAlice);
    byte[] other = staticKeySeenBy(new NoiseSecurity(alice, random, ciphersOfAlice));
    assertArrayEquals(first, again);
    assertFalse(Arrays.equals(first, other));
  }

  /** The static key that the responder learns from a handshake with {@code dialer}. */
  private byte[] staticKeySeenBy(NoiseSecurity dialer) {
    X25519KeyPair staticKey = X25519KeyPair.generate(random);
    NoiseXxState responder =
        new NoiseXxState(
            false, new byte[0], staticKey, X25519KeyPair.generate(random), ciphersOfAlice.open());
    NoiseHandshake handshake = dialer.newHandshake(true, null, List.of());
    responder.readMessage(Objects.requireNonNull(handshake.nextMessage()));
    byte[] signature = NoisePayload.sign(bob, staticKey.publicKey());
    byte[] payload =
        NoisePayload.encode(PublicKey.of(bob.publicKey()).encoded(), signature, List.of());
    handshake.handle(responder.writeMessage(payload));
    responder.readMessage(Objects.requireNonNull(handshake.nextMessage()));
    return responder.remoteStatic();
  }

  private static Kind reason(Future<?> failed) {
    return assertInstanceOf(NetworkException.class, failed.cause()).reason().kind();
  }
}
