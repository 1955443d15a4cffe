package xf.libp2p.host;

import xf.gossip.net.CloseReason;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.StreamAcceptor;
import xf.gossip.net.Timers;
import xf.libp2p.negotiate.Negotiation;

/** What a connection and its streams need of their host. For any thread. */
interface HostContext {
  Timers timers();

  NetworkLimits limits();

  Counters counters();

  Negotiation negotiation();

  /** Whether somebody takes in streams for a protocol. */
  boolean speaks(String protocol);

  /**
   * Who takes them in.
   *
   * @throws xf.gossip.net.NetworkException when the registration was closed meanwhile
   */
  StreamAcceptor acceptor(ProtocolId protocol);

  /** A stream ended, or came to nothing. */
  void onStreamEnded(HostConnection connection, CloseReason reason);
}
