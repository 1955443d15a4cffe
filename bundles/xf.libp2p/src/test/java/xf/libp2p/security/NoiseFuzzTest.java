package xf.libp2p.security;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.libp2p.crypto.Ed25519Identity;
import xf.libp2p.crypto.PublicKey;
import xf.testkit.fuzz.DecoderFuzz;

@Execution(ExecutionMode.CONCURRENT)
class NoiseFuzzTest {
  private final SecureRandom random = new SecureRandom();
  private final Ed25519Identity identity = Ed25519Identity.generate(random);
  private final NoiseSecurity noise = new NoiseSecurity(identity, random);
  private final ChaChaPoly aead = new ChaChaPoly();

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
    byte[] hello = Objects.requireNonNull(noise.newHandshake(true, null, List.of()).nextMessage());
    new DecoderFuzz("noise first message", 300_000, List.of(hello))
        .run(
            input -> {
              NoiseHandshake responder = noise.newHandshake(false, null, List.of());
              responder.handle(input);
              responder.nextMessage();
            });
  }

  @Test
  void shouldSurviveAnySecondMessage() {
    NoiseHandshake dialer = noise.newHandshake(true, null, List.of());
    NoiseHandshake responder = noise.newHandshake(false, null, List.of());
    responder.handle(Objects.requireNonNull(dialer.nextMessage()));
    byte[] answer = Objects.requireNonNull(responder.nextMessage());
    new DecoderFuzz("noise second message", 300_000, List.of(answer))
        .run(
            input -> {
              NoiseHandshake fresh = noise.newHandshake(true, null, List.of());
              fresh.nextMessage();
              fresh.handle(input);
            });
  }

  @Test
  void shouldSurviveAnyTransportMessages() {
    byte[] sealed = new byte[2 + 5 + ChaChaPoly.TAG_BYTES];
    sealed[1] = 5 + ChaChaPoly.TAG_BYTES;
    new CipherState(new byte[32]).encrypt(aead, new byte[5], 5, sealed, 2);
    new DecoderFuzz("noise transport", 400_000, List.of(sealed))
        .run(
            input -> {
              EmbeddedChannel channel =
                  new EmbeddedChannel(new NoiseFrameDecoder(new CipherState(new byte[32]), noise));
              try {
                channel.writeInbound(Unpooled.wrappedBuffer(input));
              } finally {
                channel.finishAndReleaseAll();
              }
            });
  }
}
