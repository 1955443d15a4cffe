package xf.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import xf.gossip.net.CloseReason;
import xf.gossip.net.PeerId;
import xf.libp2p.crypto.Ed25519Identity;
import xf.libp2p.mux.StreamEnd;
import xf.libp2p.mux.StreamResetException;
import xf.testkit.js.JsInstall;
import xf.testkit.js.JsPeer;

/** What every combination of transport, security and muxer must do with js, in both directions. */
@Timeout(90)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings({"FutureReturnValueIgnored", "NullAway.Init"}) // set up in @BeforeAll
abstract class InteropContract {
  private static final String ECHO = "/echo/1.0.0";
  private static final int ECHO_BYTES = 64 << 20;
  private static final int STREAMS = 500;
  private static final long TIMEOUT_S = 60;

  /** Listens, and is dialled by js. */
  InteropHost host;

  /** Dials js: another peer, so that js does not take one's connection for the other's. */
  InteropHost dialer;

  JsPeer js;
  String ourAddress;
  String theirAddress;

  /** A host of ours. */
  abstract InteropHost newHost();

  /** What js is to be started with. */
  abstract Map<String, Object> jsConfig();

  /** Listens; our address. */
  abstract String listen(InteropHost listener) throws Exception;

  /** Dials; null accepts any peer. */
  abstract InteropHost.Link dial(InteropHost from, String address) throws Exception;

  /** A part of the js address to dial. */
  abstract String addressPart();

  /** What both ends must say the connection is. */
  abstract String security();

  @BeforeAll
  void start() throws Exception {
    JsInstall.assumePresent();
    host = newHost();
    serve(host);
    ourAddress = listen(host);
    dialer = newHost();
    js = JsPeer.start(jsConfig());
    theirAddress = js.address(addressPart());
  }

  private static void serve(InteropHost served) {
    served.handle("/ipfs/ping/1.0.0", EchoHandler::new);
    served.handle("/ipfs/id/1.0.0", () -> new IdentifyHandler(served));
    served.handle(ECHO, EchoHandler::new);
    served.handle("/half/1.0.0", HalfHandler::new);
    served.handle("/reset/1.0.0", ResetHandler::new);
  }

  @AfterAll
  void stop() {
    if (js != null) {
      js.close();
    }
    if (host != null) {
      host.close();
    }
    if (dialer != null) {
      dialer.close();
    }
  }

  @Test
  void shouldBePingedByJs() {
    assertInstanceOf(Number.class, js.call("ping", Map.of("addr", ourAddress)));
  }

  @Test
  void shouldPingJs() throws Exception {
    InteropHost.Link link = dial(dialer, theirAddress);
    ByteSink sink = new ByteSink();
    DuplexChannel stream = dialer.open(link, "/ipfs/ping/1.0.0", sink);
    byte[] ping = new byte[32];
    ping[7] = 42;
    stream.writeAndFlush(Unpooled.wrappedBuffer(ping)).sync();
    StreamEnd.finish(stream);
    assertEquals(42, sink.all().get(TIMEOUT_S, TimeUnit.SECONDS)[7]);
    assertEquals(js.peerId(), link.peer().peer().toString());
    assertEquals(security(), link.peer().security());
    link.muxed().close(CloseReason.local(CloseReason.Kind.REQUESTED, "done")).sync();
  }

  @Test
  void shouldBeIdentifiedByJs() {
    js.call("dial", Map.of("addr", ourAddress));
    Object peer = null;
    // js identifies a new connection by itself; its peer store has the answer soon after.
    for (int i = 0; i < 50 && (peer == null || !peer.toString().contains(ECHO)); i++) {
      // Not a ping: js allows one at a time and may not have ended the last one yet.
      js.call("echo", Map.of("addr", ourAddress, "size", 1, "ms", 10_000));
      peer = js.call("peer", Map.of("peer", host.peerId().toString()));
    }
    assertTrue(String.valueOf(peer).contains(ECHO), String.valueOf(peer));
    assertTrue(String.valueOf(peer).contains(IdentifyHandler.AGENT), String.valueOf(peer));
  }

  @Test
  void shouldIdentifyJs() throws Exception {
    InteropHost.Link link = dial(dialer, theirAddress);
    ByteSink sink = new ByteSink();
    dialer.open(link, "/ipfs/id/1.0.0", sink);
    String message = new String(sink.all().get(TIMEOUT_S, TimeUnit.SECONDS), UTF_8);
    assertTrue(message.contains(ECHO) && message.contains("js-libp2p"), message);
    link.vanish();
  }

  @Test
  void shouldEcho64MiBOfJs() {
    Object result = js.call("echo", Map.of("addr", ourAddress, "size", ECHO_BYTES, "ms", 60_000));
    assertTrue(
        result instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("same")), "" + result);
    System.out.println(getClass().getSimpleName() + " echo of js by us: " + result);
  }

  @Test
  void shouldGet64MiBBackFromJs() throws Exception {
    InteropHost.Link link = dial(dialer, theirAddress);
    EchoRun run = new EchoRun(ECHO_BYTES);
    dialer.open(link, ECHO, run);
    assertTrue(run.same().get(TIMEOUT_S, TimeUnit.SECONDS));
    link.vanish();
  }

  @Test
  void shouldCarry500StreamsOfJs() {
    Object good =
        js.call(
            "echoMany", Map.of("addr", ourAddress, "size", 5000, "streams", STREAMS, "ms", 60_000));
    assertEquals(STREAMS, ((Number) good).intValue());
  }

  @Test
  void shouldOpen500StreamsToJs() throws Exception {
    InteropHost.Link link = dial(dialer, theirAddress);
    List<CompletableFuture<Boolean>> runs = new ArrayList<>();
    // Half of what a peer may leave unacknowledged, twice and more: all are open at once.
    for (int i = 0; i < STREAMS; i++) {
      EchoRun run = new EchoRun(5000);
      CompletableFuture<DuplexChannel> opened = dialer.openAsync(link, ECHO, run);
      runs.add(opened.thenCompose(stream -> run.same()));
      if (i % 100 == 99) {
        opened.get(TIMEOUT_S, TimeUnit.SECONDS);
      }
    }
    for (CompletableFuture<Boolean> run : runs) {
      assertTrue(run.get(TIMEOUT_S, TimeUnit.SECONDS));
    }
    link.vanish();
  }

  @Test
  void shouldReadOnAfterOurEnd() throws Exception {
    InteropHost.Link link = dial(dialer, theirAddress);
    ByteSink sink = new ByteSink();
    DuplexChannel stream = dialer.open(link, "/listen/1.0.0", sink);
    stream.writeAndFlush(Unpooled.copiedBuffer("one two three", UTF_8));
    StreamEnd.finish(stream).sync();
    assertEquals("heard 13", new String(sink.all().get(TIMEOUT_S, TimeUnit.SECONDS), UTF_8));
    link.vanish();
  }

  @Test
  void shouldWriteOnAfterTheirEnd() {
    Object text =
        js.call("listen", Map.of("addr", ourAddress, "proto", "/half/1.0.0", "say", "abc"));
    assertEquals("heard abc", text);
  }

  @Test
  void shouldSeeAResetOfJs() throws Exception {
    InteropHost.Link link = dial(dialer, theirAddress);
    ByteSink sink = new ByteSink();
    DuplexChannel stream = dialer.open(link, "/reset/1.0.0", sink);
    stream.writeAndFlush(Unpooled.copiedBuffer("reset me", UTF_8));
    ExecutionException failure =
        assertThrows(ExecutionException.class, () -> sink.all().get(TIMEOUT_S, TimeUnit.SECONDS));
    assertInstanceOf(StreamResetException.class, failure.getCause());
    link.vanish();
  }

  @Test
  void shouldResetAStreamOfJs() {
    Object end = js.call("expectReset", Map.of("addr", ourAddress, "proto", "/reset/1.0.0"));
    assertTrue(String.valueOf(end).contains("Error"), String.valueOf(end));
  }

  @Test
  void shouldNoticeThatJsWasKilled() throws Exception {
    try (JsPeer mortal = JsPeer.start(jsConfig())) {
      InteropHost.Link link = dial(dialer, mortal.address(addressPart()));
      ByteSink sink = new ByteSink();
      dialer.open(link, ECHO, sink);
      mortal.kill();
      assertThrows(ExecutionException.class, () -> sink.all().get(TIMEOUT_S, TimeUnit.SECONDS));
      CloseReason reason = link.muxed().closed().get(TIMEOUT_S, TimeUnit.SECONDS);
      assertTrue(
          reason.kind() == CloseReason.Kind.TRANSPORT || reason.kind() == CloseReason.Kind.TIMEOUT,
          reason.toString());
    }
  }

  @Test
  void shouldLetJsNoticeThatWeVanished() throws Exception {
    try (InteropHost mortal = newHost()) {
      serve(mortal);
      InteropHost.Link link = dial(mortal, theirAddress);
      mortal.open(link, ECHO, new ByteSink());
      String us = mortal.peerId().toString();
      link.vanish();
      assertEquals(true, js.call("waitGone", Map.of("peer", us)));
    }
    assertInstanceOf(Number.class, js.call("ping", Map.of("addr", ourAddress)));
  }

  @Test
  void shouldRefuseJsInPlaceOfAnotherPeer() {
    PeerId other = Ed25519Identity.ofSeed(new byte[32]).peerId();
    String address = theirAddress.replace(js.peerId(), other.toString());
    Exception failure = assertThrows(Exception.class, () -> dial(dialer, address));
    assertTrue(failure.toString().contains("WRONG_PEER"), failure.toString());
  }

  @Test
  void shouldBeRefusedByJsInPlaceOfAnotherPeer() {
    PeerId other = Ed25519Identity.ofSeed(new byte[32]).peerId();
    String address = ourAddress.replace(host.peerId().toString(), other.toString());
    assertThrows(Exception.class, () -> js.call("ping", Map.of("addr", address, "ms", 5000)));
  }

  /** Waits for the peer's end, then answers how much it heard. */
  private static final class HalfHandler extends ChannelInboundHandlerAdapter {
    private final ByteSink sink = new ByteSink();

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      ctx.pipeline().addLast(sink);
      sink.all()
          .thenAccept(
              bytes -> {
                String answer = "heard " + new String(bytes, UTF_8);
                ctx.writeAndFlush(Unpooled.copiedBuffer(answer, UTF_8));
                StreamEnd.finish((DuplexChannel) ctx.channel());
              });
    }
  }

  /** Resets as soon as something arrives. */
  private static final class ResetHandler extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      io.netty.util.ReferenceCountUtil.release(msg);
      ctx.close();
    }
  }
}
