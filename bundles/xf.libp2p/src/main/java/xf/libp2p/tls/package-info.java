/**
 * TLS 1.3 as libp2p uses it: certificates that carry the identity key in an extension, both sides
 * authenticated; for TCP as a handshake of its own, for QUIC as part of the transport.
 *
 * <p>Everything is parsed with Bouncy Castle: the JDK refuses the certificates of js and rust,
 * whose issuer is empty. Handshakes run on the channel's event loop; certificates are values for
 * any thread. Failures are {@link xf.libp2p.wire.WireException}s.
 */
@NullMarked
package xf.libp2p.tls;

import org.jspecify.annotations.NullMarked;
