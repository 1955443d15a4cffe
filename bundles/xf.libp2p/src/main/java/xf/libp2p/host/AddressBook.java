package xf.libp2p.host;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;
import xf.gossip.net.Timers;

/**
 * Where peers are, each address for a limited time. Bounded: of one peer the addresses that hold
 * longest are kept, of all peers those that were asked for or fed last. For any thread.
 */
public final class AddressBook {
  private final Timers timers;
  private final int maxPeers;
  private final int maxAddressesPerPeer;
  private final Map<PeerId, Map<Multiaddr, Long>> expiries = new LinkedHashMap<>(16, 0.75f, true);

  /** A book of so many peers with so many addresses each. */
  public AddressBook(Timers timers, int maxPeers, int maxAddressesPerPeer) {
    this.timers = timers;
    this.maxPeers = maxPeers;
    this.maxAddressesPerPeer = maxAddressesPerPeer;
  }

  /** Adds addresses; one that is there already holds for the longer of both times. */
  public synchronized void add(PeerId peer, Collection<Multiaddr> addresses, Duration timeToLive) {
    long expiryNs = timers.nowNs() + timeToLive.toNanos();
    Map<Multiaddr, Long> known = expiries.computeIfAbsent(peer, p -> new LinkedHashMap<>());
    for (Multiaddr address : addresses) {
      if (address.peerId().map(peer::equals).orElse(true)) {
        address.withoutPeer().ifPresent(bare -> known.merge(bare, expiryNs, AddressBook::later));
      }
    }
    dropExpired(known);
    dropBeyondLimit(known);
    if (known.isEmpty()) {
      expiries.remove(peer);
    }
    if (expiries.size() > maxPeers) {
      expiries.remove(expiries.keySet().iterator().next());
    }
  }

  /** The addresses that hold now, the one that holds longest first. */
  public synchronized List<Multiaddr> find(PeerId peer) {
    Map<Multiaddr, Long> known = expiries.get(peer);
    if (known == null) {
      return List.of();
    }
    dropExpired(known);
    List<Multiaddr> found = new ArrayList<>(known.keySet());
    found.sort(Comparator.comparingLong((Multiaddr address) -> age(known, address)).reversed());
    return found;
  }

  /** How many peers are in it. */
  public synchronized int size() {
    return expiries.size();
  }

  private long age(Map<Multiaddr, Long> known, Multiaddr address) {
    return known.getOrDefault(address, 0L) - timers.nowNs();
  }

  private void dropExpired(Map<Multiaddr, Long> known) {
    long nowNs = timers.nowNs();
    known.values().removeIf(expiryNs -> expiryNs - nowNs <= 0);
  }

  private void dropBeyondLimit(Map<Multiaddr, Long> known) {
    while (known.size() > maxAddressesPerPeer) {
      Multiaddr shortest =
          known.keySet().stream()
              .min(Comparator.comparingLong(address -> age(known, address)))
              .orElseThrow();
      known.remove(shortest);
    }
  }

  private static Long later(Long one, Long other) {
    return one - other > 0 ? one : other;
  }
}
