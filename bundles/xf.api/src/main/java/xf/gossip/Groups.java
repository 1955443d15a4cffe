package xf.gossip;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import xf.event.GroupId;

/**
 * The groups this device is in. Changes are durable before a call returns; sync with members begins
 * and ends with membership. Safe for use by any thread.
 */
@ProviderType
public interface Groups {
  /** All groups, the device's own first. */
  List<GroupInfo> list();

  /** The group of that name, or whose id begins with these hex digits; empty when none or many. */
  Optional<GroupInfo> find(String nameOrId);

  /** What a group is called on this device; empty when it is not in it. */
  Optional<String> name(GroupId group);

  /** Makes a group with a secret of its own. */
  GroupInfo create(String name);

  /**
   * What lets others into a group, with addresses where this device may be reached.
   *
   * @throws xf.event.XfException {@code NOT_FOUND} when this device is not in the group
   */
  Invitation invite(GroupId group);

  /** Joins the group of an invitation; joining again changes nothing. */
  GroupInfo join(Invitation invitation);

  /**
   * Ends sync with a group and deletes its secret; logs that are here stay.
   *
   * @throws xf.event.XfException {@code NOT_FOUND} for an unknown group, {@code BAD_CONFIGURATION}
   *     for the device's own
   */
  void leave(GroupId group);

  /** Members that are known, those with a session first. */
  List<MemberInfo> members(GroupId group);
}
