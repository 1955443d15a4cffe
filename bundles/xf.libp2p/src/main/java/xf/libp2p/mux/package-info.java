/**
 * Muxers: many streams over one secured channel, each a Netty child channel with its own window.
 * All on the connection's event loop. The rules of stream channels are in the package xf.libp2p.
 */
@NullMarked
package xf.libp2p.mux;

import org.jspecify.annotations.NullMarked;
