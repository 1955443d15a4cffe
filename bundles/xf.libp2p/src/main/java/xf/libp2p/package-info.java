/**
 * A libp2p host: {@link xf.gossip.net.Network} over TCP and QUIC.
 *
 * <p><b>From socket to stream.</b> Each step is a few Netty handlers that take themselves out of
 * the pipeline when done, and a promise for their result:
 *
 * <pre>
 * TCP:   raw Channel (autoRead off until a handler wants bytes)
 *          multistream-select      xf.libp2p.negotiate.Negotiation  -&gt; "/noise" or "/tls/1.0.0"
 *          SecurityProtocol        xf.libp2p.security               -&gt; SecuredPeer
 *                                  (peer id, key, early muxer); the pipeline now carries plaintext
 *          multistream-select      unless the handshake agreed on a muxer
 *          MuxerProtocol           xf.libp2p.mux                    -&gt; MuxedConnection
 * QUIC:  QuicChannel, secured and muxed by itself                   -&gt; SecuredPeer, MuxedConnection
 * both:  Transport delivers       xf.libp2p.transport.UpgradedConnection
 *        each stream: Netty child channel -&gt; multistream-select -&gt; StreamHandler of the API
 * </pre>
 *
 * <p><b>Stream channels</b>, whichever muxer makes them, obey the same rules, which are those of
 * Netty's {@code QuicStreamChannel}. They are {@link io.netty.channel.socket.DuplexChannel}s on
 * their connection's event loop, made with {@code autoRead} off; messages are {@link
 * io.netty.buffer.ByteBuf}s. Credit goes back to the peer when a buffer is fired up the pipeline,
 * which happens only after {@code read()}. The peer's FIN is {@link
 * io.netty.channel.socket.ChannelInputShutdownReadComplete} after the last byte; {@link
 * xf.libp2p.mux.StreamEnd} sends ours after what is queued. A reset by the peer is {@link
 * xf.libp2p.mux.StreamResetException} through {@code exceptionCaught}, then {@code
 * channelInactive}. Writability follows the peer's window and the water marks of the channel.
 * Closing a stream channel whose directions are not both finished resets it.
 *
 * <p><b>Failures</b> on the way up fail the promise with a {@link xf.gossip.net.NetworkException}
 * and close the channel; nothing else notices.
 *
 * <p><b>Threads.</b> One event-loop group for all of a host; everything of a connection happens on
 * its event loop. Nothing blocks on it.
 */
@NullMarked
package xf.libp2p;

import org.jspecify.annotations.NullMarked;
