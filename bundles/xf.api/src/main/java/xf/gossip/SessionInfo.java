package xf.gossip;

import xf.event.GroupId;
import xf.gossip.net.PeerId;

/**
 * A talk with one member about one group, or the attempt at one.
 *
 * @param group the group
 * @param peer the member
 * @param state where it stands
 * @param bytesIn frame bytes received, length prefixes included
 * @param bytesOut frame bytes sent
 * @param framesIn frames received
 * @param framesOut frames sent
 * @param turns times the talk changed direction from us to the peer: round trips begun
 * @param eventsIn events received and verified
 * @param eventsOut events sent
 * @param penaltyPoints what its refusals add up to
 * @param why one sentence on what moves, or why nothing does
 */
public record SessionInfo(
    GroupId group,
    PeerId peer,
    State state,
    long bytesIn,
    long bytesOut,
    long framesIn,
    long framesOut,
    long turns,
    long eventsIn,
    long eventsOut,
    int penaltyPoints,
    String why) {

  /** Where a session stands. */
  public enum State {
    /** Membership is being proved. */
    PROVING,
    /** Both are members; heads are being compared. */
    COMPARING,
    /** Heads are compared; what changes is pushed. */
    LIVE
  }
}
