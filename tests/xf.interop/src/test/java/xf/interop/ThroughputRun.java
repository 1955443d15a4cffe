package xf.interop;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import xf.gossip.net.NetworkLimits;
import xf.libp2p.crypto.Ed25519Identity;
import xf.libp2p.mux.StreamEnd;
import xf.libp2p.mux.YamuxMuxer;
import xf.libp2p.security.NoiseSecurity;
import xf.libp2p.tls.HostCertificate;
import xf.libp2p.tls.TlsSecurity;

/**
 * Measures one stream over loopback, and handshakes, beside what they are to be compared with; not
 * part of the build: {@code mvn -pl tests/xf.interop -am test -Dtest=ThroughputRun
 * -Dsurefire.failIfNoSpecifiedTests=false}. Prints the median of {@value #ROUNDS} rounds, which are
 * interleaved so that a busy machine disturbs all of them alike.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the rounds wait for what they need
class ThroughputRun {
  private static final int ROUNDS = 5;
  private static final int MIB = 1 << 20;
  private static final long SIZE_BYTES = 32L * MIB;
  private static final String SINK = "/sink/1.0.0";
  private static final String ECHO = "/echo/1.0.0";

  @FunctionalInterface
  private interface Round {
    /** MiB (or handshakes) a second. */
    double run() throws Exception;
  }

  /** The same without Maven, on a class path of one's own. */
  public static void main(String[] args) throws Exception {
    new ThroughputRun().throughput();
  }

  @Test
  void throughput() throws Exception {
    try (InteropHost noise = listener(noiseHost());
        InteropHost noiseDialer = noiseHost();
        InteropHost tls = listener(tlsHost());
        InteropHost tlsDialer = tlsHost();
        InteropHost quic = listener(noiseHost());
        InteropHost quicDialer = noiseHost()) {
      InteropHost.Link noiseLink = noiseDialer.dialTcp(noise.listenTcp());
      InteropHost.Link tlsLink = tlsDialer.dialTcp(tls.listenTcp());
      String quicAddress = quic.listenQuic(); // dialled anew each round: QUIC ends idle ones
      Map<String, Round> rounds = new LinkedHashMap<>();
      rounds.put("bare ChaCha20-Poly1305, encrypt", ThroughputRun::bareChaCha);
      rounds.put("tcp+noise+yamux, one way", () -> oneWay(noiseDialer, noiseLink));
      rounds.put("tcp+noise+yamux, echo", () -> echo(noiseDialer, noiseLink));
      rounds.put("tcp+tls+yamux, one way", () -> oneWay(tlsDialer, tlsLink));
      rounds.put("tcp+tls+yamux, echo", () -> echo(tlsDialer, tlsLink));
      rounds.put("bare Netty QUIC, echo", () -> bareQuicEcho(bareQuic(quic, quicDialer)));
      rounds.put("quic, one way", () -> oneWay(quicDialer, quicDialer.dialQuic(quicAddress)));
      rounds.put("quic, echo", () -> echo(quicDialer, quicDialer.dialQuic(quicAddress)));
      rounds.put("noise connections a second", () -> connections(noiseDialer, noise));
      measure(rounds);
    }
  }

  @Test
  void jsBesideUs() throws Exception {
    JsInstall.assumePresent();
    for (String transport : List.of("tcp", "quic")) {
      String part = transport.equals("tcp") ? "/tcp/0" : "/udp/0/quic-v1";
      Map<String, Object> config =
          Map.of(
              "listen", List.of("/ip4/127.0.0.1" + part),
              "transports", List.of(transport),
              "sec", List.of("noise"),
              "mux", List.of("yamux"));
      try (JsPeer one = JsPeer.start(config);
          JsPeer two = JsPeer.start(config)) {
        measure(
            Map.of(
                "js to js, " + transport + ", echo",
                () -> {
                  Object result =
                      two.call(
                          "echo",
                          Map.of("addr", one.address("/ip4"), "size", 64 * MIB, "ms", 60_000));
                  Object ms = ((Map<?, ?>) result).get("ms");
                  return ms instanceof Number taken ? 64_000 / taken.doubleValue() : 0;
                }));
      }
    }
  }

  private static void measure(Map<String, Round> rounds) throws Exception {
    Map<String, double[]> results = new LinkedHashMap<>();
    for (int i = 0; i < ROUNDS; i++) {
      for (Map.Entry<String, Round> round : rounds.entrySet()) {
        Map<Long, Long> before = cpuNsByThread();
        double value = round.getValue().run();
        long busiest = 0;
        for (Map.Entry<Long, Long> thread : cpuNsByThread().entrySet()) {
          busiest = Math.max(busiest, thread.getValue() - before.getOrDefault(thread.getKey(), 0L));
        }
        System.out.printf(
            "round %d  %-32s %8.1f  busiest thread %6.1f ms of CPU%n",
            i, round.getKey(), value, busiest / 1e6);
        results.computeIfAbsent(round.getKey(), k -> new double[ROUNDS])[i] = value;
      }
    }
    results.forEach(
        (name, values) -> {
          Arrays.sort(values);
          System.out.printf(
              "%-32s median %8.1f  best %8.1f%n", name, values[ROUNDS / 2], values[ROUNDS - 1]);
        });
  }

  /** On a busy machine the time a thread computed says more than the time that passed. */
  private static Map<Long, Long> cpuNsByThread() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    Map<Long, Long> times = new LinkedHashMap<>();
    for (long id : threads.getAllThreadIds()) {
      times.put(id, threads.getThreadCpuTime(id));
    }
    return times;
  }

  private static InteropHost noiseHost() {
    return new InteropHost(
        identity -> new NoiseSecurity(identity, new SecureRandom()),
        List.of(new YamuxMuxer(System::nanoTime)));
  }

  private static InteropHost tlsHost() {
    return new InteropHost(
        identity -> new TlsSecurity(identity, new SecureRandom(), System::currentTimeMillis),
        List.of(new YamuxMuxer(System::nanoTime)));
  }

  private static InteropHost listener(InteropHost host) {
    host.handle(SINK, Sink::new);
    host.handle(ECHO, EchoHandler::new);
    return host;
  }

  private static double bareChaCha() throws Exception {
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
    SecretKeySpec key = new SecretKeySpec(new byte[32], "ChaCha20");
    byte[] in = new byte[65_519];
    byte[] out = new byte[65_535];
    byte[] nonce = new byte[12];
    long start = System.nanoTime();
    for (long done = 0; done < SIZE_BYTES; done += in.length) {
      ByteBuffer.wrap(nonce).putLong(done);
      cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(nonce));
      cipher.doFinal(in, 0, in.length, out, 0);
    }
    return perSecond(SIZE_BYTES, start);
  }

  private static double perSecond(long bytes, long startNs) {
    return bytes / (double) MIB * 1e9 / (System.nanoTime() - startNs);
  }

  private static double oneWay(InteropHost from, InteropHost.Link link) throws Exception {
    return run(sender -> from.open(link, SINK, sender));
  }

  private static double echo(InteropHost from, InteropHost.Link link) throws Exception {
    return run(sender -> from.open(link, ECHO, sender));
  }

  @FunctionalInterface
  private interface Opener {
    Object open(Sender sender) throws Exception;
  }

  private static double run(Opener opener) throws Exception {
    Sender sender = new Sender();
    long start = System.nanoTime();
    opener.open(sender);
    sender.done.get(60, TimeUnit.SECONDS);
    return perSecond(SIZE_BYTES, start);
  }

  private static double connections(InteropHost dialer, InteropHost listener) throws Exception {
    String address = listener.listenTcp();
    int count = 300;
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      dialer.dialTcp(address).vanish();
    }
    return count * 1e9 / (System.nanoTime() - start);
  }

  private static QuicChannel bareQuic(InteropHost server, InteropHost client) throws Exception {
    HostCertificate own =
        HostCertificate.make(
            Ed25519Identity.ofSeed(new byte[32]), new SecureRandom(), System.currentTimeMillis());
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(own.encoded()));
    PrivateKey key =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(own.privateKeyPkcs8()));
    ChannelHandler serverCodec =
        windows(
                new QuicServerCodecBuilder()
                    .sslContext(
                        QuicSslContextBuilder.forServer(key, null, certificate)
                            .applicationProtocols("bare")
                            .build()))
            .handler(
                new ChannelInitializer<QuicChannel>() {
                  @Override
                  protected void initChannel(QuicChannel channel) {
                    // Streams have all there is to do.
                  }
                })
            .streamHandler(
                new ChannelInitializer<QuicStreamChannel>() {
                  @Override
                  protected void initChannel(QuicStreamChannel stream) {
                    stream.config().setAutoRead(false);
                    stream.pipeline().addLast(new EchoHandler());
                  }
                })
            .build();
    Channel socket = bind(server, serverCodec);
    ChannelHandler clientCodec =
        windows(
                new QuicClientCodecBuilder()
                    .sslContext(
                        QuicSslContextBuilder.forClient()
                            .trustManager(InsecureTrustManagerFactory.INSTANCE)
                            .applicationProtocols("bare")
                            .build()))
            .build();
    return QuicChannel.newBootstrap(bind(client, clientCodec))
        .handler(new ChannelInboundHandlerAdapter())
        .streamHandler(new ChannelInboundHandlerAdapter())
        .remoteAddress((InetSocketAddress) socket.localAddress())
        .connect()
        .get();
  }

  private static Channel bind(InteropHost host, ChannelHandler codec) throws Exception {
    return new Bootstrap()
        .group(host.loops())
        .channel(NioDatagramChannel.class)
        .handler(codec)
        .bind(InetAddress.getLoopbackAddress(), 0)
        .sync()
        .channel();
  }

  private static <B extends QuicCodecBuilder<B>> B windows(QuicCodecBuilder<B> builder) {
    NetworkLimits limits = NetworkLimits.DEFAULT;
    return builder
        .maxIdleTimeout(60, TimeUnit.SECONDS)
        .initialMaxData(limits.bytesPerPeer())
        .initialMaxStreamDataBidirectionalLocal(limits.windowBytes())
        .initialMaxStreamDataBidirectionalRemote(limits.windowBytes())
        .initialMaxStreamsBidirectional(100);
  }

  private static double bareQuicEcho(QuicChannel bare) throws Exception {
    return run(sender -> bare.createStream(QuicStreamType.BIDIRECTIONAL, sender).get());
  }

  /** Sends {@link #SIZE_BYTES} of one buffer; done at the peer's end. */
  private static final class Sender extends ChannelInboundHandlerAdapter {
    private static final int CHUNK_BYTES = 64 * 1024;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private long sent;
    private boolean finished;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      if (ctx.channel().isActive()) {
        begin(ctx);
      }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      begin(ctx);
    }

    private void begin(ChannelHandlerContext ctx) {
      ctx.read();
      send(ctx);
    }

    private void send(ChannelHandlerContext ctx) {
      while (ctx.channel().isWritable() && sent < SIZE_BYTES) {
        ByteBuf chunk = ctx.alloc().directBuffer(CHUNK_BYTES);
        ctx.write(chunk.writerIndex(CHUNK_BYTES));
        sent += CHUNK_BYTES;
      }
      ctx.flush();
      if (sent == SIZE_BYTES && !finished) {
        finished = true;
        StreamEnd.finish((DuplexChannel) ctx.channel());
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      send(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ((ByteBuf) msg).release();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownReadComplete) {
        done.complete(null);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      done.completeExceptionally(cause);
    }
  }

  /** Reads all, then ends its side. */
  private static final class Sink extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ((ByteBuf) msg).release();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownReadComplete) {
        StreamEnd.finish((DuplexChannel) ctx.channel());
      }
    }
  }
}
