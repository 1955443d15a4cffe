package xf.libp2p.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;
import xf.gossip.net.PeerId;

/**
 * TCP. An IPv6 wildcard takes IPv4 connections too, as the JDK has it; {@code /ip4/0.0.0.0} at the
 * same port joins it and makes IPv4 known to peers.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's listeners; results arrive in promises
public final class TcpTransport implements Transport {
  private static final String NAME = "tcp";
  private static final int BACKLOG = 1024;

  /** What may wait in a socket's channel before streams must wait. */
  private static final WriteBufferWaterMark WATER_MARKS =
      new WriteBufferWaterMark(128 << 10, 512 << 10);

  private final EventLoopGroup loops;
  private final UpgradeConfig config;
  private final ListenTable listeners = new ListenTable();

  /** With the host's event loops and the steps of an upgrade. */
  public TcpTransport(EventLoopGroup loops, UpgradeConfig config) {
    this.loops = loops;
    this.config = config;
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
            bare ->
                bare.matches(MultiaddrProtocol.IP4, MultiaddrProtocol.TCP)
                    || bare.matches(MultiaddrProtocol.IP6, MultiaddrProtocol.TCP))
        .orElse(false);
  }

  private static InetSocketAddress socketAddress(Multiaddr address) {
    InetAddress ip = address.ipAddress().orElseThrow();
    int port = Integer.parseInt(address.value(MultiaddrProtocol.TCP).orElseThrow());
    return new InetSocketAddress(ip, port);
  }

  // ---- listening

  @Override
  public Future<Multiaddr> listen(Multiaddr address, ConnectionGate gate) {
    Promise<Multiaddr> result = loops.next().newPromise();
    InetSocketAddress local = socketAddress(address);
    if (listeners.join(local)) {
      return result.setSuccess(Multiaddr.tcp(local));
    }
    SocketProtocolFamily family = ListenTable.family(local.getAddress());
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(() -> new NioServerSocketChannel(SelectorProvider.provider(), family))
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
            .childHandler(new Accept(gate))
            .bind(local);
    binding.addListener((ChannelFutureListener) done -> onBound(done, result));
    return result;
  }

  private void onBound(ChannelFuture done, Promise<Multiaddr> result) {
    if (done.isSuccess()) {
      result.trySuccess(Multiaddr.tcp(listeners.add(done.channel())));
    } else {
      result.tryFailure(done.cause());
    }
  }

  @Override
  public Future<Void> unlisten(Multiaddr address) {
    return listeners
        .remove(socketAddress(address))
        .orElseGet(() -> loops.next().newSucceededFuture(null));
  }

  /** Begins the upgrade of each connection that is let in. */
  private final class Accept extends ChannelInitializer<Channel> {
    private final ConnectionGate gate;

    Accept(ConnectionGate gate) {
      this.gate = gate;
    }

    @Override
    protected void initChannel(Channel channel) {
      // Not before the channel is active: the first step writes.
      channel.eventLoop().execute(() -> begin(channel));
    }

    private void begin(Channel channel) {
      if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
        channel.close(); // it is gone already
        return;
      }
      CloseReason makeRoom =
          CloseReason.local(CloseReason.Kind.LIMIT, "closed to make room for other handshakes");
      Upgrading upgrading = new Upgrading();
      ConnectionAttempt attempt = gate.admit(remote, () -> upgrading.abort(makeRoom));
      if (attempt == null) {
        channel.close();
      } else {
        upgrading.start(upgrade(channel, false, null, attempt));
      }
    }
  }

  /** The gate wants a way to abort before there is anything to abort. */
  private static final class Upgrading {
    private @Nullable ConnectionUpgrade upgrade;
    private @Nullable CloseReason aborted;

    synchronized void start(ConnectionUpgrade begun) {
      upgrade = begun;
      begun.start();
      if (aborted != null) {
        begun.abort(aborted);
      }
    }

    synchronized void abort(CloseReason reason) {
      aborted = reason;
      if (upgrade != null) {
        upgrade.abort(reason);
      }
    }
  }

  // ---- dialling

  @Override
  public Future<UpgradedConnection> dial(
      Multiaddr address, @Nullable PeerId expected, ConnectionAttempt attempt) {
    Promise<UpgradedConnection> result = loops.next().newPromise();
    ChannelFuture connecting =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(config.timeout().toMillis()))
            .handler(new NoHandlers())
            .connect(socketAddress(address));
    result.addListener(done -> giveUpIf(done.isCancelled(), connecting));
    connecting.addListener(
        (ChannelFutureListener) done -> onConnected(done, expected, attempt, result));
    return result;
  }

  private static void giveUpIf(boolean cancelled, ChannelFuture connecting) {
    if (cancelled) {
      connecting.cancel(false);
      connecting.channel().close();
    }
  }

  private void onConnected(
      ChannelFuture done,
      @Nullable PeerId expected,
      ConnectionAttempt attempt,
      Promise<UpgradedConnection> result) {
    if (!done.isSuccess()) {
      CloseReason reason =
          CloseReason.local(CloseReason.Kind.TRANSPORT, String.valueOf(done.cause().getMessage()));
      attempt.failed(reason);
      result.tryFailure(reason.toException());
      return;
    }
    upgrade(done.channel(), true, expected, attempt)
        .start()
        .addListener((FutureListener<UpgradedConnection>) up -> pass(up, result));
  }

  private static void pass(
      Future<UpgradedConnection> upgraded, Promise<UpgradedConnection> result) {
    if (!upgraded.isSuccess()) {
      result.tryFailure(upgraded.cause());
    } else if (!result.trySuccess(upgraded.getNow())) {
      upgraded
          .getNow()
          .muxed()
          .close(CloseReason.local(CloseReason.Kind.REQUESTED, "the dial was given up"));
    }
  }

  private ConnectionUpgrade upgrade(
      Channel channel, boolean initiator, @Nullable PeerId expected, ConnectionAttempt attempt) {
    Multiaddr local = Multiaddr.tcp((InetSocketAddress) channel.localAddress());
    Multiaddr remote = Multiaddr.tcp((InetSocketAddress) channel.remoteAddress());
    return new ConnectionUpgrade(
        config,
        channel,
        initiator,
        expected,
        attempt,
        new ConnectionUpgrade.Ends(NAME, local, remote));
  }

  /** The upgrade adds handlers when the channel is connected. */
  private static final class NoHandlers extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      // Nothing yet.
    }
  }

  @Override
  public Future<Void> close() {
    Promise<Void> result = loops.next().newPromise();
    Set<Channel> open = listeners.clear();
    AtomicInteger left = new AtomicInteger(open.size() + 1);
    FutureListener<Void> one = done -> succeedIf(left.decrementAndGet() == 0, result);
    open.forEach(listener -> listener.close().addListener(one));
    succeedIf(left.decrementAndGet() == 0, result);
    return result;
  }

  private static void succeedIf(boolean all, Promise<Void> result) {
    if (all) {
      result.trySuccess(null);
    }
  }
}
