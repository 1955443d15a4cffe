package xf.libp2p.host;

import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.transport.ConnectionAttempt;
import xf.libp2p.transport.StreamInitializers;
import xf.libp2p.transport.UpgradedConnection;

/** A connection on its way up, in either direction. On its event loop. */
final class HostAttempt implements ConnectionAttempt {
  private final ConnectionKeeper keeper;
  private final boolean initiator;
  private volatile @Nullable HostConnection connection;

  HostAttempt(ConnectionKeeper keeper, boolean initiator) {
    this.keeper = keeper;
    this.initiator = initiator;
  }

  @Override
  public StreamInitializers secured(SecuredPeer peer) {
    HostConnection taken = keeper.take(peer, initiator);
    connection = taken;
    return keeper.initializers(taken);
  }

  @Override
  public void opened(UpgradedConnection upgraded) {
    keeper.opened(requireConnection(), upgraded);
  }

  @Override
  public void failed(CloseReason reason) {
    HostConnection taken = connection;
    if (taken != null) {
      keeper.abandoned(taken, reason);
    }
  }

  /** The connection, once {@link #opened} was called. */
  HostConnection requireConnection() {
    HostConnection taken = connection;
    if (taken == null) {
      throw new IllegalStateException("the transport skipped secured()");
    }
    return taken;
  }
}
