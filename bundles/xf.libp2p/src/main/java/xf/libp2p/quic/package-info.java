/**
 * QUIC version 1: transport, security and muxer in one, on Netty's codec and its native library.
 *
 * <p>Certificates are libp2p's, checked both ways while the handshake runs. Received bytes wait in
 * the native library, within windows set when the connection begins. Everything of a connection
 * happens on the event loop of its UDP socket. Where the native library does not fit the platform
 * there is no QUIC: {@link xf.libp2p.quic.QuicTransport#open} says so once.
 */
@NullMarked
package xf.libp2p.quic;

import org.jspecify.annotations.NullMarked;
