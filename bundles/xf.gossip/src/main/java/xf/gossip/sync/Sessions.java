package xf.gossip.sync;

import org.jspecify.annotations.Nullable;
import xf.gossip.net.PeerId;

/** Finds the open session with a peer. */
@FunctionalInterface
interface Sessions {
  /** The session whose membership is proved, or null. */
  @Nullable PeerSession find(PeerId peer);
}
