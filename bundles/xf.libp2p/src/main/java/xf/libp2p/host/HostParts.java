package xf.libp2p.host;

import io.netty.channel.EventLoopGroup;
import java.util.List;
import java.util.random.RandomGenerator;
import xf.gossip.net.Timers;
import xf.libp2p.negotiate.Negotiation;
import xf.libp2p.transport.Transport;

/**
 * What a host is put together from.
 *
 * @param loops the event loops; the host closes them
 * @param timers the clock
 * @param random for back-off and ping payloads; used by any thread
 * @param negotiation how streams agree on their protocol
 * @param transports the ways to reach peers; the host closes them
 */
public record HostParts(
    EventLoopGroup loops,
    Timers timers,
    RandomGenerator random,
    Negotiation negotiation,
    List<Transport> transports) {

  /** Keeps a list that nobody changes. */
  public HostParts {
    transports = List.copyOf(transports);
  }
}
