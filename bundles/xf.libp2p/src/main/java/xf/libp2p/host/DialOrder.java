package xf.libp2p.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;

/**
 * In which order addresses of one peer are tried: QUIC before TCP (fewer round trips, faster
 * encryption), and within each the two IP families by turns, IPv6 first (RFC 8305 section 4).
 */
final class DialOrder {
  private DialOrder() {}

  static List<Multiaddr> sort(Collection<Multiaddr> addresses) {
    List<Multiaddr> sorted = new ArrayList<>(addresses.size());
    sorted.addAll(byTurns(addresses.stream().filter(DialOrder::isQuic).toList()));
    sorted.addAll(byTurns(addresses.stream().filter(address -> !isQuic(address)).toList()));
    return sorted;
  }

  private static boolean isQuic(Multiaddr address) {
    return address.has(MultiaddrProtocol.QUIC_V1);
  }

  private static List<Multiaddr> byTurns(List<Multiaddr> addresses) {
    Deque<Multiaddr> six = new ArrayDeque<>();
    Deque<Multiaddr> four = new ArrayDeque<>();
    addresses.forEach(address -> (address.has(MultiaddrProtocol.IP6) ? six : four).add(address));
    List<Multiaddr> mixed = new ArrayList<>(addresses.size());
    while (!six.isEmpty() || !four.isEmpty()) {
      if (!six.isEmpty()) {
        mixed.add(six.remove());
      }
      if (!four.isEmpty()) {
        mixed.add(four.remove());
      }
    }
    return mixed;
  }
}
