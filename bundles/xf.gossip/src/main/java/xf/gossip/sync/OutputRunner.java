package xf.gossip.sync;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.GroupId;
import xf.event.Subscription;
import xf.gossip.ForkInfo;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Network;
import xf.gossip.net.PeerId;
import xf.merkle.ForkEvidence;
import xf.store.EventStore;

/** Does what a group's machine wants done. Used under the engine's lock. */
final class OutputRunner {
  private static final Logger LOG = LoggerFactory.getLogger(OutputRunner.class);

  private final SyncEngine engine;
  private final Network network;
  private final EventStore store;
  private final Committer committer;
  private final ForkTable forks;
  private final MemberTable members;
  private final Retry retry;
  private final ReadTable reads;
  private final Announcer announcer;
  private final List<Consumer<ForkInfo>> forkListeners = new CopyOnWriteArrayList<>();

  OutputRunner(
      SyncEngine engine,
      Network network,
      EventStore store,
      Committer committer,
      ForkTable forks,
      MemberTable members,
      Retry retry,
      ReadTable reads,
      Announcer announcer) {
    this.engine = engine;
    this.network = network;
    this.store = store;
    this.committer = committer;
    this.forks = forks;
    this.members = members;
    this.retry = retry;
    this.reads = reads;
    this.announcer = announcer;
  }

  Subscription onFork(Consumer<ForkInfo> listener) {
    forkListeners.add(listener);
    return () -> forkListeners.remove(listener);
  }

  void perform(SyncedGroup running, SyncOutput output) {
    if (output instanceof SyncOutput.Send send) {
      StreamLink link = running.links.get(send.peer());
      if (link != null) {
        link.write(send.frame());
      }
    } else if (output instanceof SyncOutput.AwaitWritable await) {
      onAwaitWritable(running, await.peer());
    } else if (output instanceof SyncOutput.Commit commit) {
      commit(running, commit);
    } else if (output instanceof SyncOutput.Close close) {
      end(running, close);
    } else if (output instanceof SyncOutput.KeepFork fork) {
      keep(fork);
    } else if (output instanceof SyncOutput.Freeze freeze) {
      LOG.error("log {} is frozen: {}", freeze.log().id(), freeze.reason());
      store.freeze(freeze.log().id(), freeze.reason());
    } else if (output instanceof SyncOutput.ReadDone done) {
      reads.done(done);
    } else if (output instanceof SyncOutput.MemberProved proved) {
      onMember(running, proved.peer());
    } else if (output instanceof SyncOutput.MembersLearned told) {
      announcer.onLearned(running, told);
    }
  }

  private void commit(SyncedGroup running, SyncOutput.Commit commit) {
    CompletableFuture<Void> unused =
        committer
            .commit(commit)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.warn("log {}: events were not taken: {}", commit.log().id(), "" + failure);
                  }
                  engine.later(
                      () -> engine.feed(running, new SyncInput.Committed(commit, failure)));
                });
  }

  private void onAwaitWritable(SyncedGroup running, PeerId peer) {
    StreamLink link = running.links.get(peer);
    if (link == null) {
      return;
    }
    if (link.blocked) {
      link.awaited = true;
    } else {
      engine.later(() -> engine.feedIfCurrent(running, link, new SyncInput.Writable(peer)));
    }
  }

  private void end(SyncedGroup running, SyncOutput.Close close) {
    StreamLink link = running.links.get(close.peer());
    close
        .refusal()
        .ifPresent(
            refusal -> {
              String why = refusal + ": " + close.why();
              LOG.warn("peer {} is refused: {}", close.peer().toShortText(), why);
              retry.refused(running.id(), close.peer(), network.timers().nowNs(), why);
            });
    if (link != null) {
      link.reset(CloseReason.local(CloseReason.Kind.PROTOCOL_VIOLATION, close.why()));
    }
  }

  private void keep(SyncOutput.KeepFork fork) {
    ForkEvidence evidence = fork.evidence();
    LOG.error("log {} is frozen: {}", evidence.log(), fork.reason());
    store.freeze(evidence.log(), fork.reason());
    CompletableFuture<Void> unused =
        forks
            .keep(evidence)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.error("evidence of a fork is not kept durably: {}", "" + failure);
                  }
                });
    ForkInfo info = new ForkInfo(fork.name(), evidence);
    forkListeners.forEach(listener -> listener.accept(info));
  }

  private void onMember(SyncedGroup running, PeerId peer) {
    GroupId group = running.id();
    StreamLink link = running.links.get(peer);
    if (link != null) {
      link.onProved();
    }
    retry.succeeded(group, peer);
    members.seen(group, peer, network.timers().wallClockMs());
    engine.later(() -> announcer.announce(running, peer));
  }
}
