package xf.testkit.net;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.ConnectionInfo;
import xf.gossip.net.Deadlines;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkException;
import xf.gossip.net.PeerId;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamAcceptor;
import xf.gossip.net.StreamHandler;

/** One side of a connection; its twin is the other. Messages keep their order. */
final class MemoryConnection implements Connection {
  private final MemoryNetwork network;
  private final PeerId remotePeer;
  private final Multiaddr local;
  private final Multiaddr remote;
  private final boolean initiator;
  private final long id;
  private final long openedAtNs;
  private final Set<MemoryStream> streams = new LinkedHashSet<>();
  private @Nullable MemoryConnection twin;
  private @Nullable Duration roundTrip;
  private @Nullable CloseReason closed;
  private long latestArrivalNs;
  private long bytesIn;
  private long bytesOut;

  MemoryConnection(
      MemoryNetwork network,
      PeerId remotePeer,
      Multiaddr local,
      Multiaddr remote,
      boolean initiator) {
    this.network = network;
    this.remotePeer = remotePeer;
    this.local = local;
    this.remote = remote;
    this.initiator = initiator;
    this.id = network.fabric().nextConnection();
    this.openedAtNs = network.timers().nowNs();
  }

  void attach(MemoryConnection other) {
    twin = other;
  }

  MemoryNetwork network() {
    return network;
  }

  private MemoryConnection twin() {
    return Objects.requireNonNull(twin, "attached before use");
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public PeerId remotePeer() {
    return remotePeer;
  }

  @Override
  public ConnectionInfo info() {
    return new ConnectionInfo(
        id,
        remotePeer,
        local,
        remote,
        initiator,
        "memory",
        "none",
        "memory",
        Duration.ofNanos(network.timers().nowNs() - openedAtNs),
        Optional.ofNullable(roundTrip),
        streams.size(),
        bytesIn,
        bytesOut);
  }

  @Override
  public boolean isOpen() {
    return closed == null;
  }

  /** What the other side does when this arrives; lost if the link is cut by then. */
  void send(Runnable arrival) {
    latestArrivalNs =
        Math.max(latestArrivalNs, network.timers().nowNs() + network.fabric().delayNs());
    network
        .timers()
        .schedule(
            Duration.ofNanos(latestArrivalNs - network.timers().nowNs()), () -> arrive(arrival));
  }

  private void arrive(Runnable arrival) {
    if (network.fabric().isCut(network.peerId(), remotePeer)) {
      CloseReason reason = CloseReason.local(CloseReason.Kind.TRANSPORT, "the link is cut");
      twin().end(reason);
      end(reason);
    } else {
      arrival.run();
    }
  }

  /** Runs a task of our own after the current one. */
  void later(Runnable task) {
    network.timers().schedule(Duration.ZERO, task);
  }

  void countIn(int lengthBytes) {
    bytesIn += lengthBytes;
  }

  void countOut(int lengthBytes) {
    bytesOut += lengthBytes;
  }

  void forget(MemoryStream stream) {
    streams.remove(stream);
  }

  int streamCount() {
    return streams.size();
  }

  MemoryNetwork twinNetwork() {
    return twin().network;
  }

  /** There and back. */
  void ping(Runnable back) {
    send(() -> twin().send(back));
  }

  void measured(Duration time) {
    roundTrip = time;
  }

  @Override
  public CompletableFuture<Stream> openStream(
      List<ProtocolId> protocols, StreamHandler handler, Duration timeout) {
    CompletableFuture<Stream> result = new CompletableFuture<>();
    if (closed != null) {
      result.completeExceptionally(closed.toException());
      return result;
    }
    if (streams.size() >= network.limits().streamsPerConnection()) {
      network.countRefusal();
      result.completeExceptionally(
          CloseReason.local(CloseReason.Kind.LIMIT, "no more streams over this connection")
              .toException());
      return result;
    }
    send(() -> twin().acceptStream(protocols, handler, result));
    return Deadlines.limit(network.timers(), result, timeout, "opening a stream");
  }

  private void acceptStream(
      List<ProtocolId> protocols, StreamHandler theirs, CompletableFuture<Stream> result) {
    Optional<ProtocolId> agreed = protocols.stream().filter(network::speaks).findFirst();
    if (closed != null || agreed.isEmpty()) {
      refuse(
          result,
          CloseReason.remote(
              CloseReason.Kind.NOT_SUPPORTED, "the peer speaks none of " + protocols));
      return;
    }
    if (streams.size() >= network.limits().streamsPerConnection()) {
      network.countRefusal();
      refuse(result, CloseReason.remote(CloseReason.Kind.LIMIT, "the peer takes no more streams"));
      return;
    }
    MemoryStream ours = new MemoryStream(this, agreed.get(), false);
    MemoryStream opened = new MemoryStream(twin(), agreed.get(), true);
    StreamAcceptor acceptor = network.acceptor(agreed.get());
    try {
      ours.attach(opened, acceptor.accept(ours));
    } catch (NetworkException e) {
      refuse(result, e.reason());
      return;
    }
    opened.attach(ours, theirs);
    streams.add(ours);
    later(ours::open);
    send(() -> twin().completeOpen(opened, result));
  }

  private void refuse(CompletableFuture<Stream> result, CloseReason reason) {
    send(() -> result.completeExceptionally(reason.toException()));
  }

  private void completeOpen(MemoryStream opened, CompletableFuture<Stream> result) {
    if (closed != null || result.isDone()) {
      opened.reset(CloseReason.local(CloseReason.Kind.REQUESTED, "nobody waits for this stream"));
      return;
    }
    streams.add(opened);
    opened.open();
    result.complete(opened);
  }

  @Override
  public CompletableFuture<Void> close(CloseReason reason) {
    shut(reason);
    return CompletableFuture.completedFuture(null);
  }

  void shut(CloseReason reason) {
    if (closed == null) {
      send(() -> twin().end(new CloseReason(reason.kind(), true, reason.code(), reason.detail())));
      end(reason);
    }
  }

  void end(CloseReason reason) {
    if (closed == null) {
      closed = reason;
      new ArrayList<>(streams).forEach(stream -> stream.end(reason));
      network.onClosed(this, reason);
    }
  }
}
