package xf.libp2p.security;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import xf.libp2p.crypto.Ed25519Identity;
import xf.libp2p.crypto.PublicKey;
import xf.testkit.fuzz.DecoderFuzz;

@Execution(ExecutionMode.CONCURRENT)
class NoiseFuzzTest {
  private final SecureRandom random = new SecureRandom();
  private final Ed25519Identity identity = Ed25519Identity.generate(random);

  private NoiseSecurity noise(TestCipher cipher) {
    return new NoiseSecurity(identity, random, cipher.source());
  }

  @Test
  void shouldSurviveAnyPayload() {
    byte[] staticKey = new byte[32];
    byte[] good =
        NoisePayload.encode(
            PublicKey.of(identity.publicKey()).encoded(),
            NoisePayload.sign(identity, staticKey),
            List.of("/yamux/1.0.0", "/mplex/6.7.0"));
    new DecoderFuzz("noise payload", 300_000, List.of(good))
        .run(input -> NoisePayload.verify(input, staticKey));
  }

  @Test
  void shouldSurviveAnyFirstMessage() {
    NoiseSecurity noise = noise(TestCipher.JDK);
    byte[] hello = Objects.requireNonNull(noise.newHandshake(true, null, List.of()).nextMessage());
    new DecoderFuzz("noise first message", 300_000, List.of(hello))
        .run(
            input -> {
              NoiseHandshake responder = noise.newHandshake(false, null, List.of());
              responder.handle(input);
              responder.nextMessage();
            });
  }

  @ParameterizedTest
  @EnumSource
  void shouldSurviveAnySecondMessage(TestCipher cipher) {
    NoiseSecurity noise = noise(cipher);
    NoiseHandshake dialer = noise.newHandshake(true, null, List.of());
    NoiseHandshake responder = noise.newHandshake(false, null, List.of());
    responder.handle(Objects.requireNonNull(dialer.nextMessage()));
    byte[] answer = Objects.requireNonNull(responder.nextMessage());
    new DecoderFuzz("noise second message, " + cipher, 300_000, List.of(answer))
        .run(
            input -> {
              NoiseHandshake fresh = noise.newHandshake(true, null, List.of());
              fresh.nextMessage();
              fresh.handle(input);
            });
  }

  /** With one key after the other: a cipher may refuse a key and number that it has just had. */
  @ParameterizedTest
  @EnumSource
  void shouldSurviveAnyTransportMessages(TestCipher cipher) {
    NoiseSecurity noise = noise(cipher);
    byte[][] keys = {new byte[32], "another key of 32 bytes for this".getBytes(US_ASCII)};
    List<byte[]> sealed = List.of(sealed(noise, keys[0]), sealed(noise, keys[1]));
    AtomicInteger run = new AtomicInteger();
    new DecoderFuzz("noise transport, " + cipher, 400_000, sealed)
        .run(
            input -> {
              CipherState receiver = new CipherState(keys[run.getAndIncrement() % keys.length]);
              EmbeddedChannel channel = new EmbeddedChannel(new NoiseFrameDecoder(receiver, noise));
              try {
                channel.writeInbound(Unpooled.wrappedBuffer(input));
              } finally {
                channel.finishAndReleaseAll();
              }
            });
  }

  private static byte[] sealed(NoiseSecurity noise, byte[] key) {
    ByteBuf out = Unpooled.buffer().writeShort(5 + ChaChaPoly.TAG_BYTES);
    new CipherState(key).seal(noise.aead(), Unpooled.wrappedBuffer(new byte[5]), out);
    return ByteBufUtil.getBytes(out);
  }
}
