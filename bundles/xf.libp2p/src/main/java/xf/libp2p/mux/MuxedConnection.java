package xf.libp2p.mux;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import xf.gossip.net.CloseReason;

/**
 * A secured connection that carries streams: yamux or mplex over TCP, or QUIC. All methods may be
 * called from any thread; futures complete on the event loop. Rules of stream channels: package
 * {@code xf.libp2p}.
 */
public interface MuxedConnection {
  /** Protocol id of the muxer, {@code quic} where it is built in. */
  String muxer();

  /** The event loop of the connection and of all its streams. */
  EventLoop eventLoop();

  /**
   * Opens a stream; needs no round trip.
   *
   * @param initializer put into the stream's pipeline before it is registered
   */
  Future<? extends DuplexChannel> openStream(ChannelHandler initializer);

  /** Resets a stream of this connection: both directions end at once. */
  Future<Void> reset(DuplexChannel stream, long code);

  /** How many streams are open, ours and the peer's. */
  int streams();

  /** Bytes received so far, as they came from the socket. */
  long bytesIn();

  /** Bytes sent so far, as they went to the socket. */
  long bytesOut();

  /**
   * Says goodbye to the peer, resets what streams are left and closes the channel; completes when
   * it is closed.
   */
  Future<Void> close(CloseReason reason);

  /** Completes, always successfully and once, when the connection is over: by whom and why. */
  Future<CloseReason> closed();
}
