package xf.gossip.group;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import xf.event.ErrorCode;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.event.Keyring;
import xf.event.XfException;
import xf.gossip.GroupInfo;
import xf.gossip.Groups;
import xf.gossip.Invitation;
import xf.gossip.MemberInfo;
import xf.gossip.net.Multiaddr;
import xf.gossip.sync.SyncEngine;
import xf.store.EventStore;
import xf.store.Stage;
import xf.store.StageChange;

/**
 * Groups by name. The secret is durable before the name: a crash in between leaves a group that is
 * shown by its id.
 */
public final class GroupRegistry implements Groups {
  private static final String STAGE = "groups";
  private static final byte[] NAME_PREFIX = "name/".getBytes(StandardCharsets.US_ASCII);
  private static final String HOME_NAME = "home";
  private static final int MIN_ID_DIGITS = 4;

  private final Keyring keyring;
  private final Stage stage;
  private final SyncEngine engine;
  private final SecureRandom random;
  private final Map<GroupId, String> names = new ConcurrentHashMap<>();

  /** Knows all groups of the keyring and begins to sync them. */
  public GroupRegistry(Keyring keyring, EventStore store, SyncEngine engine, SecureRandom random) {
    this.keyring = keyring;
    this.stage = store.stage(STAGE);
    this.engine = engine;
    this.random = random;
    for (GroupSecret group : keyring.groups()) {
      stage
          .get(key(group.id()))
          .ifPresent(name -> names.put(group.id(), new String(name, StandardCharsets.UTF_8)));
      engine.add(group);
    }
  }

  private static byte[] key(GroupId group) {
    byte[] key = Arrays.copyOf(NAME_PREFIX, NAME_PREFIX.length + GroupId.LENGTH_BYTES);
    group.copyTo(key, NAME_PREFIX.length);
    return key;
  }

  @Override
  public List<GroupInfo> list() {
    List<GroupInfo> all = new ArrayList<>();
    keyring.groups().forEach(group -> all.add(info(group.id())));
    return all;
  }

  private GroupInfo info(GroupId group) {
    List<MemberInfo> members = engine.members(group);
    return new GroupInfo(
        group,
        nameOf(group),
        group.equals(keyring.homeGroup()),
        engine.status(group).logs().size(),
        (int) members.stream().filter(MemberInfo::connected).count());
  }

  private String nameOf(GroupId group) {
    String unnamed = group.equals(keyring.homeGroup()) ? HOME_NAME : group.toString();
    return names.getOrDefault(group, unnamed);
  }

  @Override
  public Optional<GroupInfo> find(String nameOrId) {
    List<GroupInfo> matching =
        list().stream()
            .filter(
                group ->
                    group.name().equals(nameOrId)
                        || (nameOrId.length() >= MIN_ID_DIGITS
                            && group.id().toHex().startsWith(nameOrId)))
            .toList();
    return matching.size() == 1 ? Optional.of(matching.get(0)) : Optional.empty();
  }

  @Override
  public Optional<String> name(GroupId group) {
    return keyring.isIn(group) ? Optional.of(nameOf(group)) : Optional.empty();
  }

  @Override
  public GroupInfo create(String name) {
    return enter(GroupSecret.random(random), name);
  }

  private GroupInfo enter(GroupSecret group, String name) {
    Invitation.checkName(name);
    boolean taken =
        list().stream().anyMatch(g -> g.name().equals(name) && !g.id().equals(group.id()));
    if (taken) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION,
          "group " + name + ": there is a group of that name, choose another");
    }
    keyring.keep(group);
    if (!names.containsKey(group.id()) && !group.id().equals(keyring.homeGroup())) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      stage.commit(new StageChange(StageChange.SAME_CURSOR).put(key(group.id()), bytes)).join();
      names.put(group.id(), name);
    }
    engine.add(group);
    return info(group.id());
  }

  @Override
  public Invitation invite(GroupId group) {
    List<Multiaddr> addresses = engine.invitationAddresses();
    int count = Math.min(Invitation.MAX_ADDRESSES, addresses.size());
    return new Invitation(secret(group), nameOf(group), addresses.subList(0, count));
  }

  private GroupSecret secret(GroupId group) {
    return keyring.groups().stream()
        .filter(secret -> secret.id().equals(group))
        .findFirst()
        .orElseThrow(
            () ->
                new XfException(
                    ErrorCode.NOT_FOUND, "group " + group + ": this device is not in it"));
  }

  @Override
  public GroupInfo join(Invitation invitation) {
    GroupSecret group = invitation.secret();
    String name = invitation.name();
    boolean taken =
        list().stream().anyMatch(g -> g.name().equals(name) && !g.id().equals(group.id()));
    // The inviter's name for it may be one of ours already: "home" above all.
    String free = taken ? group.id().toString() : name;
    GroupInfo joined = enter(group, free);
    engine.addMembers(group.id(), invitation.addresses());
    return joined;
  }

  @Override
  public void leave(GroupId group) {
    secret(group);
    keyring.forget(group);
    engine.remove(group);
    stage.commit(new StageChange(StageChange.SAME_CURSOR).remove(key(group))).join();
    names.remove(group);
  }

  @Override
  public List<MemberInfo> members(GroupId group) {
    return engine.members(group);
  }
}
