package xf.testkit.net;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerId;

/**
 * What the peers of one test are wired to: who listens where, how long bytes take, which links are
 * cut. For one thread, the one that advances the timers.
 */
public final class MemoryFabric {
  private record Link(PeerId one, PeerId other) {
    static Link of(PeerId a, PeerId b) {
      return a.compareTo(b) < 0 ? new Link(a, b) : new Link(b, a);
    }
  }

  private final VirtualTimers timers;
  private final SplittableRandom random;
  private final Duration latency;
  private final Duration jitter;
  private final Map<Multiaddr, MemoryNetwork> listeners = new HashMap<>();
  private final Set<Link> cut = new HashSet<>();
  private int ports = 1;
  private long connections;

  /** A fabric on which bytes take {@code latency}, and up to {@code jitter} more, one way. */
  public MemoryFabric(VirtualTimers timers, long seed, Duration latency, Duration jitter) {
    this.timers = timers;
    this.random = new SplittableRandom(seed);
    this.latency = latency;
    this.jitter = jitter;
  }

  /** A new peer on this fabric. */
  public MemoryNetwork join(NetworkIdentity identity, NetworkLimits limits) {
    return new MemoryNetwork(this, identity, limits);
  }

  /** The clock. */
  public VirtualTimers timers() {
    return timers;
  }

  /** Cuts a link: bytes are lost, connections fail as soon as bytes are sent. */
  public void cut(PeerId a, PeerId b) {
    cut.add(Link.of(a, b));
  }

  /** Mends a link for connections made from now on. */
  public void mend(PeerId a, PeerId b) {
    cut.remove(Link.of(a, b));
  }

  boolean isCut(PeerId a, PeerId b) {
    return cut.contains(Link.of(a, b));
  }

  long nextConnection() {
    return ++connections;
  }

  Multiaddr bind(MemoryNetwork network, Multiaddr wanted) {
    Multiaddr address =
        wanted.toString().equals("/memory/0") ? Multiaddr.parse("/memory/" + ports++) : wanted;
    if (listeners.putIfAbsent(address, network) != null) {
      throw new IllegalStateException("somebody listens at " + address);
    }
    return address;
  }

  void unbind(Multiaddr address) {
    listeners.remove(address);
  }

  @Nullable MemoryNetwork listenerAt(Multiaddr address) {
    return listeners.get(address);
  }

  /** One way's time for one message; order within a connection is its own business. */
  long delayNs() {
    long extra = jitter.isZero() ? 0 : random.nextLong(jitter.toNanos());
    return latency.toNanos() + extra;
  }
}
