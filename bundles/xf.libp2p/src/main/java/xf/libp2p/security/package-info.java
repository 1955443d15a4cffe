/**
 * Handshakes that prove who the peer is and encrypt what follows: Noise XX, TLS 1.3. All on the
 * channel's event loop; failures are typed and close the channel.
 */
@NullMarked
package xf.libp2p.security;

import org.jspecify.annotations.NullMarked;
