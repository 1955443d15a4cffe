package xf.libp2p.host;

import java.time.Duration;
import xf.gossip.net.NetworkLimits;

/**
 * How a host behaves.
 *
 * @param limits what peers may have
 * @param protocolVersion the network we say we belong to
 * @param agentVersion the software we say we run; empty: not said
 * @param tellAddresses whether peers are told where we listen
 * @param keepAlive how often an open connection is pinged; zero: never
 * @param identifyTimeout how long identify may take
 */
public record HostConfig(
    NetworkLimits limits,
    String protocolVersion,
    String agentVersion,
    boolean tellAddresses,
    Duration keepAlive,
    Duration identifyTimeout) {

  /** What is right for most. */
  public static final HostConfig DEFAULT =
      new HostConfig(
          NetworkLimits.DEFAULT,
          "xf/1.0.0",
          "xaeroflux/0.1",
          true,
          Duration.ofSeconds(30),
          Duration.ofSeconds(10));

  /** The same with other limits. */
  public HostConfig withLimits(NetworkLimits newLimits) {
    return new HostConfig(
        newLimits, protocolVersion, agentVersion, tellAddresses, keepAlive, identifyTimeout);
  }
}
