package xf.libp2p.negotiate;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.function.Predicate;

/**
 * Agreement on a protocol's name over a channel (multistream-select 1.0). Both calls are made on
 * the event loop, add a handler at the end of the pipeline, read as needed (the channel may have
 * {@code autoRead} off) and take the handler out again; bytes that came after the agreement are
 * fired on to the next handler. Failures are {@link xf.gossip.net.NetworkException}s; the caller
 * minds timeout and closing.
 */
public interface Negotiation {
  /**
   * Proposes protocols in order, first the best; the result is the one agreed on. A single protocol
   * is proposed together with what the caller writes next, without waiting, only if the caller
   * writes before the future completes.
   */
  Future<String> propose(Channel channel, List<String> protocols);

  /** Waits for the peer to propose one that is supported. */
  Future<String> accept(Channel channel, Predicate<String> supported);
}
