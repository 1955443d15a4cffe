package xf.shell;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.XfException;
import xf.gossip.GroupInfo;
import xf.gossip.Groups;
import xf.gossip.Invitation;
import xf.gossip.MemberInfo;

/** {@code xf:group}: groups and their members. */
@Component(service = GroupCommands.class)
@GogoCommand(
    scope = "xf",
    function = {"group", "_groups"})
public final class GroupCommands {
  private static final Usage GROUP =
      Usage.of(
              "group",
              "list | create NAME | invite GROUP | join INVITATION | leave GROUP | members GROUP",
              1,
              2,
              "Groups of devices that share logs. An invitation is a secret: whoever has it is in.")
          .flag("--qr", "an invitation as a QR code as well, for a dark terminal")
          .flag("--light", "the QR code for a light terminal")
          .flag("--json", "list and members as JSON");

  private final Services services;
  private final GroupSelector groups;

  /** Uses the services of the node. */
  @Activate
  public GroupCommands(@Reference Services services, @Reference GroupSelector groups) {
    this.services = services;
    this.groups = groups;
  }

  private Groups groups() {
    return services.require(Groups.class);
  }

  /** The names of groups, for completion. */
  @Descriptor("names of groups, for completion")
  public List<String> _groups() {
    return services.find(Groups.class).map(Groups::list).orElse(List.of()).stream()
        .map(GroupInfo::name)
        .toList();
  }

  /** Lists, makes, joins and leaves groups. */
  @Descriptor("groups of devices; see xf:group --help")
  public void group(CommandSession session, String... arguments) {
    Call.run(GROUP, session, arguments, this::group);
  }

  private void group(Call call) {
    switch (call.operand(0)) {
      case "list" -> {
        requireNoName(call);
        list(call);
      }
      case "create" -> created(call, groups().create(name(call)));
      case "invite" -> invite(call);
      case "join" -> created(call, groups().join(Invitation.parse(name(call))));
      case "leave" -> leave(call);
      case "members" -> members(call);
      default ->
          throw new XfException(
              ErrorCode.BAD_CONFIGURATION,
              "xf:group " + call.operand(0) + ": unknown; usage: " + GROUP.synopsis());
    }
  }

  private static String name(Call call) {
    return call.optionalOperand(1)
        .orElseThrow(
            () ->
                new XfException(
                    ErrorCode.BAD_CONFIGURATION,
                    "xf:group "
                        + call.operand(0)
                        + ": too few arguments; usage: "
                        + GROUP.synopsis()));
  }

  private static void requireNoName(Call call) {
    if (call.optionalOperand(1).isPresent()) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION,
          "xf:group " + call.operand(0) + ": too many arguments; usage: " + GROUP.synopsis());
    }
  }

  private static void created(Call call, GroupInfo group) {
    call.out().println("in group " + group.name() + " (" + group.id() + ")");
  }

  private void invite(Call call) {
    Invitation invitation = groups().invite(groups.select(name(call)));
    if (call.has("--qr") || call.has("--light")) {
      QrText.ofInvitation(invitation, call.has("--light")).forEach(call.out()::println);
    }
    call.out().println(invitation.toText());
  }

  private void leave(Call call) {
    groups().leave(groups.select(name(call)));
    call.out().println("left group " + name(call) + "; its logs stay here");
  }

  private void list(Call call) {
    List<GroupInfo> all = groups().list();
    if (call.has("--json")) {
      Json.printObjects(call.out(), all, GroupCommands::write);
      return;
    }
    call.out().printf("%-14s %-20s %8s %10s%n", "GROUP", "NAME", "LOGS", "CONNECTED");
    for (GroupInfo each : all) {
      call.out()
          .printf(
              Locale.ROOT,
              "%-14s %-20s %,8d %,10d%n",
              each.id(),
              each.name(),
              each.logs(),
              each.connectedMembers());
    }
  }

  private static void write(JsonGenerator json, GroupInfo group) throws IOException {
    json.writeStringField("group", group.id().toHex());
    json.writeStringField("name", group.name());
    json.writeBooleanField("home", group.home());
    json.writeNumberField("logs", group.logs());
    json.writeNumberField("connected_members", group.connectedMembers());
  }

  private void members(Call call) {
    List<MemberInfo> members = groups().members(groups.select(name(call)));
    if (call.has("--json")) {
      Json.printObjects(call.out(), members, GroupCommands::write);
      return;
    }
    if (members.isEmpty()) {
      call.out().println("no members are known but this device");
    }
    for (MemberInfo each : members) {
      call.out().println(each.peer() + (each.connected() ? "  connected" : ""));
      each.addresses().forEach(address -> call.out().println("  " + address));
    }
  }

  private static void write(JsonGenerator json, MemberInfo member) throws IOException {
    json.writeStringField("peer", member.peer().toString());
    json.writeBooleanField("connected", member.connected());
    json.writeNumberField("last_seen_ms", member.lastSeenMs());
    Json.writeTexts(json, "addresses", member.addresses());
  }
}
