package xf.libp2p.host;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkException;
import xf.gossip.net.PeerId;
import xf.gossip.net.Timers;
import xf.libp2p.transport.Transport;
import xf.libp2p.transport.UpgradedConnection;

/**
 * Tries the addresses of one peer: a quarter of a second apart, the next at once when one fails,
 * and the first that is secured and muxed wins (RFC 8305). The others are given up. For any thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's listeners; results arrive in the promise
final class DialRace {
  private static final Duration STAGGER = Duration.ofMillis(250);

  private final DialContext context;
  private final @Nullable PeerId expected;
  private final Deque<Multiaddr> waiting;
  private final Set<Future<UpgradedConnection>> running = new HashSet<>();
  private final CompletableFuture<HostConnection> result = new CompletableFuture<>();
  private @Nullable NetworkException worst;
  private Timers.@Nullable Timer stagger;

  /** What a race needs of its dialler. */
  interface DialContext {
    Timers timers();

    /** The transport for an address that passed the dialler's filter. */
    Transport transport(Multiaddr address);

    HostAttempt newAttempt();

    void succeeded(Multiaddr address);

    void failed(Multiaddr address);
  }

  DialRace(DialContext context, @Nullable PeerId expected, Collection<Multiaddr> addresses) {
    this.context = context;
    this.expected = expected;
    this.waiting = new ArrayDeque<>(DialOrder.sort(addresses));
  }

  /** Begins; cancelling the future gives all of it up. */
  CompletableFuture<HostConnection> start() {
    var unused = result.whenComplete((connection, failure) -> giveUpTheRest());
    next();
    return result;
  }

  private void next() {
    Multiaddr address;
    synchronized (this) {
      if (stagger != null) {
        stagger.cancel();
        stagger = null;
      }
      address = result.isDone() ? null : waiting.poll();
      if (address != null && !waiting.isEmpty()) {
        stagger = context.timers().schedule(STAGGER, this::next);
      }
    }
    if (address != null) {
      dial(address);
    }
  }

  private void dial(Multiaddr address) {
    HostAttempt attempt = context.newAttempt();
    PeerId peer = expected != null ? expected : address.peerId().orElse(null);
    Future<UpgradedConnection> dial = context.transport(address).dial(address, peer, attempt);
    synchronized (this) {
      running.add(dial);
    }
    dial.addListener((FutureListener<UpgradedConnection>) done -> onDone(address, attempt, done));
    if (result.isDone()) {
      dial.cancel(false);
    }
  }

  private void onDone(Multiaddr address, HostAttempt attempt, Future<UpgradedConnection> done) {
    synchronized (this) {
      running.remove(done);
    }
    if (done.isSuccess()) {
      context.succeeded(address);
      win(attempt.requireConnection());
    } else if (!result.isDone()) {
      context.failed(address);
      lose(Futures.typed(done.cause()));
    }
  }

  private void win(HostConnection connection) {
    if (!result.complete(connection)) {
      var unused =
          connection.close(
              CloseReason.local(CloseReason.Kind.REQUESTED, "another address was faster"));
    }
  }

  private void lose(NetworkException failure) {
    boolean over;
    NetworkException told;
    synchronized (this) {
      worst = worst == null ? failure : moreTelling(worst, failure);
      told = worst;
      over = waiting.isEmpty() && running.isEmpty();
    }
    if (over) {
      result.completeExceptionally(told);
    } else {
      next();
    }
  }

  /** A peer that answered wrongly says more than an address where nobody is. */
  private static NetworkException moreTelling(NetworkException one, NetworkException other) {
    return one.reason().kind() == CloseReason.Kind.TRANSPORT ? other : one;
  }

  private void giveUpTheRest() {
    List<Future<UpgradedConnection>> rest;
    synchronized (this) {
      if (stagger != null) {
        stagger.cancel();
      }
      waiting.clear();
      rest = List.copyOf(running);
    }
    rest.forEach(dial -> dial.cancel(false));
  }
}
