package xf.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import xf.gossip.net.CloseReason;
import xf.gossip.net.ConnectionInfo;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;
import xf.gossip.net.PeerInfo;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;
import xf.libp2p.crypto.Ed25519Identity;
import xf.libp2p.host.HostFactory;
import xf.libp2p.host.HostOptions;
import xf.libp2p.host.Libp2pHost;
import xf.libp2p.protocol.Echo;
import xf.libp2p.protocol.Identify;
import xf.libp2p.protocol.Ping;
import xf.testkit.js.JsInstall;
import xf.testkit.js.JsPeer;

/** The whole host against js: identify, ping and echo, each side dialling once. */
@Timeout(90)
class HostInteropTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int ECHO_BYTES = 16 << 20;

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private Libp2pHost host() {
    Libp2pHost host =
        HostFactory.start(Ed25519Identity.generate(new SecureRandom()), HostOptions.DEFAULT);
    open.add(() -> host.close().get(10, TimeUnit.SECONDS));
    return host;
  }

  private JsPeer js(String transport, String security, String listen) throws Exception {
    JsInstall.assumePresent();
    Map<String, Object> config = new HashMap<>();
    config.put("listen", List.of(listen));
    config.put("transports", List.of(transport));
    config.put("sec", List.of(security));
    config.put("mux", List.of("yamux"));
    JsPeer js = JsPeer.start(config);
    open.add(js);
    return js;
  }

  private static boolean until(BooleanSupplier condition) {
    long endNs = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < endNs) {
      LockSupport.parkNanos(1_000_000);
    }
    return condition.getAsBoolean();
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp,noise,/ip4/127.0.0.1/tcp/0,/noise,/yamux/1.0.0",
    "tcp,tls,/ip4/127.0.0.1/tcp/0,/tls/1.0.0,/yamux/1.0.0",
    "quic,noise,/ip4/127.0.0.1/udp/0/quic-v1,quic-v1,quic",
    "tcp,noise,/ip6/::1/tcp/0,/noise,/yamux/1.0.0",
    "quic,noise,/ip6/::1/udp/0/quic-v1,quic-v1,quic"
  })
  void shouldDialJs(String transport, String security, String listen, String provenBy, String muxer)
      throws Exception {
    JsPeer js = js(transport, security, listen);
    Libp2pHost host = host();
    PeerId peer = PeerId.parse(js.peerId());
    host.learn(
        peer, List.of(Multiaddr.parse(js.address(listen.substring(0, 8)))), Duration.ofHours(1));
    assertTrue(await(host.ping(peer, TIMEOUT)).toNanos() > 0);
    Received received = new Received();
    await(host.openStream(peer, List.of(Echo.PROTOCOL), received, TIMEOUT));
    assertTrue(until(received.done::isDone));
    assertEquals(ECHO_BYTES, await(received.done));
    assertTrue(until(() -> speaks(host, peer, Ping.PROTOCOL)));
    PeerInfo info = host.peer(peer).orElseThrow();
    assertTrue(info.agent().orElseThrow().contains("js-libp2p"), info::toString);
    ConnectionInfo connection = info.connections().get(0);
    assertEquals(provenBy, connection.security());
    assertEquals(muxer, connection.muxer());
    assertTrue(connection.bytesIn() > ECHO_BYTES, connection::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp,noise,/ip4/127.0.0.1/tcp/0",
    "tcp,tls,/ip4/127.0.0.1/tcp/0",
    "quic,noise,/ip4/127.0.0.1/udp/0/quic-v1",
    "tcp,noise,/ip6/::1/tcp/0",
    "quic,noise,/ip6/::1/udp/0/quic-v1"
  })
  void shouldBeDialledByJs(String transport, String security, String listen) throws Exception {
    Libp2pHost host = host();
    Multiaddr address = await(host.listen(Multiaddr.parse(listen))).withPeer(host.peerId());
    JsPeer js = js(transport, security, listen);
    PeerId peer = PeerId.parse(js.peerId());
    js.call("ping", Map.of("addr", address.toString()));
    Map<?, ?> echo =
        assertInstanceOf(
            Map.class, js.call("echo", Map.of("addr", address.toString(), "size", ECHO_BYTES)));
    assertEquals(true, echo.get("same"));
    assertTrue(until(() -> speaks(host, peer, Echo.PROTOCOL)));
    Map<?, ?> seen =
        assertInstanceOf(Map.class, js.call("peer", Map.of("peer", host.peerId().toString())));
    assertEquals("xaeroflux/0.1", seen.get("agent"));
    assertTrue(JsPeer.strings(seen.get("protocols")).contains(Identify.PUSH.name()));
    assertTrue(
        JsPeer.strings(seen.get("addresses")).stream()
            .anyMatch(text -> text.startsWith(address.withoutPeer().orElseThrow().toString())),
        () -> String.valueOf(seen.get("addresses")));
  }

  @Test
  void shouldTellJsWhatItLearntToSpeak() throws Exception {
    Libp2pHost host = host();
    Multiaddr address = await(host.listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")));
    JsPeer js = js("tcp", "noise", "/ip4/127.0.0.1/tcp/0");
    PeerId peer = PeerId.parse(js.peerId());
    js.call("dial", Map.of("addr", address.withPeer(host.peerId()).toString()));
    assertTrue(until(() -> speaks(host, peer, Identify.PUSH)));
    host.handle(new ProtocolId("/xf/new/1"), stream -> new Received());
    assertTrue(
        until(
            () ->
                js.call("peer", Map.of("peer", host.peerId().toString()))
                    .toString()
                    .contains("/xf/new/1")));
  }

  private static boolean speaks(Libp2pHost host, PeerId peer, ProtocolId protocol) {
    return host.peer(peer).map(info -> info.protocols().contains(protocol)).orElse(false);
  }

  /** Sends zeros, finishes, and counts what comes back. */
  private static final class Received implements StreamHandler {
    private final CompletableFuture<Integer> done = new CompletableFuture<>();
    private final ByteBuffer chunk = ByteBuffer.allocate(32 << 10);
    private int toSend = ECHO_BYTES;
    private int received;

    @Override
    public void onOpen(Stream stream) {
      onWritable(stream);
    }

    @Override
    public void onWritable(Stream stream) {
      while (toSend > 0 && stream.isWritable()) {
        toSend -= chunk.clear().remaining();
        stream.write(chunk);
      }
      if (toSend == 0) {
        toSend = -1;
        var unused = stream.finish();
      }
    }

    @Override
    public void onReadable(Stream stream) {
      ByteBuffer bytes = stream.readable();
      while (bytes.hasRemaining()) {
        received += bytes.remaining();
        stream.consume(bytes.remaining());
        bytes = stream.readable();
      }
    }

    @Override
    public void onFinished(Stream stream) {
      done.complete(received);
    }

    @Override
    public void onClosed(Stream stream, CloseReason reason) {
      done.completeExceptionally(reason.toException());
    }
  }
}
