package xf.libp2p.host;

import java.util.ArrayList;
import java.util.List;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Timers;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.protocol.Identify;
import xf.libp2p.record.PeerRecord;

/** What a host says about itself. The signed record is made anew when the addresses change. */
final class HostSelf implements Identify.Self {
  private final NetworkIdentity identity;
  private final HostConfig config;
  private final OwnAddresses own;
  private final ProtocolTable protocols;
  private final Timers timers;
  private List<Multiaddr> signedAddresses = List.of();
  private byte[] signedRecord = new byte[0];

  HostSelf(
      NetworkIdentity identity,
      HostConfig config,
      OwnAddresses own,
      ProtocolTable protocols,
      Timers timers) {
    this.identity = identity;
    this.config = config;
    this.own = own;
    this.protocols = protocols;
    this.timers = timers;
  }

  @Override
  public PublicKey publicKey() {
    return PublicKey.of(identity.publicKey());
  }

  @Override
  public List<Multiaddr> addresses() {
    return config.tellAddresses() ? own.advertised() : List.of();
  }

  @Override
  public List<ProtocolId> protocols() {
    return new ArrayList<>(protocols.names());
  }

  @Override
  public String protocolVersion() {
    return config.protocolVersion();
  }

  @Override
  public String agentVersion() {
    return config.agentVersion();
  }

  @Override
  public synchronized byte[] signedRecord() {
    List<Multiaddr> now = addresses();
    if (now.isEmpty()) {
      return new byte[0];
    }
    if (!now.equals(signedAddresses)) {
      signedAddresses = now;
      signedRecord = PeerRecord.seal(identity, timers.wallClockMs(), now);
    }
    return signedRecord.clone();
  }
}
