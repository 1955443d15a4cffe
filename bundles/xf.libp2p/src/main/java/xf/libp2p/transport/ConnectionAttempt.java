package xf.libp2p.transport;

import xf.gossip.net.CloseReason;
import xf.gossip.net.NetworkException;
import xf.libp2p.security.SecuredPeer;

/**
 * One connection on its way up, in either direction, as the host follows it. The transport calls
 * {@link #secured} at most once, then exactly one of {@link #opened} and {@link #failed}, all on
 * the connection's event loop (a failure to connect at all: on any).
 */
public interface ConnectionAttempt {
  /**
   * The handshake has proved who the peer is: here is what its muxer needs.
   *
   * @throws NetworkException to refuse it (a limit); the transport closes the connection and calls
   *     {@link #failed} with that reason
   */
  StreamInitializers secured(SecuredPeer peer);

  /** The muxer is attached. */
  void opened(UpgradedConnection connection);

  /** It came to nothing; the channel is closed. */
  void failed(CloseReason reason);
}
