/**
 * The host: transports below, xf.gossip.net.Network above. Connections, streams, limits, dials and
 * what is known about peers. State that several event loops share is guarded by its class;
 * everything of one stream happens on its connection's event loop.
 */
@NullMarked
package xf.libp2p.host;

import org.jspecify.annotations.NullMarked;
