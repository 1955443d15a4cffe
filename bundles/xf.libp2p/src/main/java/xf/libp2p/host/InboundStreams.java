package xf.libp2p.host;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.NetworkException;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.StreamAcceptor;
import xf.gossip.net.StreamHandler;
import xf.gossip.net.Timers;

/** Takes in the streams that a peer opens over one connection. */
@Sharable
@SuppressWarnings("FutureReturnValueIgnored") // Netty's listeners; a failure closes the stream
final class InboundStreams extends ChannelInitializer<DuplexChannel> {
  private final HostConnection connection;
  private final HostContext host;

  InboundStreams(HostConnection connection, HostContext host) {
    this.connection = connection;
    this.host = host;
  }

  @Override
  protected void initChannel(DuplexChannel channel) {
    channel.config().setAutoRead(false);
    channel.pipeline().addLast(new UnstartedStream());
    Counters counters = host.counters();
    if (!counters.tryEnter(counters.streams, host.limits().streams())) {
      channel.eventLoop().execute(channel::close);
      return;
    }
    channel.closeFuture().addListener(gone -> counters.streams.decrementAndGet());
    AtomicBoolean late = new AtomicBoolean();
    Timers.Timer timer =
        host.timers()
            .schedule(
                Duration.ofMillis(host.limits().negotiationTimeoutMs()),
                () -> {
                  late.set(true);
                  channel.eventLoop().execute(channel::close);
                });
    channel.closeFuture().addListener(gone -> timer.cancel());
    // Not before the channel is registered and active: the negotiation writes.
    channel.eventLoop().execute(() -> negotiate(channel, timer, late));
  }

  private void negotiate(DuplexChannel channel, Timers.Timer timer, AtomicBoolean late) {
    if (channel.isActive()) {
      host.negotiation()
          .accept(channel, host::speaks)
          .addListener((FutureListener<String>) agreed -> start(channel, timer, late, agreed));
    }
  }

  private void start(
      DuplexChannel channel, Timers.Timer timer, AtomicBoolean late, Future<String> agreed) {
    timer.cancel();
    if (!agreed.isSuccess()) {
      CloseReason reason =
          late.get()
              ? CloseReason.local(
                  CloseReason.Kind.TIMEOUT,
                  "a stream agreed on no protocol in "
                      + host.limits().negotiationTimeoutMs()
                      + " ms")
              : Futures.typed(agreed.cause()).reason();
      host.onStreamEnded(connection, reason);
      channel.close();
      return;
    }
    ProtocolId protocol = new ProtocolId(agreed.getNow());
    HostStream stream = new HostStream(connection, channel, protocol, false);
    StreamHandler handler = accept(stream, protocol);
    if (handler != null) {
      stream.start(handler);
    }
  }

  private @Nullable StreamHandler accept(HostStream stream, ProtocolId protocol) {
    try {
      StreamAcceptor acceptor = host.acceptor(protocol);
      return acceptor.accept(stream);
    } catch (NetworkException e) {
      stream.refuse(e.reason());
    } catch (RuntimeException e) {
      host.counters().listenerFailures.increment();
      stream.refuse(CloseReason.local(CloseReason.Kind.HANDLER_FAILED, "the acceptor threw " + e));
    }
    return null;
  }
}
