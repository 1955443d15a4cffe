package xf.libp2p.host;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.NetworkLimits;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.transport.ConnectionAttempt;
import xf.libp2p.transport.ConnectionGate;
import xf.libp2p.transport.StreamInitializers;
import xf.libp2p.transport.UpgradedConnection;

/**
 * Bounds the handshakes that strangers begin. When all places are taken the oldest handshake gives
 * way, first one from the same address: an honest peer needs milliseconds, so it gets through
 * between those that only hold places. For any thread.
 */
final class HalfOpenGate implements ConnectionGate {
  private static final int IPV6_PREFIX_BYTES = 8;

  /** What follows once a place was given. */
  @FunctionalInterface
  interface Attempts {
    ConnectionAttempt begin();
  }

  private final NetworkLimits limits;
  private final Counters counters;
  private final Attempts attempts;
  private final Strangers strangers;
  private final Set<Place> places = new LinkedHashSet<>();
  private final Map<String, Integer> perAddress = new HashMap<>();

  HalfOpenGate(NetworkLimits limits, Counters counters, Strangers strangers, Attempts attempts) {
    this.limits = limits;
    this.counters = counters;
    this.strangers = strangers;
    this.attempts = attempts;
  }

  @Override
  public ConnectionAttempt admit(InetSocketAddress remote, Runnable abort) {
    Place place = new Place(remote, abort, attempts.begin());
    Place evicted = enter(place);
    if (evicted != null) {
      counters.refused.increment();
      evicted.abort.run();
    }
    return place;
  }

  private synchronized @Nullable Place enter(Place place) {
    Place evicted = null;
    if (perAddress.getOrDefault(place.address, 0) >= limits.halfOpenPerAddress()) {
      evicted = oldest(place.address);
    } else if (places.size() >= limits.halfOpen()) {
      evicted = places.iterator().next();
    }
    if (evicted != null) {
      leave(evicted);
    }
    places.add(place);
    perAddress.merge(place.address, 1, Integer::sum);
    return evicted;
  }

  private @Nullable Place oldest(String address) {
    Iterator<Place> all = places.iterator();
    while (all.hasNext()) {
      Place place = all.next();
      if (place.address.equals(address)) {
        return place;
      }
    }
    return null;
  }

  private synchronized void leave(Place place) {
    if (places.remove(place)) {
      perAddress.merge(
          place.address, -1, (was, less) -> was + less == 0 ? null : Integer.valueOf(was + less));
    }
  }

  /** Half the places are taken: more than honest peers need at a time. */
  @Override
  public synchronized boolean isCrowded() {
    return places.size() >= Math.max(1, limits.halfOpen() / 2);
  }

  synchronized int size() {
    return places.size();
  }

  /** One IPv6 customer has a whole /64. */
  private static String addressKey(InetSocketAddress remote) {
    byte[] raw = remote.getAddress().getAddress();
    return HexFormat.of()
        .formatHex(raw.length > IPV6_PREFIX_BYTES ? Arrays.copyOf(raw, IPV6_PREFIX_BYTES) : raw);
  }

  /** A handshake under way. */
  private final class Place implements ConnectionAttempt {
    private final InetSocketAddress remote;
    private final String address;
    private final Runnable abort;
    private final ConnectionAttempt attempt;
    private boolean known;

    Place(InetSocketAddress remote, Runnable abort, ConnectionAttempt attempt) {
      this.remote = remote;
      this.address = addressKey(remote);
      this.abort = abort;
      this.attempt = attempt;
    }

    @Override
    public StreamInitializers secured(SecuredPeer peer) {
      StreamInitializers streams = attempt.secured(peer);
      known = true; // from here on, what goes wrong is on the peer's page
      return streams;
    }

    @Override
    public void opened(UpgradedConnection connection) {
      leave(this);
      attempt.opened(connection);
    }

    @Override
    public void failed(CloseReason reason) {
      leave(this);
      if (!known) {
        strangers.failed(remote, reason);
        counters.failed.increment();
      }
      attempt.failed(reason);
    }
  }
}
