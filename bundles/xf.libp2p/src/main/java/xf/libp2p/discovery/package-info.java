/**
 * Finding peers on the local network (libp2p mDNS discovery). A component of its own, so that it
 * can be switched off.
 */
@NullMarked
package xf.libp2p.discovery;

import org.jspecify.annotations.NullMarked;
