package xf.shell;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.EventBus;
import xf.event.GroupBus;
import xf.event.GroupId;
import xf.event.Keyring;
import xf.event.XfException;
import xf.gossip.Groups;
import xf.merkle.MerkleIndex;

/** Finds the group that a user means, and says what one is called. */
@Component(service = GroupSelector.class)
public final class GroupSelector {
  /** The option by which a command is told a group. */
  static final String OPTION = "--group";

  private final Services services;

  /** Uses the services of the node. */
  @Activate
  public GroupSelector(@Reference Services services) {
    this.services = services;
  }

  /** The group of that name, or whose id begins so. */
  GroupId select(String nameOrId) {
    return services
        .require(Groups.class)
        .find(nameOrId)
        .orElseThrow(
            () ->
                new XfException(
                    ErrorCode.NOT_FOUND,
                    "group " + nameOrId + ": none or several are called so; see xf:group list"))
        .id();
  }

  /** The group that a command was told, else the home group. */
  GroupId of(Call call) {
    return call.option(OPTION)
        .map(this::select)
        .orElseGet(() -> services.require(Keyring.class).homeGroup());
  }

  /** The bus within the group that a command was told. */
  GroupBus bus(Call call) {
    return services.require(EventBus.class).in(of(call));
  }

  /**
   * The same, to write into own logs: once the index is there, it has compared them with what was
   * signed, and frozen what came from an old backup.
   */
  GroupBus busToWrite(Call call) {
    services.require(MerkleIndex.class);
    return bus(call);
  }

  boolean isHome(GroupId group) {
    return services.find(Keyring.class).filter(k -> k.homeGroup().equals(group)).isPresent();
  }

  /** What a group is called here; of one that is not known the start of its id. */
  String name(GroupId group) {
    return services.find(Groups.class).flatMap(g -> g.name(group)).orElseGet(group::toString);
  }
}
