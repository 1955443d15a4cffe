package xf.libp2p.tls;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import xf.gossip.net.NetworkException;
import xf.libp2p.crypto.Ed25519Identity;
import xf.libp2p.security.SecuredPeer;
import xf.testkit.fuzz.DecoderFuzz;

@Execution(ExecutionMode.CONCURRENT)
@SuppressWarnings("FutureReturnValueIgnored") // looked at where it matters
class TlsFuzzTest {
  private static final long NOW_MS = 1_800_000_000_000L;

  private final SecureRandom random = new SecureRandom();
  private final Ed25519Identity identity = Ed25519Identity.generate(random);
  private final TlsSecurity tls = new TlsSecurity(identity, random, () -> NOW_MS);

  @Test
  void shouldSurviveAnyCertificate() {
    byte[] own = HostCertificate.make(identity, random, NOW_MS).encoded();
    new DecoderFuzz("certificate", 20_000_000, List.of(own))
        .run(input -> PeerCertificate.verify(List.of(input), NOW_MS));
  }

  @Test
  void shouldSurviveAnyClientHello() {
    EmbeddedChannel dialer = new EmbeddedChannel();
    tls.secure(dialer, true, null, List.of("/yamux/1.0.0"));
    ByteBuf hello = dialer.readOutbound();
    byte[] corpus = ByteBufUtil.getBytes(hello);
    hello.release();
    new DecoderFuzz("tls server", 20_000_000, List.of(corpus))
        .run(
            input -> {
              EmbeddedChannel channel = new EmbeddedChannel();
              Future<SecuredPeer> secured =
                  tls.secure(channel, false, null, List.of("/yamux/1.0.0"));
              channel.writeInbound(Unpooled.wrappedBuffer(input));
              channel.finishAndReleaseAll();
              assertInstanceOf(NetworkException.class, secured.cause());
            });
  }
}
