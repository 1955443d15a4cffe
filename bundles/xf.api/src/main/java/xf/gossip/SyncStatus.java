package xf.gossip;

import java.util.List;
import xf.event.GroupId;

/**
 * How far a group's logs have come on this device.
 *
 * @param group the group
 * @param logs its logs, those that miss most first
 * @param have events of all its logs that are durable here
 * @param want events of the largest heads that were verified
 * @param eventsPerSecond rate at which verified events became durable, over the last seconds
 * @param sessions talks with members
 */
public record SyncStatus(
    GroupId group,
    List<LogProgress> logs,
    long have,
    long want,
    double eventsPerSecond,
    List<SessionInfo> sessions) {
  /** Keeps lists that nobody changes. */
  public SyncStatus {
    logs = List.copyOf(logs);
    sessions = List.copyOf(sessions);
  }

  /** Events that are still missing. */
  public long missing() {
    return Math.max(0, want - have);
  }

  /** Seconds until nothing is missing at this rate; -1 when nothing moves. */
  public double remainingSeconds() {
    if (missing() == 0) {
      return 0;
    }
    return eventsPerSecond > 0 ? missing() / eventsPerSecond : -1;
  }
}
