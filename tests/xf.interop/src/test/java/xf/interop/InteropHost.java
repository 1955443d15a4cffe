package xf.interop;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerId;
import xf.libp2p.crypto.Ed25519Identity;
import xf.libp2p.mux.ByteBudget;
import xf.libp2p.mux.MuxedConnection;
import xf.libp2p.mux.MuxerConfig;
import xf.libp2p.mux.MuxerProtocol;
import xf.libp2p.negotiate.MultistreamSelect;
import xf.libp2p.quic.QuicTransport;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.security.SecurityProtocol;
import xf.libp2p.transport.ConnectionAttempt;
import xf.libp2p.transport.StreamInitializers;
import xf.libp2p.transport.UpgradedConnection;

/** The handlers of xf.libp2p put together by hand: as little host as a test needs. */
@SuppressWarnings("FutureReturnValueIgnored") // links report through their own futures
final class InteropHost implements AutoCloseable {
  static final int MIB = 1 << 20;
  private static final long TIMEOUT_S = 30;
  private static final Logger LOG = LoggerFactory.getLogger(InteropHost.class);

  /** A connection that is up. */
  record Link(SecuredPeer peer, MuxedConnection muxed, Runnable socketClose) {
    /** Goes away without a goodbye, where the transport can. */
    void vanish() {
      socketClose.run();
    }
  }

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          2, new DefaultThreadFactory("interop", true), NioIoHandler.newFactory());
  private final MultistreamSelect negotiation = new MultistreamSelect();
  private final Ed25519Identity identity = Ed25519Identity.generate(new SecureRandom());
  private final List<SecurityProtocol> securities;
  private final List<MuxerProtocol> muxers;
  private final Map<String, Supplier<ChannelHandler>> protocols = new ConcurrentHashMap<>();
  private final CompletableFuture<Link> firstInbound = new CompletableFuture<>();

  private @Nullable QuicTransport quic;

  InteropHost(Security security, List<MuxerProtocol> muxers) {
    this.securities = List.of(security.make(identity));
    this.muxers = muxers;
  }

  /** Makes a handshake for an identity. */
  @FunctionalInterface
  interface Security {
    SecurityProtocol make(Ed25519Identity identity);
  }

  PeerId peerId() {
    return identity.peerId();
  }

  Ed25519Identity identity() {
    return identity;
  }

  EventLoopGroup loops() {
    return loops;
  }

  void handle(String protocol, Supplier<ChannelHandler> handler) {
    protocols.put(protocol, handler);
  }

  List<String> protocols() {
    return List.copyOf(protocols.keySet());
  }

  /** Listens on loopback; the address a peer can dial. */
  String listenTcp() throws Exception {
    Channel server =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new WhenActive(() -> upgrade(channel, false, null)));
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .sync()
            .channel();
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    return "/ip4/127.0.0.1/tcp/" + port + "/p2p/" + peerId();
  }

  /** The first connection that a peer made to us. */
  CompletableFuture<Link> firstInbound() {
    return firstInbound;
  }

  /** Dials {@code /ip4/127.0.0.1/tcp/<port>/p2p/<peer>}. */
  Link dialTcp(String address) throws Exception {
    String[] parts = address.split("/", -1);
    return dialTcp(Integer.parseInt(parts[4]), PeerId.parse(parts[6]));
  }

  Link dialTcp(int port, PeerId expected) throws Exception {
    CompletableFuture<Link> result = new CompletableFuture<>();
    new Bootstrap()
        .group(loops)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(
                        new WhenActive(
                            () ->
                                upgrade(channel, true, expected)
                                    .whenComplete(
                                        (link, failure) -> {
                                          if (failure != null) {
                                            result.completeExceptionally(failure);
                                          } else {
                                            result.complete(link);
                                          }
                                        })));
              }
            })
        .connect(InetAddress.getLoopbackAddress(), port)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                result.completeExceptionally(connected.cause());
              }
            });
    return result.get(TIMEOUT_S, TimeUnit.SECONDS);
  }

  /** Listens with QUIC on loopback; the address a peer can dial. */
  String listenQuic() throws Exception {
    Multiaddr any = Multiaddr.parse("/ip4/127.0.0.1/udp/0/quic-v1");
    Multiaddr real =
        quic().listen(any, (remote, abort) -> new Attempt(firstInbound)).sync().getNow();
    return real.withPeer(peerId()).toString();
  }

  /** Dials {@code /ip4/127.0.0.1/udp/<port>/quic-v1/p2p/<peer>}. */
  Link dialQuic(String address) throws Exception {
    Multiaddr remote = Multiaddr.parse(address);
    CompletableFuture<Link> result = new CompletableFuture<>();
    quic().dial(remote, remote.peerId().orElseThrow(), new Attempt(result));
    return result.get(TIMEOUT_S, TimeUnit.SECONDS);
  }

  private synchronized QuicTransport quic() {
    if (quic == null) {
      quic =
          QuicTransport.open(
                  identity,
                  NetworkLimits.DEFAULT,
                  loops,
                  new SecureRandom(),
                  System::currentTimeMillis)
              .orElseThrow();
    }
    return quic;
  }

  /** Completes with the connection or with the reason there is none. */
  private final class Attempt implements ConnectionAttempt {
    private final CompletableFuture<Link> result;

    Attempt(CompletableFuture<Link> result) {
      this.result = result;
    }

    @Override
    public StreamInitializers secured(SecuredPeer peer) {
      return new StreamInitializers(inboundInitializer(), config());
    }

    @Override
    public void opened(UpgradedConnection connection) {
      connection
          .muxed()
          .closed()
          .addListener(f -> LOG.info("{} ended: {}", connection.remote(), f.getNow()));
      CloseReason bye = CloseReason.local(CloseReason.Kind.REQUESTED, "vanished");
      result.complete(
          new Link(connection.peer(), connection.muxed(), () -> connection.muxed().close(bye)));
    }

    @Override
    public void failed(CloseReason reason) {
      LOG.info("no connection: {}", reason);
      result.completeExceptionally(reason.toException());
    }
  }

  private CompletableFuture<Link> upgrade(
      Channel channel, boolean initiator, @Nullable PeerId expected) {
    CompletableFuture<Link> result = new CompletableFuture<>();
    List<String> securityIds = securities.stream().map(SecurityProtocol::id).toList();
    List<String> muxerIds = muxers.stream().map(MuxerProtocol::id).toList();
    then(
        negotiate(channel, initiator, securityIds),
        result,
        security ->
            then(
                securities
                    .get(securityIds.indexOf(security))
                    .secure(channel, initiator, expected, muxerIds),
                result,
                peer -> {
                  if (peer.earlyMuxer() != null) {
                    attach(channel, initiator, peer, peer.earlyMuxer(), result);
                  } else {
                    then(
                        negotiate(channel, initiator, muxerIds),
                        result,
                        muxer -> attach(channel, initiator, peer, muxer, result));
                  }
                }));
    return result;
  }

  private Future<String> negotiate(Channel channel, boolean initiator, List<String> ids) {
    return initiator
        ? negotiation.propose(channel, ids)
        : negotiation.accept(channel, ids::contains);
  }

  private void attach(
      Channel channel,
      boolean initiator,
      SecuredPeer peer,
      String muxer,
      CompletableFuture<Link> result) {
    MuxerProtocol protocol =
        muxers.stream().filter(m -> m.id().equals(muxer)).findFirst().orElseThrow();
    MuxedConnection muxed = protocol.attach(channel, initiator, config(), inboundInitializer());
    Link link = new Link(peer, muxed, channel::close);
    muxed.closed().addListener(f -> LOG.info("{} ended: {}", channel, f.getNow()));
    result.complete(link);
    if (!initiator) {
      firstInbound.complete(link);
    }
  }

  static MuxerConfig config() {
    return new MuxerConfig(1024, 1024, 256 * 1024, 16 * MIB, 256 * 1024, unlimited());
  }

  private static ByteBudget unlimited() {
    return new ByteBudget() {
      @Override
      public boolean acquire(int lengthBytes) {
        return true;
      }

      @Override
      public void release(int lengthBytes) {
        // Nothing was counted.
      }

      @Override
      public boolean reserve(int lengthBytes) {
        return acquire(lengthBytes);
      }

      @Override
      public void unreserve(int lengthBytes) {
        release(lengthBytes);
      }
    };
  }

  ChannelHandler inboundInitializer() {
    return new ChannelInitializer<>() {
      @Override
      public boolean isSharable() {
        return true;
      }

      @Override
      protected void initChannel(Channel stream) {
        stream
            .pipeline()
            .addLast(
                new WhenActive(
                    () ->
                        negotiation
                            .accept(stream, protocols::containsKey)
                            .addListener(
                                agreed -> {
                                  if (agreed.isSuccess()) {
                                    stream
                                        .pipeline()
                                        .addLast(
                                            java.util.Objects.requireNonNull(
                                                    protocols.get(String.valueOf(agreed.getNow())))
                                                .get());
                                  }
                                })));
      }
    };
  }

  /** Opens a stream and puts {@code handler} on it once the peer agreed to the protocol. */
  DuplexChannel open(Link link, String protocol, ChannelHandler handler) throws Exception {
    CompletableFuture<DuplexChannel> result = openAsync(link, protocol, handler);
    return result.get(TIMEOUT_S, TimeUnit.SECONDS);
  }

  CompletableFuture<DuplexChannel> openAsync(Link link, String protocol, ChannelHandler handler) {
    CompletableFuture<DuplexChannel> result = new CompletableFuture<>();
    ChannelHandler initializer =
        new ChannelInitializer<DuplexChannel>() {
          @Override
          protected void initChannel(DuplexChannel stream) {
            stream
                .pipeline()
                .addLast(
                    new WhenActive(
                        () ->
                            then(
                                negotiation.propose(stream, List.of(protocol)),
                                result,
                                agreed -> {
                                  stream.pipeline().addLast(handler);
                                  result.complete(stream);
                                })));
          }
        };
    then(link.muxed().openStream(initializer), result, stream -> {});
    return result;
  }

  private static <T> void then(
      Future<? extends T> step, CompletableFuture<?> failure, java.util.function.Consumer<T> next) {
    step.addListener(
        done -> {
          if (done.isSuccess()) {
            next.accept(step.getNow());
          } else {
            failure.completeExceptionally(done.cause());
          }
        });
  }

  @Override
  public void close() {
    QuicTransport open = quic;
    if (open != null) {
      open.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }

  /** Runs something once the channel is active, then leaves. */
  private static final class WhenActive extends ChannelInboundHandlerAdapter {
    private final Runnable task;

    WhenActive(Runnable task) {
      this.task = task;
    }

    @Override
    public void handlerAdded(io.netty.channel.ChannelHandlerContext ctx) {
      if (ctx.channel().isActive()) {
        ctx.pipeline().remove(this);
        task.run();
      }
    }

    @Override
    public void channelActive(io.netty.channel.ChannelHandlerContext ctx) {
      ctx.fireChannelActive();
      ctx.pipeline().remove(this);
      task.run();
    }
  }
}
