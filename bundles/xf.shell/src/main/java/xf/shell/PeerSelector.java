package xf.shell;

import java.util.List;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.XfException;
import xf.gossip.GroupInfo;
import xf.gossip.Groups;
import xf.gossip.MemberInfo;
import xf.gossip.net.Network;
import xf.gossip.net.PeerId;
import xf.gossip.net.PeerInfo;

/** Finds the peer that a user means: by its id, or the start or end of it. */
@Component(service = PeerSelector.class)
public final class PeerSelector {
  private final Services services;

  /** Uses the services of the node. */
  @Activate
  public PeerSelector(@Reference Services services) {
    this.services = services;
  }

  /** A peer that the network knows or that is a member of a group; or any, by its whole id. */
  PeerId select(String text) {
    List<PeerId> fitting =
        known()
            .filter(peer -> peer.toString().startsWith(text) || peer.toString().endsWith(text))
            .toList();
    if (fitting.size() > 1) {
      throw new XfException(
          ErrorCode.NOT_FOUND, "peer " + text + ": " + fitting.size() + " peers are called so");
    }
    return fitting.isEmpty() ? parse(text) : fitting.get(0);
  }

  private static PeerId parse(String text) {
    try {
      return PeerId.parse(text);
    } catch (XfException e) {
      throw new XfException(
          ErrorCode.NOT_FOUND,
          "peer "
              + text
              + ": no peer that is known here begins or ends so, and it is no whole peer id; see"
              + " xf:peers, xf:group members",
          e);
    }
  }

  /** Peers that the network knows, and members of groups. */
  Stream<PeerId> known() {
    return Stream.concat(connected(), members()).distinct();
  }

  private Stream<PeerId> connected() {
    return services.find(Network.class).stream()
        .flatMap(network -> network.peers().stream())
        .map(PeerInfo::peer);
  }

  private Stream<PeerId> members() {
    return services.find(Groups.class).stream().flatMap(PeerSelector::members);
  }

  private static Stream<PeerId> members(Groups groups) {
    return groups.list().stream()
        .map(GroupInfo::id)
        .flatMap(group -> groups.members(group).stream())
        .map(MemberInfo::peer);
  }
}
