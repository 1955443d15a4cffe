package xf.libp2p.quic;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicResetTokenGenerator;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;
import xf.gossip.net.NetworkException;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerId;
import xf.libp2p.tls.HostCertificate;
import xf.libp2p.transport.ConnectionAttempt;
import xf.libp2p.transport.ConnectionGate;
import xf.libp2p.transport.ListenTable;
import xf.libp2p.transport.Transport;
import xf.libp2p.transport.UpgradedConnection;

/**
 * QUIC version 1 for one identity, over IPv4 and IPv6. Safe for use by any thread.
 *
 * <p>Connections live on the socket of their listener, or on the one all dials share: when that
 * closes, so do they.
 */
@SuppressWarnings("FutureReturnValueIgnored") // promises are passed on
public final class QuicTransport implements Transport {
  /** The name of this transport, and of the handshake inside it. */
  public static final String NAME = "quic-v1";

  private static final Logger LOG = LoggerFactory.getLogger(QuicTransport.class);

  /** As other libp2p implementations; hosts ping more often than that. */
  private static final long IDLE_TIMEOUT_MS = 30_000;

  /**
   * What may wait in a socket; the system may allow less. A burst of a whole window must fit in, or
   * it looks like a network that loses packets, and the sender slows down.
   */
  private static final int SOCKET_BYTES = 2 << 20;

  /** More than a path on the internet carries. */
  private static final int DATAGRAM_BYTES = 2_048;

  private static final int DATAGRAMS_PER_READ = 64;

  private final EventLoopGroup loops;
  private final NetworkLimits limits;
  private final LongSupplier wallClockMs;
  private final QuicTrust trust;
  private final QuicContexts contexts;
  private final SecureRandom random;
  private final ListenTable listeners = new ListenTable();
  private final Map<InetAddress, Future<Channel>> dialSockets = new ConcurrentHashMap<>();

  private QuicTransport(
      NetworkIdentity identity,
      NetworkLimits limits,
      EventLoopGroup loops,
      SecureRandom random,
      LongSupplier wallClockMs) {
    this.loops = loops;
    this.limits = limits;
    this.random = random;
    this.wallClockMs = wallClockMs;
    this.trust = new QuicTrust(wallClockMs);
    this.contexts =
        QuicContexts.of(HostCertificate.make(identity, random, wallClockMs.getAsLong()), trust);
  }

  /**
   * QUIC, where Netty's native library fits this platform; else empty, which is logged.
   *
   * @param limits windows and numbers of streams that peers get
   * @param loops NIO event loops, the host's
   */
  public static Optional<QuicTransport> open(
      NetworkIdentity identity,
      NetworkLimits limits,
      EventLoopGroup loops,
      SecureRandom random,
      LongSupplier wallClockMs) {
    if (!Quic.isAvailable()) {
      LOG.info("QUIC is off, TCP only: {}", String.valueOf(Quic.unavailabilityCause()));
      return Optional.empty();
    }
    return Optional.of(new QuicTransport(identity, limits, loops, random, wallClockMs));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean handles(Multiaddr address) {
    return address
        .withoutPeer()
        .map(
            plain ->
                plain.matches(
                        MultiaddrProtocol.IP4, MultiaddrProtocol.UDP, MultiaddrProtocol.QUIC_V1)
                    || plain.matches(
                        MultiaddrProtocol.IP6, MultiaddrProtocol.UDP, MultiaddrProtocol.QUIC_V1))
        .orElse(false);
  }

  @Override
  public Future<Multiaddr> listen(Multiaddr address, ConnectionGate gate) {
    EventLoop loop = loops.next();
    Promise<Multiaddr> promise = loop.newPromise();
    InetSocketAddress local = socketAddress(address);
    if (listeners.join(local)) {
      return promise.setSuccess(Multiaddr.quic(local));
    }
    ChannelHandler codec =
        configure(new QuicServerCodecBuilder().sslContext(contexts.server()))
            // A token of its own for each connection, by a key that is drawn once per process.
            .resetTokenGenerator(QuicResetTokenGenerator.signGenerator())
            .tokenHandler(new RetryTokens(gate::isCrowded, random, wallClockMs))
            .handler(new InboundConnections(gate))
            .streamHandler(new InboundStreams())
            .streamOption(ChannelOption.AUTO_READ, false)
            .build();
    bind(loop, codec, local)
        .addListener(
            (Future<Channel> bound) -> {
              if (bound.isSuccess()) {
                promise.trySuccess(Multiaddr.quic(listeners.add(bound.getNow())));
              } else {
                promise.tryFailure(transportFailure("cannot listen at " + address, bound.cause()));
              }
            });
    return promise;
  }

  private <B extends QuicCodecBuilder<B>> B configure(QuicCodecBuilder<B> builder) {
    return builder
        .maxIdleTimeout(IDLE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .initialMaxData(QuicMuxedConnection.FIRST_WINDOW_BYTES)
        .initialMaxStreamDataBidirectionalLocal(limits.windowBytes())
        .initialMaxStreamDataBidirectionalRemote(limits.windowBytes())
        .initialMaxStreamsBidirectional(limits.streamsPerConnection())
        .initialMaxStreamsUnidirectional(0);
  }

  /** Many at a time: what they bring is acknowledged, and handed on, once for all of them. */
  private static RecvByteBufAllocator datagrams() {
    return new FixedRecvByteBufAllocator(DATAGRAM_BYTES).maxMessagesPerRead(DATAGRAMS_PER_READ);
  }

  private static Future<Channel> bind(
      EventLoop loop, ChannelHandler codec, InetSocketAddress local) {
    Promise<Channel> promise = loop.newPromise();
    SocketProtocolFamily family = ListenTable.family(local.getAddress());
    var bound =
        new Bootstrap()
            .group(loop)
            .channelFactory(() -> new NioDatagramChannel(family))
            .option(ChannelOption.SO_RCVBUF, SOCKET_BYTES)
            .option(ChannelOption.RECVBUF_ALLOCATOR, datagrams())
            .handler(codec)
            .bind(local);
    bound.addListener(
        f -> {
          if (f.isSuccess()) {
            promise.trySuccess(bound.channel());
          } else {
            promise.tryFailure(f.cause());
          }
        });
    return promise;
  }

  @Override
  public Future<Void> unlisten(Multiaddr address) {
    return listeners
        .remove(socketAddress(address))
        .orElseGet(() -> loops.next().newSucceededFuture(null));
  }

  @Override
  public Future<UpgradedConnection> dial(
      Multiaddr address, @Nullable PeerId expected, ConnectionAttempt attempt) {
    InetSocketAddress remote = socketAddress(address);
    Future<Channel> socket =
        dialSockets.computeIfAbsent(anyAddress(remote.getAddress()), this::openDialSocket);
    Promise<UpgradedConnection> promise = loops.next().newPromise();
    socket.addListener(
        (Future<Channel> opened) -> {
          if (!opened.isSuccess()) {
            dialSockets.remove(anyAddress(remote.getAddress()), socket); // the next dial tries anew
          }
          if (opened.isSuccess()) {
            connect(opened.getNow(), remote, expected, attempt, promise);
          } else {
            NetworkException failure = transportFailure("no UDP socket", opened.cause());
            attempt.failed(failure.reason());
            promise.tryFailure(failure);
          }
        });
    return promise;
  }

  /** All dials of an address family share a socket: one port, one place for its packets. */
  private Future<Channel> openDialSocket(InetAddress anyAddress) {
    ChannelHandler codec =
        configure(new QuicClientCodecBuilder().sslContext(contexts.client())).build();
    return bind(loops.next(), codec, new InetSocketAddress(anyAddress, 0));
  }

  private void connect(
      Channel socket,
      InetSocketAddress remote,
      @Nullable PeerId expected,
      ConnectionAttempt attempt,
      Promise<UpgradedConnection> promise) {
    AtomicReference<@Nullable QuicUpgrade> upgrading = new AtomicReference<>();
    ChannelInitializer<QuicChannel> initializer =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(QuicChannel channel) {
            QuicUpgrade upgrade = upgrade(channel, true, expected, attempt, promise);
            upgrading.set(upgrade);
            channel.pipeline().addLast(upgrade);
            promise.addListener(
                f -> {
                  if (f.isCancelled()) {
                    channel.eventLoop().execute(channel::close);
                  }
                });
          }
        };
    QuicChannel.newBootstrap(socket)
        .handler(initializer)
        .streamHandler(new InboundStreams())
        .streamOption(ChannelOption.AUTO_READ, false)
        .remoteAddress(remote)
        .connect()
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                // Whichever comes first, this or the channel's end, must know why.
                QuicUpgrade upgrade = upgrading.get();
                NetworkException refusal = upgrade == null ? null : upgrade.refusal();
                NetworkException failure =
                    refusal != null
                        ? refusal
                        : transportFailure("cannot connect to " + remote, connected.cause());
                if (promise.tryFailure(failure)) {
                  attempt.failed(failure.reason());
                }
              }
            });
  }

  private QuicUpgrade upgrade(
      QuicChannel channel,
      boolean initiator,
      @Nullable PeerId expected,
      ConnectionAttempt attempt,
      Promise<UpgradedConnection> result) {
    QuicUpgrade.Proof proof =
        new QuicUpgrade.Proof(trust, expected, wallClockMs, limits.handshakeTimeoutMs());
    return new QuicUpgrade(channel, initiator, proof, attempt, result);
  }

  @Override
  public Future<Void> close() {
    EventLoop loop = loops.next();
    Promise<Void> promise = loop.newPromise();
    loop.execute(
        () -> {
          PromiseCombiner combiner = new PromiseCombiner(loop);
          List<Channel> sockets = new ArrayList<>(listeners.clear());
          dialSockets
              .values()
              .forEach(
                  socket -> {
                    if (socket.isSuccess()) {
                      sockets.add(socket.getNow());
                    }
                  });
          dialSockets.clear();
          sockets.forEach(socket -> combiner.add(socket.close()));
          combiner.finish(promise);
        });
    return promise;
  }

  private static NetworkException transportFailure(String what, Throwable cause) {
    return new NetworkException(
        CloseReason.local(Kind.TRANSPORT, "quic: " + what + ": " + cause.getMessage()), cause);
  }

  private static InetSocketAddress socketAddress(Multiaddr address) {
    InetAddress ip =
        address
            .ipAddress()
            .orElseThrow(() -> new IllegalArgumentException("no IP address in " + address));
    int port =
        address
            .value(MultiaddrProtocol.UDP)
            .map(Integer::parseInt)
            .orElseThrow(() -> new IllegalArgumentException("no UDP port in " + address));
    return new InetSocketAddress(ip, port);
  }

  private static InetAddress anyAddress(InetAddress family) {
    int lengthBytes = family instanceof Inet6Address ? 16 : 4;
    try {
      return InetAddress.getByAddress(new byte[lengthBytes]);
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError("an address of " + lengthBytes + " bytes is always legal", e);
    }
  }

  /** Asks the gate about each stranger, before its handshake. */
  private final class InboundConnections extends ChannelInitializer<QuicChannel> {
    private final ConnectionGate gate;

    InboundConnections(ConnectionGate gate) {
      this.gate = gate;
    }

    @Override
    protected void initChannel(QuicChannel channel) {
      ConnectionAttempt attempt =
          channel.remoteSocketAddress() instanceof InetSocketAddress remote
              ? gate.admit(remote, () -> channel.eventLoop().execute(() -> makeRoom(channel)))
              : null;
      if (attempt == null) {
        channel.eventLoop().execute(channel::close); // see QuicUpgrade: never from inside an event
        return;
      }
      Promise<UpgradedConnection> result = channel.eventLoop().newPromise();
      channel.pipeline().addLast(upgrade(channel, false, null, attempt, result));
    }

    private static void makeRoom(QuicChannel channel) {
      QuicUpgrade upgrade = channel.attr(QuicUpgrade.KEY).get();
      if (upgrade == null) {
        channel.close();
      } else {
        upgrade.abort(CloseReason.local(Kind.LIMIT, "closed to make room for other handshakes"));
      }
    }

    @Override
    public boolean isSharable() {
      return true;
    }
  }

  /** Hands each stream of a peer to its connection. */
  private static final class InboundStreams extends ChannelInitializer<QuicStreamChannel> {
    @Override
    protected void initChannel(QuicStreamChannel stream) {
      QuicUpgrade upgrade = stream.parent().attr(QuicUpgrade.KEY).get();
      if (upgrade == null) {
        stream.close();
      } else {
        upgrade.onInboundStream(stream);
      }
    }

    @Override
    public boolean isSharable() {
      return true;
    }
  }
}
