package xf.gossip.net;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Is told what happens. Events come one at a time, in order for each peer, on a thread of the
 * network's; the listener must return soon. What it throws is logged and counted, nothing else.
 */
@ConsumerType
@FunctionalInterface
public interface NetworkListener {
  /** Something happened. */
  void onEvent(NetworkEvent event);
}
