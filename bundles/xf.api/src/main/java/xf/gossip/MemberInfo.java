package xf.gossip;

import java.util.List;
import xf.event.GroupId;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;

/**
 * A peer that has proved to be in a group.
 *
 * @param group the group
 * @param peer the peer
 * @param connected whether a session is open with it
 * @param lastSeenMs when it last was, in milliseconds since 1970; 0 when only others told of it
 * @param addresses where it may be reached, best first
 */
public record MemberInfo(
    GroupId group, PeerId peer, boolean connected, long lastSeenMs, List<Multiaddr> addresses) {
  /** Keeps a list that nobody changes. */
  public MemberInfo {
    addresses = List.copyOf(addresses);
  }
}
