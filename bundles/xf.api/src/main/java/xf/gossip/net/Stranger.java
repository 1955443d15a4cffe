package xf.gossip.net;

import java.net.InetSocketAddress;

/**
 * An incoming connection that ended before it had proved who it is.
 *
 * @param remote where it came from, as far as that can be believed
 * @param reason what ended it
 */
public record Stranger(InetSocketAddress remote, CloseReason reason) {}
