package xf.libp2p.service;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.ErrorCode;
import xf.event.XfException;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.libp2p.host.HostConfig;
import xf.libp2p.host.HostFactory;
import xf.libp2p.host.HostOptions;
import xf.libp2p.host.Libp2pHost;

/**
 * The host as a service. It is registered once it lives and taken back before it dies, so nobody
 * holds one that is half closed; deactivation waits until its sockets and threads are gone, so that
 * the next one finds its ports free.
 */
@Component(
    service = {},
    configurationPid = NetworkSettings.PID,
    immediate = true)
@Designate(ocd = NetworkSettings.class)
@Capability(
    namespace = "osgi.service",
    attribute = {"objectClass:List<String>=\"xf.gossip.net.Network\"", "effective:=active"})
public final class NetworkComponent {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkComponent.class);
  private static final long CLOSE_TIMEOUT_S = 10;

  private final Libp2pHost host;
  private final ServiceRegistration<Network> registration;

  /** Starts a host and listens where it is told to. */
  @Activate
  public NetworkComponent(
      BundleContext context, NetworkSettings settings, @Reference NetworkIdentity identity) {
    List<Multiaddr> listen = listenAddresses(settings);
    this.host = HostFactory.start(identity, options(settings));
    listenAt(listen, 0);
    this.registration = context.registerService(Network.class, host, null);
    LOG.info("Network is up as {}", host.peerId());
  }

  private static List<Multiaddr> listenAddresses(NetworkSettings settings) {
    List<Multiaddr> addresses = new ArrayList<>();
    for (String text : settings.listen()) {
      if (!text.isBlank()) {
        addresses.add(Multiaddr.parse(text.strip()));
      }
    }
    // IPv6 first: its wildcard takes IPv4 too, so an IPv4 one at the same port must come after.
    addresses.sort(Comparator.comparing(address -> !address.has(MultiaddrProtocol.IP6)));
    return addresses;
  }

  /**
   * One after the other: an IPv4 wildcard joins the IPv6 one at its port. A port in use is no
   * reason to have no network: peers can still be dialled.
   */
  private void listenAt(List<Multiaddr> addresses, int next) {
    if (next < addresses.size()) {
      var unused =
          host.listen(addresses.get(next))
              .whenComplete(
                  (bound, failure) -> {
                    if (failure != null) {
                      LOG.error("{}; the network goes on without it", failure.getMessage());
                    }
                    listenAt(addresses, next + 1);
                  });
    }
  }

  static HostOptions options(NetworkSettings settings) {
    try {
      HostConfig config =
          new HostConfig(
              limits(settings),
              HostConfig.DEFAULT.protocolVersion(),
              settings.agent(),
              settings.tellAddresses(),
              Duration.ofSeconds(settings.keepAliveS()),
              HostConfig.DEFAULT.identifyTimeout());
      return new HostOptions(
          config,
          settings.threads(),
          settings.tcp(),
          settings.quic(),
          settings.noise(),
          settings.tls(),
          settings.mplex());
    } catch (IllegalArgumentException e) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION,
          "configuration " + NetworkSettings.PID + ": " + e.getMessage(),
          e);
    }
  }

  private static NetworkLimits limits(NetworkSettings settings) {
    NetworkLimits base = profile(settings.profile());
    int connections = orElse(settings.connections(), base.connections());
    return new NetworkLimits(
        connections,
        Math.max(1, (int) ((long) connections * base.connectionsLow() / base.connections())),
        orElse(settings.connectionsPerPeer(), base.connectionsPerPeer()),
        orElse(settings.halfOpen(), base.halfOpen()),
        orElse(settings.halfOpenPerAddress(), base.halfOpenPerAddress()),
        orElse(settings.dials(), base.dials()),
        orElse(settings.streamsPerConnection(), base.streamsPerConnection()),
        orElse(settings.streams(), base.streams()),
        orElse(settings.windowBytes(), base.windowBytes()),
        bytesPerPeer(settings, base),
        settings.bytes() == 0 ? base.bytes() : settings.bytes(),
        orElse(settings.bytesQueuedPerStream(), base.bytesQueuedPerStream()),
        orElse(settings.handshakeTimeoutMs(), base.handshakeTimeoutMs()),
        orElse(settings.negotiationTimeoutMs(), base.negotiationTimeoutMs()));
  }

  private static long bytesPerPeer(NetworkSettings settings, NetworkLimits base) {
    if (settings.bytesPerPeer() != 0) {
      return settings.bytesPerPeer();
    }
    return settings.bytes() == 0 ? base.bytesPerPeer() : Math.max(1, settings.bytes() / 8);
  }

  private static NetworkLimits profile(String name) {
    return switch (name) {
      case "desktop" -> NetworkLimits.DEFAULT;
      case "mobile" -> NetworkLimits.MOBILE;
      default ->
          throw new IllegalArgumentException(
              "profile: expected desktop or mobile, got '" + name + "'");
    };
  }

  private static int orElse(int given, int otherwise) {
    return given == 0 ? otherwise : given;
  }

  /** Closes the host and waits for it. */
  @Deactivate
  public void close() {
    registration.unregister();
    try {
      host.close().get(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.warn("Interrupted while the network closes; it closes on its own");
    } catch (ExecutionException | TimeoutException e) {
      LOG.error("The network is not closed after {} s", CLOSE_TIMEOUT_S, e);
    }
  }
}
