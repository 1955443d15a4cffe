/**
 * The network as the layers above it see it: peers by key, connections, streams for protocols.
 *
 * <p><b>Who provides it.</b> {@code xf.libp2p} (TCP and QUIC), the in-memory network of the tests,
 * and the simulator. Nothing here names a socket, a thread or a library, so a protocol written
 * against {@link xf.gossip.net.Network} runs unchanged on all of them.
 *
 * <p><b>Threads.</b> Every method may be called from any thread and none blocks, except {@link
 * xf.gossip.net.Stream#readable} and {@link xf.gossip.net.Stream#consume}, which belong to the
 * stream's thread. Callbacks of one stream come one at a time, in order; they run on a thread of
 * the network's and must return soon. A callback that throws costs its stream ({@link
 * xf.gossip.net.CloseReason.Kind#HANDLER_FAILED}) and nothing else.
 *
 * <p><b>Waiting.</b> Whatever takes time returns a future, takes the longest time it may last, and
 * is abandoned when that future is cancelled or the time is over. (A future derived from it, by
 * {@code thenApply} and the like, does not pass a cancellation on: cancel the original.)
 *
 * <p><b>Back-pressure.</b> A peer may send a stream's window and no more until its bytes are
 * consumed; {@link xf.gossip.net.Stream#write} says when to stop and the handler is told when to go
 * on.
 *
 * <p><b>Failures</b> are {@link xf.gossip.net.NetworkException}s with a typed {@link
 * xf.gossip.net.CloseReason}.
 */
@Export
@Version("1.0.0")
@NullMarked
package xf.gossip.net;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
