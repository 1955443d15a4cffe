/**
 * What a transport offers to the host, and TCP. Accepting is gated before any work is done for a
 * stranger.
 */
@NullMarked
package xf.libp2p.transport;

import org.jspecify.annotations.NullMarked;
