/** Our libp2p against js-libp2p, both ways, over loopback sockets. */
@NullMarked
package xf.interop;

import org.jspecify.annotations.NullMarked;
