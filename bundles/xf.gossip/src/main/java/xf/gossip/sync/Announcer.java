package xf.gossip.sync;

import java.time.Duration;
import java.util.List;
import xf.gossip.net.Network;
import xf.gossip.net.PeerId;

/** Spreads where members are, in records they signed. Used under the engine's lock. */
final class Announcer {
  private static final Duration ADDRESS_TTL = Duration.ofHours(1);

  /** We may be found elsewhere by now. */
  private static final int ANNOUNCE_TICKS = 25;

  private final SyncEngine engine;
  private final Network network;
  private final MemberTable members;
  private int ticks;

  Announcer(SyncEngine engine, Network network, MemberTable members) {
    this.engine = engine;
    this.network = network;
    this.members = members;
  }

  void onTick() {
    if (++ticks % ANNOUNCE_TICKS == 0) {
      engine.groups().forEach(this::announceToAll);
    }
  }

  void onLearned(SyncedGroup running, SyncOutput.MembersLearned told) {
    for (MemberRecord record : told.records()) {
      if (running.announcements.learn(told.peer(), record)) {
        members.learn(running.id(), record);
        network.learn(record.peer(), record.addresses(), ADDRESS_TTL);
      }
    }
    engine.later(() -> announceToAll(running));
  }

  private void announceToAll(SyncedGroup running) {
    List.copyOf(running.links.values()).stream()
        .filter(StreamLink::isProved)
        .forEach(link -> announce(running, link.peer()));
  }

  /** Tells a member what it has not been told of where members are. */
  void announce(SyncedGroup running, PeerId peer) {
    List<byte[]> due =
        running.announcements.dueFor(
            peer, network.advertisedAddresses(), network.timers().wallClockMs());
    for (int from = 0; from < due.size(); from += SyncCodec.MAX_RECORDS) {
      int to = Math.min(due.size(), from + SyncCodec.MAX_RECORDS);
      engine.feed(running, new SyncInput.Announce(peer, due.subList(from, to)));
    }
  }
}
