package xf.gossip.sync;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.GroupId;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkEvent;
import xf.gossip.net.PeerId;
import xf.gossip.net.PeerInfo;
import xf.gossip.net.Stream;

/**
 * Keeps the members of groups connected: opens a session to each that is due, waits longer after
 * each failure, and lets the smaller peer id call first. Used under the engine's lock.
 */
final class Connector {
  private static final Logger LOG = LoggerFactory.getLogger(Connector.class);
  private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration ADDRESS_TTL = Duration.ofHours(1);
  private static final Duration YIELD = Duration.ofSeconds(2);
  private static final int MAX_DIALS = 16;

  private final SyncEngine engine;
  private final Network network;
  private final MemberTable members;
  private final Retry retry;

  Connector(SyncEngine engine, Network network, MemberTable members, Retry retry) {
    this.engine = engine;
    this.network = network;
    this.members = members;
    this.retry = retry;
  }

  void onNetwork(NetworkEvent event) {
    if (event instanceof NetworkEvent.PeerIdentified identified) {
      PeerInfo info = identified.peer();
      if (info.protocols().contains(SyncEngine.PROTOCOL)) {
        engine.later(() -> engine.groups().forEach(group -> meet(group, info.peer())));
      }
    } else if (event instanceof NetworkEvent.PeerDiscovered discovered) {
      CompletableFuture<Connection> unused =
          network
              .dial(discovered.peer(), DIAL_TIMEOUT)
              .whenComplete(
                  (connection, failure) -> {
                    if (failure != null) {
                      LOG.debug("discovered peer cannot be reached: {}", "" + failure);
                    }
                  });
    }
  }

  /** A peer that speaks the protocol is here: the smaller id calls, the other one waits for it. */
  private void meet(SyncedGroup running, PeerId peer) {
    if (network.peerId().compareTo(peer) > 0) {
      retry.yieldTo(running.id(), peer, network.timers().nowNs());
      network.timers().schedule(YIELD, () -> engine.later(() -> connect(running, peer)));
    } else {
      connect(running, peer);
    }
  }

  void connectMembers() {
    for (SyncedGroup running : engine.groups()) {
      for (MemberTable.Entry entry : members.members(running.id())) {
        connect(running, entry.peer());
      }
    }
  }

  private void connect(SyncedGroup running, PeerId peer) {
    GroupId group = running.id();
    long nowNs = network.timers().nowNs();
    if (running.links.containsKey(peer)
        || running.dialling.contains(peer)
        || running.dialling.size() >= MAX_DIALS
        || !engine.isCurrent(running)
        || !retry.isDue(group, peer, nowNs)) {
      return;
    }
    running.dialling.add(peer);
    members.members(group).stream()
        .filter(entry -> entry.peer().equals(peer) && !entry.addresses().isEmpty())
        .forEach(entry -> network.learn(peer, entry.addresses(), ADDRESS_TTL));
    StreamLink link = new StreamLink(engine.streams(), peer, true, group);
    CompletableFuture<Stream> unused =
        network
            .openStream(peer, List.of(SyncEngine.PROTOCOL), link, DIAL_TIMEOUT)
            .whenComplete((stream, failure) -> engine.later(() -> dialled(running, peer, failure)));
  }

  private void dialled(SyncedGroup running, PeerId peer, @Nullable Throwable failure) {
    running.dialling.remove(peer);
    if (failure != null) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      retry.failed(
          running.id(), peer, network.timers().nowNs(), String.valueOf(cause.getMessage()));
    }
  }

  boolean isRefused(SyncedGroup running, PeerId peer, long nowNs) {
    return retry
        .find(running.id(), peer)
        .filter(wait -> wait.isRefusal() && nowNs < wait.untilNs())
        .isPresent();
  }

  /** A session is over, or an attempt at one. */
  void onClosed(SyncedGroup running, StreamLink link, CloseReason reason) {
    GroupId group = running.id();
    long nowNs = network.timers().nowNs();
    if (retry.find(group, link.peer()).filter(Retry.Wait::isRefusal).isPresent()) {
      return;
    }
    if (!link.isProved() && !members.has(group, link.peer())) {
      retry.notAMember(group, link.peer(), nowNs);
    } else {
      retry.failed(group, link.peer(), nowNs, reason.toString());
    }
  }
}
