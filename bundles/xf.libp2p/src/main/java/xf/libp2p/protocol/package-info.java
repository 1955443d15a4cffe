/**
 * Protocols that every libp2p host speaks: identify, identify-push, ping; and echo. Written against
 * xf.gossip.net alone, so they run on any network.
 */
@NullMarked
package xf.libp2p.protocol;

import org.jspecify.annotations.NullMarked;
