package xf.gossip.sync;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import xf.event.GroupId;
import xf.gossip.ForkInfo;
import xf.gossip.LogProgress;
import xf.gossip.MemberInfo;
import xf.gossip.SessionInfo;
import xf.gossip.SyncStatus;
import xf.gossip.net.Network;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.store.EventStore;

/** Says where groups, logs and members stand. Used under the engine's lock. */
final class SyncReport {
  private final Network network;
  private final EventStore store;
  private final ForkTable forks;
  private final MemberTable members;
  private final Retry retry;

  SyncReport(Network network, EventStore store, ForkTable forks, MemberTable members, Retry retry) {
    this.network = network;
    this.store = store;
    this.forks = forks;
    this.members = members;
    this.retry = retry;
  }

  /** Members that are known, those with a session first. */
  List<MemberInfo> members(GroupId group, @Nullable SyncedGroup running) {
    List<MemberInfo> all = new ArrayList<>();
    for (MemberTable.Entry entry : members.members(group)) {
      StreamLink link = running == null ? null : running.links.get(entry.peer());
      boolean connected = link != null && link.isProved();
      all.add(
          new MemberInfo(group, entry.peer(), connected, entry.lastSeenMs(), entry.addresses()));
    }
    all.sort(
        Comparator.comparing(MemberInfo::connected)
            .thenComparing(MemberInfo::lastSeenMs)
            .reversed());
    return all;
  }

  SyncStatus status(GroupId group, @Nullable SyncedGroup running) {
    if (running == null) {
      return new SyncStatus(group, List.of(), 0, 0, 0, List.of());
    }
    List<LogProgress> logs = new ArrayList<>(running.state.progress());
    logs.sort(Comparator.comparingLong(LogProgress::missing).reversed());
    long have = logs.stream().mapToLong(LogProgress::have).sum();
    long want = logs.stream().mapToLong(LogProgress::want).sum();
    return new SyncStatus(
        group, logs, have, want, running.eventsPerSecond(), running.state.sessionInfos());
  }

  List<Checkpoint> heads(@Nullable SyncedGroup running) {
    return running == null
        ? List.of()
        : running.state.heads().all().stream().map(HeadTable.Entry::head).toList();
  }

  List<ForkInfo> forks() {
    return forks.all().stream()
        .map(each -> new ForkInfo(store.find(each.log()).map(log -> log.name()), each))
        .toList();
  }

  /** One sentence for each group that a peer has to do with; when there is none, one on that. */
  List<String> why(Collection<SyncedGroup> groups, PeerId peer) {
    if (peer.equals(network.peerId())) {
      return List.of("this is the device itself.");
    }
    List<String> sentences = new ArrayList<>();
    for (SyncedGroup running : groups) {
      why(running, peer)
          .ifPresent(sentence -> sentences.add("group " + running.id() + ": " + sentence));
    }
    return sentences.isEmpty() ? List.of(ofNoGroup(groups, peer)) : sentences;
  }

  /** Empty when the peer neither is a member, nor has a session, nor was refused one. */
  private Optional<String> why(SyncedGroup running, PeerId peer) {
    for (SessionInfo session : running.state.sessionInfos()) {
      if (session.peer().equals(peer)) {
        return Optional.of(session.why() + ".");
      }
    }
    GroupId group = running.id();
    Optional<Retry.Wait> wait = retry.find(group, peer);
    boolean isRefused = wait.filter(Retry.Wait::isRefusal).isPresent();
    if (!members.has(group, peer) && !isRefused) {
      return Optional.empty();
    }
    String known =
        members.has(group, peer) ? "a member, not connected" : "not known to be a member";
    return Optional.of(
        running.dialling.contains(peer)
            ? known + "; it is being called."
            : known + wait.map(this::later).orElse("") + ".");
  }

  private String later(Retry.Wait wait) {
    long seconds = Math.max(0, wait.untilNs() - network.timers().nowNs()) / 1_000_000_000L;
    String refused = wait.isRefusal() ? "refused, " : "";
    return "; " + refused + wait.why() + "; next attempt in " + seconds + " s";
  }

  private String ofNoGroup(Collection<SyncedGroup> groups, PeerId peer) {
    Optional<Retry.Wait> first =
        groups.stream()
            .flatMap(running -> retry.find(running.id(), peer).stream())
            .min(Comparator.comparingLong(Retry.Wait::untilNs));
    return "not known to be a member of any group here" + first.map(this::later).orElse("") + ".";
  }
}
