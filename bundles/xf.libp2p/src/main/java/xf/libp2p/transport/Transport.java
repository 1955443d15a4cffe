package xf.libp2p.transport;

import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;

/** A way to reach peers. Any thread; nothing blocks. The host owns the event loops. */
public interface Transport {
  /** {@code tcp}, {@code quic-v1}. */
  String name();

  /** Whether it can dial or listen at such an address (peer id at the end allowed). */
  boolean handles(Multiaddr address);

  /** Listens; the result is the address with its real port. */
  Future<Multiaddr> listen(Multiaddr address, ConnectionGate gate);

  /** Stops listening at an address that {@link #listen} gave. */
  Future<Void> unlisten(Multiaddr address);

  /**
   * Dials, secures and muxes, and tells {@code attempt} how it goes; the future completes after
   * that. Cancelling the future abandons the dial, which fails the attempt. The caller minds the
   * timeout.
   *
   * @param address with IP address and port; names are resolved before
   * @param expected who must be there; null: anybody
   */
  Future<UpgradedConnection> dial(
      Multiaddr address, @Nullable PeerId expected, ConnectionAttempt attempt);

  /** Closes listeners; completes when their sockets are closed. Connections are the host's. */
  Future<Void> close();
}
