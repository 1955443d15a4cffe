package xf.libp2p.transport;

import java.time.Duration;
import java.util.List;
import xf.gossip.net.Timers;
import xf.libp2p.mux.MuxerProtocol;
import xf.libp2p.negotiate.Negotiation;
import xf.libp2p.security.SecurityProtocol;

/**
 * How a plain channel becomes a secured, muxed connection.
 *
 * @param negotiation how protocols are agreed on
 * @param securities handshakes we do, best first
 * @param muxers muxers we have, best first
 * @param timers the clock
 * @param timeout how long all of it may take
 */
public record UpgradeConfig(
    Negotiation negotiation,
    List<SecurityProtocol> securities,
    List<MuxerProtocol> muxers,
    Timers timers,
    Duration timeout) {

  /** Keeps lists that nobody changes. */
  public UpgradeConfig {
    securities = List.copyOf(securities);
    muxers = List.copyOf(muxers);
    if (securities.isEmpty() || muxers.isEmpty()) {
      throw new IllegalArgumentException("at least one handshake and one muxer are needed");
    }
  }
}
