package xf.libp2p.host;

import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.ConnectionInfo;
import xf.gossip.net.Deadlines;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerId;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;
import xf.libp2p.mux.MuxedConnection;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.transport.UpgradedConnection;

/** A connection of the host's: made when a handshake proved the peer, usable once it is muxed. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's listeners; results arrive in promises
final class HostConnection implements Connection {
  private final long id;
  private final HostContext host;
  private final SecuredPeer peer;
  private final boolean initiator;
  private final ByteAccount account;
  private final long openedAtNs;
  private final AtomicReference<@Nullable CloseReason> ending = new AtomicReference<>();
  private final AtomicBoolean trimmed = new AtomicBoolean();
  private volatile @Nullable UpgradedConnection upgraded;
  private volatile @Nullable Duration roundTrip;
  private volatile @Nullable CloseReason closed;

  HostConnection(
      long id, HostContext host, SecuredPeer peer, boolean initiator, ByteAccount account) {
    this.id = id;
    this.host = host;
    this.peer = peer;
    this.initiator = initiator;
    this.account = account;
    this.openedAtNs = host.timers().nowNs();
  }

  /** The muxer runs. On the event loop. */
  void open(UpgradedConnection connection) {
    upgraded = connection;
  }

  /** Whether this call is the first: the connection is about to be closed to make room. */
  boolean beginTrim() {
    return trimmed.compareAndSet(false, true);
  }

  private UpgradedConnection upgraded() {
    UpgradedConnection connection = upgraded;
    if (connection == null) {
      throw new IllegalStateException("the connection is not muxed yet");
    }
    return connection;
  }

  MuxedConnection muxed() {
    return upgraded().muxed();
  }

  boolean isMuxed() {
    return upgraded != null;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public PeerId remotePeer() {
    return peer.peer();
  }

  boolean isInitiator() {
    return initiator;
  }

  long openedAtNs() {
    return openedAtNs;
  }

  @Override
  public ConnectionInfo info() {
    UpgradedConnection connection = upgraded();
    MuxedConnection muxed = connection.muxed();
    return new ConnectionInfo(
        id,
        peer.peer(),
        connection.local(),
        connection.remote(),
        initiator,
        connection.transport(),
        peer.security(),
        muxed.muxer(),
        Duration.ofNanos(host.timers().nowNs() - openedAtNs),
        Optional.ofNullable(roundTrip),
        muxed.streams(),
        muxed.bytesIn(),
        muxed.bytesOut());
  }

  @Override
  public boolean isOpen() {
    return closed == null && upgraded != null;
  }

  ByteAccount account() {
    return account;
  }

  NetworkLimits limits() {
    return host.limits();
  }

  Counters counters() {
    return host.counters();
  }

  void measured(Duration time) {
    roundTrip = time;
  }

  void resetStream(DuplexChannel stream, long code) {
    muxed().reset(stream, code);
  }

  void onStreamEnded(CloseReason reason) {
    host.onStreamEnded(this, reason);
  }

  // ---- opening streams

  @Override
  public CompletableFuture<Stream> openStream(
      List<ProtocolId> protocols, StreamHandler handler, Duration timeout) {
    CompletableFuture<Stream> result = new CompletableFuture<>();
    CloseReason over = closed;
    if (over != null) {
      result.completeExceptionally(over.toException());
      return result;
    }
    if (!counters().tryEnter(counters().streams, limits().streams())) {
      result.completeExceptionally(
          Futures.failure(CloseReason.Kind.LIMIT, "no more streams: " + limits().streams()));
      return result;
    }
    Future<? extends DuplexChannel> opening = muxed().openStream(new NoHandlers());
    opening.addListener(
        (FutureListener<DuplexChannel>) done -> negotiate(done, protocols, handler, result));
    return Deadlines.limit(host.timers(), result, timeout, "opening a stream");
  }

  private void negotiate(
      Future<DuplexChannel> opened,
      List<ProtocolId> protocols,
      StreamHandler handler,
      CompletableFuture<Stream> result) {
    if (!opened.isSuccess()) {
      counters().streams.decrementAndGet();
      result.completeExceptionally(Futures.typed(opened.cause()));
      return;
    }
    DuplexChannel channel = opened.getNow();
    channel.closeFuture().addListener(gone -> counters().streams.decrementAndGet());
    var unused = result.whenComplete((stream, failure) -> abandonIf(failure, channel));
    if (result.isDone()) {
      return;
    }
    host.negotiation()
        .propose(channel, protocols.stream().map(ProtocolId::name).toList())
        .addListener((FutureListener<String>) agreed -> start(agreed, channel, handler, result));
  }

  private void abandonIf(@Nullable Throwable failure, DuplexChannel channel) {
    if (failure != null) {
      channel.eventLoop().execute(channel::close);
    }
  }

  private void start(
      Future<String> agreed,
      DuplexChannel channel,
      StreamHandler handler,
      CompletableFuture<Stream> result) {
    if (!agreed.isSuccess()) {
      result.completeExceptionally(Futures.typed(agreed.cause()));
      return;
    }
    if (result.isDone()) {
      return; // given up; the channel is being closed
    }
    HostStream stream = new HostStream(this, channel, new ProtocolId(agreed.getNow()), true);
    stream.start(handler);
    if (!result.complete(stream)) {
      stream.reset(CloseReason.local(CloseReason.Kind.REQUESTED, "nobody waits for this stream"));
    }
  }

  // ---- closing

  @Override
  public CompletableFuture<Void> close(CloseReason reason) {
    if (upgraded == null) {
      return CompletableFuture.completedFuture(null);
    }
    ending.compareAndSet(null, reason);
    return Futures.toCompletable(muxed().close(reason));
  }

  /** It is over. */
  void markClosed(CloseReason reason) {
    ending.compareAndSet(null, reason);
    closed = reason;
  }

  /** Why it is over, or about to be. */
  Optional<CloseReason> endReason() {
    return Optional.ofNullable(ending.get());
  }

  /** The handlers that matter are added when the stream is there. */
  private static final class NoHandlers extends ChannelInitializer<DuplexChannel> {
    @Override
    protected void initChannel(DuplexChannel channel) {
      channel.config().setAutoRead(false);
      channel.pipeline().addLast(new UnstartedStream());
    }
  }
}
