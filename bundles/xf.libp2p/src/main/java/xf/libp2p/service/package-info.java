/**
 * The host as OSGi components: configuration in, services out. What they do is done in {@code
 * xf.libp2p.host} and {@code xf.libp2p.discovery}.
 */
@NullMarked
package xf.libp2p.service;

import org.jspecify.annotations.NullMarked;
