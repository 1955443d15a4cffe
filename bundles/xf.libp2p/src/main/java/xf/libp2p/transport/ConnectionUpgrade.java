package xf.libp2p.transport;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.Promise;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkException;
import xf.gossip.net.PeerId;
import xf.gossip.net.Timers;
import xf.libp2p.mux.MuxedConnection;
import xf.libp2p.mux.MuxerProtocol;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.security.SecurityProtocol;

/**
 * Takes one connected channel up, step by step: agree on a handshake, do it, agree on a muxer,
 * begin to mux. All on the channel's event loop; it ends once, by telling the attempt.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's listeners; a failure closes the channel
final class ConnectionUpgrade {
  private final UpgradeConfig config;
  private final Channel channel;
  private final boolean initiator;
  private final @Nullable PeerId expected;
  private final ConnectionAttempt attempt;
  private final Ends ends;
  private final Promise<UpgradedConnection> result;
  private final Timers.Timer timer;
  private boolean told;
  private CloseReason whyClosed =
      CloseReason.remote(CloseReason.Kind.TRANSPORT, "the connection closed during the handshake");

  /** The two ends of the channel. */
  record Ends(String transport, Multiaddr local, Multiaddr remote) {}

  ConnectionUpgrade(
      UpgradeConfig config,
      Channel channel,
      boolean initiator,
      @Nullable PeerId expected,
      ConnectionAttempt attempt,
      Ends ends) {
    this.config = config;
    this.channel = channel;
    this.initiator = initiator;
    this.expected = expected;
    this.attempt = attempt;
    this.ends = ends;
    this.result = channel.eventLoop().newPromise();
    this.timer = config.timers().schedule(config.timeout(), this::onTimeout);
  }

  /** Begins. */
  Future<UpgradedConnection> start() {
    channel.closeFuture().addListener(closed -> fail(whyClosed));
    List<String> names = config.securities().stream().map(SecurityProtocol::id).toList();
    then(agree(names), this::secure);
    return result;
  }

  /** Closes the channel with a reason; from any thread. */
  void abort(CloseReason reason) {
    channel
        .eventLoop()
        .execute(
            () -> {
              whyClosed = reason;
              channel.close();
            });
  }

  private void onTimeout() {
    abort(
        CloseReason.local(
            CloseReason.Kind.TIMEOUT,
            "the handshake took longer than " + config.timeout().toMillis() + " ms"));
  }

  private Future<String> agree(List<String> names) {
    return initiator
        ? config.negotiation().propose(channel, names)
        : config.negotiation().accept(channel, names::contains);
  }

  private void secure(String agreed) {
    SecurityProtocol security =
        config.securities().stream().filter(s -> s.id().equals(agreed)).findFirst().orElseThrow();
    List<String> muxers = config.muxers().stream().map(MuxerProtocol::id).toList();
    then(security.secure(channel, initiator, expected, muxers), this::chooseMuxer);
  }

  private void chooseMuxer(SecuredPeer peer) {
    String early = peer.earlyMuxer();
    if (early != null) {
      mux(peer, early);
    } else {
      List<String> muxers = config.muxers().stream().map(MuxerProtocol::id).toList();
      then(agree(muxers), agreed -> mux(peer, agreed));
    }
  }

  private void mux(SecuredPeer peer, String agreed) {
    MuxerProtocol muxer =
        config.muxers().stream().filter(m -> m.id().equals(agreed)).findFirst().orElseThrow();
    StreamInitializers streams = attempt.secured(peer);
    timer.cancel();
    channel.pipeline().addFirst(new LingeringClose());
    MuxedConnection muxed =
        muxer.attach(channel, initiator, streams.muxer(), streams.inboundStreams());
    UpgradedConnection connection =
        new UpgradedConnection(
            ends.transport(), initiator, ends.local(), ends.remote(), peer, muxed);
    if (result.setUncancellable()) {
      attempt.opened(connection);
      result.trySuccess(connection);
    } else {
      muxed.close(CloseReason.local(CloseReason.Kind.REQUESTED, "the dial was given up"));
    }
  }

  private <T> void then(Future<T> step, Consumer<T> next) {
    step.addListener(
        (FutureListener<T>)
            done -> {
              if (!done.isSuccess()) {
                failAndClose(done.cause());
              } else if (channel.isOpen() && !result.isDone()) {
                advance(next, done.getNow());
              }
            });
  }

  private <T> void advance(Consumer<T> next, T value) {
    try {
      next.accept(value);
    } catch (NetworkException refused) {
      failAndClose(refused);
    }
  }

  private void failAndClose(Throwable cause) {
    CloseReason reason =
        cause instanceof NetworkException typed
            ? typed.reason()
            : CloseReason.local(CloseReason.Kind.TRANSPORT, String.valueOf(cause.getMessage()));
    fail(whyClosedOr(reason));
    channel.close();
  }

  /** A step that fails because we closed the channel does not know why we did. */
  private CloseReason whyClosedOr(CloseReason reason) {
    return !whyClosed.remote() ? whyClosed : reason;
  }

  private void fail(CloseReason reason) {
    timer.cancel();
    if (result.tryFailure(reason.toException()) || result.isCancelled()) {
      tellFailedOnce(reason);
    }
  }

  private void tellFailedOnce(CloseReason reason) {
    if (!told) {
      told = true;
      attempt.failed(reason);
    }
  }
}
