package xf.bench.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import xf.gossip.net.NetworkLimits;
import xf.libp2p.tls.HostCertificate;
import xf.testkit.net.TestIdentity;

/** An echo over Netty's QUIC with nothing around it: no libp2p, no limits, no API. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is seen by the run that waits
final class BareQuic implements AutoCloseable {
  private static final String ALPN = "bare";
  private static final long TIMEOUT_S = 120;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          2, new DefaultThreadFactory("bare-quic", true), NioIoHandler.newFactory());
  private final QuicChannel connection;

  /** Both ends, each on an event loop of its own, connected. */
  BareQuic() throws Exception {
    EventLoop serverLoop = loops.next();
    Channel server = bind(serverLoop, serverCodec());
    connection =
        QuicChannel.newBootstrap(bind(loops.next(), clientCodec()))
            .handler(new ChannelInboundHandlerAdapter())
            .streamHandler(new ChannelInboundHandlerAdapter())
            .remoteAddress(server.localAddress())
            .connect()
            .get(TIMEOUT_S, TimeUnit.SECONDS);
  }

  /** Sends so much and waits until all is back; MiB a second. */
  double echo(long lengthBytes) throws Exception {
    Sender sender = new Sender(lengthBytes);
    long startNs = System.nanoTime();
    connection.createStream(QuicStreamType.BIDIRECTIONAL, sender).get(TIMEOUT_S, TimeUnit.SECONDS);
    sender.done.get(TIMEOUT_S, TimeUnit.SECONDS);
    return Talk.mibPerSecond(lengthBytes, startNs);
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static Channel bind(EventLoop loop, ChannelHandler codec) throws InterruptedException {
    return new Bootstrap()
        .group(loop)
        .channel(NioDatagramChannel.class)
        .handler(codec)
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .sync()
        .channel();
  }

  private static ChannelHandler clientCodec() {
    return windows(
            new QuicClientCodecBuilder()
                .sslContext(
                    QuicSslContextBuilder.forClient()
                        .trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .applicationProtocols(ALPN)
                        .build()))
        .build();
  }

  private static ChannelHandler serverCodec() throws GeneralSecurityException {
    HostCertificate own =
        HostCertificate.make(new TestIdentity(1), new SecureRandom(), System.currentTimeMillis());
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(own.encoded()));
    PrivateKey key =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(own.privateKeyPkcs8()));
    return windows(
            new QuicServerCodecBuilder()
                .sslContext(
                    QuicSslContextBuilder.forServer(key, null, certificate)
                        .applicationProtocols(ALPN)
                        .build()))
        .handler(new Nothing())
        .streamHandler(
            new ChannelInitializer<QuicStreamChannel>() {
              @Override
              protected void initChannel(QuicStreamChannel stream) {
                stream.pipeline().addLast(new Echo());
              }
            })
        .build();
  }

  private static <B extends QuicCodecBuilder<B>> B windows(QuicCodecBuilder<B> builder) {
    NetworkLimits limits = NetworkLimits.DEFAULT;
    return builder
        .maxIdleTimeout(TIMEOUT_S, TimeUnit.SECONDS)
        .initialMaxData(limits.bytesPerPeer())
        .initialMaxStreamDataBidirectionalLocal(limits.windowBytes())
        .initialMaxStreamDataBidirectionalRemote(limits.windowBytes())
        .initialMaxStreamsBidirectional(100);
  }

  /** A connection has nothing to do but carry its streams. */
  @Sharable
  private static final class Nothing extends ChannelInitializer<QuicChannel> {
    @Override
    protected void initChannel(QuicChannel channel) {
      // See above.
    }
  }

  /** Sends back what comes, no faster than it can. */
  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      ctx.channel().config().setAutoRead(false);
      ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ctx.write(msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
      readIfWritable(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      readIfWritable(ctx);
    }

    private static void readIfWritable(ChannelHandlerContext ctx) {
      if (ctx.channel().isWritable()) {
        ctx.read();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownReadComplete.INSTANCE) {
        // After the last write: a FIN of its own may overtake it (see design of our own host).
        ctx.writeAndFlush(ctx.alloc().buffer(0))
            .addListener(f -> ((QuicStreamChannel) ctx.channel()).shutdownOutput());
      }
    }
  }

  /** Sends so many bytes; done when the echo ends. */
  private static final class Sender extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private long toSend;
    private long toReceive;
    private boolean begun;

    Sender(long lengthBytes) {
      this.toSend = lengthBytes;
      this.toReceive = lengthBytes;
    }

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
      if (!begun) {
        begun = true;
        send(ctx);
      }
    }

    private void send(ChannelHandlerContext ctx) {
      while (ctx.channel().isWritable() && toSend > 0) {
        int length = (int) Math.min(Talk.CHUNK_BYTES, toSend);
        ctx.write(ctx.alloc().directBuffer(length).writerIndex(length));
        toSend -= length;
      }
      ctx.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      send(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ByteBuf bytes = (ByteBuf) msg;
      toReceive -= bytes.readableBytes();
      bytes.release();
      if (toReceive == 0) {
        done.complete(null);
        ctx.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      done.completeExceptionally(cause);
    }
  }
}
