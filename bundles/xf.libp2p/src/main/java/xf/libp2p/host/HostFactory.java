package xf.libp2p.host;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.Timers;
import xf.libp2p.mux.MplexMuxer;
import xf.libp2p.mux.MuxerProtocol;
import xf.libp2p.mux.YamuxMuxer;
import xf.libp2p.negotiate.MultistreamSelect;
import xf.libp2p.negotiate.Negotiation;
import xf.libp2p.quic.QuicTransport;
import xf.libp2p.security.AeadSource;
import xf.libp2p.security.NoiseSecurity;
import xf.libp2p.security.SecurityProtocol;
import xf.libp2p.tls.TlsSecurity;
import xf.libp2p.transport.TcpTransport;
import xf.libp2p.transport.Transport;
import xf.libp2p.transport.UpgradeConfig;

/** Puts a host together on real sockets, real time and real randomness. */
public final class HostFactory {
  private final NetworkIdentity identity;
  private final HostOptions options;
  private final SecureRandom random = new SecureRandom();
  private final Negotiation negotiation = new MultistreamSelect();

  private HostFactory(NetworkIdentity identity, HostOptions options) {
    this.identity = identity;
    this.options = options;
  }

  /** A host that runs, listens nowhere yet, and belongs to the caller: close it. */
  public static Libp2pHost start(NetworkIdentity identity, HostOptions options) {
    return new HostFactory(identity, options).start();
  }

  private Libp2pHost start() {
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            options.eventLoops(),
            new DefaultThreadFactory("xf-net", true),
            NioIoHandler.newFactory());
    Timers timers = new EventLoopTimers(loops.next());
    HostParts parts = new HostParts(loops, timers, random, negotiation, transports(loops, timers));
    return new Libp2pHost(identity, options.config(), parts).start();
  }

  private List<Transport> transports(EventLoopGroup loops, Timers timers) {
    List<Transport> transports = new ArrayList<>(2);
    if (options.tcp()) {
      transports.add(new TcpTransport(loops, upgrade(timers)));
    }
    if (options.quic()) {
      QuicTransport.open(identity, options.config().limits(), loops, random, timers::wallClockMs)
          .ifPresent(transports::add);
    }
    return transports;
  }

  private UpgradeConfig upgrade(Timers timers) {
    List<SecurityProtocol> securities = new ArrayList<>(2);
    if (options.noise()) {
      securities.add(new NoiseSecurity(identity, random, AeadSource.best()));
    }
    if (options.tls()) {
      securities.add(new TlsSecurity(identity, random, timers::wallClockMs));
    }
    List<MuxerProtocol> muxers = new ArrayList<>(2);
    muxers.add(new YamuxMuxer(timers::nowNs));
    if (options.mplex()) {
      muxers.add(new MplexMuxer());
    }
    return new UpgradeConfig(
        negotiation,
        securities,
        muxers,
        timers,
        Duration.ofMillis(options.config().limits().handshakeTimeoutMs()));
  }
}
