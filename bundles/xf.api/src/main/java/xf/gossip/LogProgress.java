package xf.gossip;

import xf.event.LogId;
import xf.event.LogName;

/**
 * How far a log has come.
 *
 * @param name the log
 * @param id its id
 * @param have events that are durable here
 * @param want events in the largest head that was verified; {@code have} when nothing is missing
 * @param frozen whether it forked or was restored from a backup
 */
public record LogProgress(LogName name, LogId id, long have, long want, boolean frozen) {
  /** Events that are still missing. */
  public long missing() {
    return Math.max(0, want - have);
  }
}
