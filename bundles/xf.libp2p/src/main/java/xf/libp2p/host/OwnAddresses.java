package xf.libp2p.host;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Timers;

/**
 * Where we listen, and under which addresses others may find that: a wildcard stands for every
 * address of the machine's interfaces, which are asked for anew every few seconds at most. For any
 * thread.
 */
final class OwnAddresses {
  private static final Logger LOG = LoggerFactory.getLogger(OwnAddresses.class);
  private static final long FRESH_NS = 5_000_000_000L;

  private final Timers timers;
  private final Set<Multiaddr> listening = new LinkedHashSet<>();
  private List<InetAddress> interfaces = List.of();
  private long interfacesAtNs;

  OwnAddresses(Timers timers) {
    this.timers = timers;
    this.interfacesAtNs = timers.nowNs() - FRESH_NS;
  }

  synchronized void add(Multiaddr address) {
    listening.add(address);
  }

  synchronized boolean remove(Multiaddr address) {
    return listening.remove(address);
  }

  synchronized List<Multiaddr> listening() {
    return List.copyOf(listening);
  }

  synchronized List<Multiaddr> advertised() {
    Set<Multiaddr> all = new LinkedHashSet<>();
    for (Multiaddr address : listening) {
      InetAddress ip = address.ipAddress().orElse(null);
      if (ip == null || !ip.isAnyLocalAddress()) {
        all.add(address);
      } else {
        interfaces().stream()
            .filter(own -> ip instanceof Inet4Address == own instanceof Inet4Address)
            .forEach(own -> all.add(address.withIpAddress(own)));
      }
    }
    return List.copyOf(all);
  }

  private List<InetAddress> interfaces() {
    if (timers.nowNs() - interfacesAtNs >= FRESH_NS) {
      interfacesAtNs = timers.nowNs();
      interfaces = readInterfaces();
    }
    return interfaces;
  }

  private static List<InetAddress> readInterfaces() {
    List<InetAddress> found = new ArrayList<>();
    try {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(ip -> !ip.isLinkLocalAddress() && !ip.isMulticastAddress())
          .forEach(found::add);
    } catch (SocketException e) {
      LOG.warn("Cannot ask for the machine's own addresses; none are advertised", e);
    }
    return found;
  }
}
