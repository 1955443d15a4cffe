package xf.gossip.sync;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.gossip.net.PeerId;

/** A group that is being synced: its machine, and what drives it. Used under the engine's lock. */
final class SyncedGroup {
  private static final double RATE_WEIGHT = 0.1;

  final GroupSecret secret;
  final GroupState state;
  final Map<PeerId, StreamLink> links = new LinkedHashMap<>();
  final Set<PeerId> dialling = new HashSet<>();
  final Announcements announcements;
  @Nullable Set<String> topics;

  /** When a tick comes that was asked for; {@link Long#MAX_VALUE} for none. */
  long tickNs = Long.MAX_VALUE;

  private long countedEvents;
  private double eventsPerSecond;

  SyncedGroup(GroupSecret secret, GroupState state, Announcements announcements) {
    this.secret = secret;
    this.state = state;
    this.announcements = announcements;
  }

  GroupId id() {
    return secret.id();
  }

  /** Some time has passed since the last call. */
  void measureRate(long passedNs) {
    long events = state.committedEvents();
    double rate = (events - countedEvents) * 1e9 / passedNs;
    countedEvents = events;
    eventsPerSecond += RATE_WEIGHT * (rate - eventsPerSecond);
  }

  /** Mean of the last seconds. */
  double eventsPerSecond() {
    return eventsPerSecond;
  }
}
