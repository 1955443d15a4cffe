/**
 * The network over loopback: our host on real sockets, beside what it is to be compared with. Runs
 * in a JVM of its own; js-libp2p in two processes of its own. Never shipped.
 */
@NullMarked
package xf.bench.net;

import org.jspecify.annotations.NullMarked;
