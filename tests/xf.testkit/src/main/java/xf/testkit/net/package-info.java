/**
 * A network of peers inside one thread, in virtual time, and the contract that every {@link
 * xf.gossip.net.Network} keeps.
 *
 * <p>Everything here is driven by {@link xf.testkit.net.VirtualTimers}: nothing happens until the
 * test lets time pass, and the same seed gives the same run.
 */
@NullMarked
package xf.testkit.net;

import org.jspecify.annotations.NullMarked;
