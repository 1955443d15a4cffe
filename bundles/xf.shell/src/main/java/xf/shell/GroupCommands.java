package xf.shell;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
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
import xf.gossip.ForkInfo;
import xf.gossip.GroupInfo;
import xf.gossip.Groups;
import xf.gossip.Invitation;
import xf.gossip.LogProgress;
import xf.gossip.MemberInfo;
import xf.gossip.SessionInfo;
import xf.gossip.Sync;
import xf.gossip.SyncStatus;
import xf.gossip.net.Network;
import xf.gossip.net.PeerId;
import xf.gossip.net.PeerInfo;
import xf.merkle.Checkpoint;

/** Groups, their members, and what moves between them. */
@Component(service = GroupCommands.class)
@GogoCommand(
    scope = "xf",
    function = {"group", "sync", "heads", "forks", "why"})
public final class GroupCommands {
  private static final int MAX_LOGS_SHOWN = 20;

  private static final Usage GROUP =
      Usage.of(
              "group",
              "list | create NAME | invite GROUP | join INVITATION | leave GROUP | members GROUP",
              1,
              2,
              "Groups of devices that share logs. An invitation is a secret: whoever has it is in.")
          .flag("--json", "list and members as JSON");
  private static final Usage SYNC =
      Usage.of("sync", "[GROUP]", 0, 1, "Shows how far the logs of groups have come.")
          .flag("--json", "as JSON");
  private static final Usage HEADS =
      Usage.of("heads", "GROUP", 1, 1, "Lists the signed heads of a group's logs.")
          .flag("--json", "as JSON");
  private static final Usage FORKS =
      Usage.of("forks", "", 0, 0, "Lists logs whose author signed two histories.")
          .flag("--json", "as JSON");
  private static final Usage WHY =
      Usage.of("why", "PEER", 1, 1, "Says what moves between a peer and us, or why nothing does.");

  private final Services services;

  /** Uses the services of the node. */
  @Activate
  public GroupCommands(@Reference Services services) {
    this.services = services;
  }

  private Groups groups() {
    return services.require(Groups.class);
  }

  private Sync sync() {
    return services.require(Sync.class);
  }

  private GroupInfo group(String nameOrId) {
    return groups()
        .find(nameOrId)
        .orElseThrow(
            () ->
                new XfException(
                    ErrorCode.NOT_FOUND,
                    "group " + nameOrId + ": none or several are called so; see xf:group list"));
  }

  // Groups.

  /** Lists, makes, joins and leaves groups. */
  @Descriptor("groups of devices; see xf:group --help")
  public void group(CommandSession session, String... arguments) {
    Call.parse(GROUP, session, arguments).ifPresent(this::group);
  }

  private void group(Call call) {
    switch (call.operand(0)) {
      case "list" -> list(call);
      case "create" -> created(call, groups().create(name(call)));
      case "invite" -> call.out().println(groups().invite(group(name(call)).id()).toText());
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

  private static void created(Call call, GroupInfo group) {
    call.out().println("in group " + group.name() + " (" + group.id() + ")");
  }

  private void leave(Call call) {
    GroupInfo group = group(name(call));
    groups().leave(group.id());
    call.out().println("left group " + group.name() + "; its logs stay here");
  }

  private void list(Call call) {
    List<GroupInfo> all = groups().list();
    if (call.has("--json")) {
      Json.print(call.out(), json -> writeGroups(json, all));
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

  private static void writeGroups(JsonGenerator json, List<GroupInfo> groups) throws IOException {
    json.writeStartArray();
    for (GroupInfo each : groups) {
      json.writeStartObject();
      json.writeStringField("group", each.id().toHex());
      json.writeStringField("name", each.name());
      json.writeBooleanField("home", each.home());
      json.writeNumberField("logs", each.logs());
      json.writeNumberField("connected_members", each.connectedMembers());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void members(Call call) {
    List<MemberInfo> members = groups().members(group(name(call)).id());
    if (call.has("--json")) {
      Json.print(call.out(), json -> writeMembers(json, members));
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

  private static void writeMembers(JsonGenerator json, List<MemberInfo> members)
      throws IOException {
    json.writeStartArray();
    for (MemberInfo each : members) {
      json.writeStartObject();
      json.writeStringField("peer", each.peer().toString());
      json.writeBooleanField("connected", each.connected());
      json.writeNumberField("last_seen_ms", each.lastSeenMs());
      json.writeArrayFieldStart("addresses");
      for (Object address : each.addresses()) {
        json.writeString(address.toString());
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  // What moves.

  /** Shows progress. */
  @Descriptor("how far groups have come; see xf:sync --help")
  public void sync(CommandSession session, String... arguments) {
    Call.parse(SYNC, session, arguments).ifPresent(this::sync);
  }

  private void sync(Call call) {
    List<GroupInfo> chosen =
        call.optionalOperand(0).map(name -> List.of(group(name))).orElseGet(() -> groups().list());
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartArray();
            for (GroupInfo each : chosen) {
              write(json, each, sync().status(each.id()));
            }
            json.writeEndArray();
          });
      return;
    }
    chosen.forEach(each -> print(call.out(), each, sync().status(each.id())));
  }

  private static void print(PrintStream out, GroupInfo group, SyncStatus status) {
    out.printf(
        Locale.ROOT,
        "%s (%s): %s of %s, %s%n",
        group.name(),
        group.id(),
        Human.count(status.have()),
        Human.count(status.want(), "event"),
        pace(status));
    int shown = 0;
    for (LogProgress log : status.logs()) {
      if (log.missing() > 0 && shown++ < MAX_LOGS_SHOWN) {
        out.println(
            "  "
                + log.id()
                + "  "
                + log.name().topic()
                + "  "
                + Human.count(log.have())
                + " of "
                + Human.count(log.want()));
      }
    }
    for (SessionInfo session : status.sessions()) {
      out.println(
          "  with "
              + session.peer()
              + ": "
              + session.state().toString().toLowerCase(Locale.ROOT)
              + ", "
              + session.why());
      out.println(
          "    in "
              + Human.bytes(session.bytesIn())
              + " "
              + Human.count(session.eventsIn(), "event")
              + ", out "
              + Human.bytes(session.bytesOut())
              + " "
              + Human.count(session.eventsOut(), "event")
              + ", "
              + Human.count(session.turns(), "round trip"));
    }
  }

  private static String pace(SyncStatus status) {
    if (status.missing() == 0) {
      return "nothing is missing";
    }
    if (status.remainingSeconds() < 0) {
      return Human.count(status.missing()) + " missing, nothing moves";
    }
    return Human.count(status.missing())
        + " missing, "
        + Human.count((long) status.eventsPerSecond())
        + "/s, "
        + Human.remaining((long) Math.ceil(status.remainingSeconds()))
        + " left";
  }

  private static void write(JsonGenerator json, GroupInfo group, SyncStatus status)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("group", group.id().toHex());
    json.writeStringField("name", group.name());
    json.writeNumberField("have", status.have());
    json.writeNumberField("want", status.want());
    json.writeNumberField("events_per_second", status.eventsPerSecond());
    json.writeNumberField("remaining_seconds", status.remainingSeconds());
    json.writeArrayFieldStart("logs");
    for (LogProgress log : status.logs()) {
      json.writeStartObject();
      json.writeStringField("log", log.id().toHex());
      json.writeStringField("topic", log.name().topic());
      json.writeNumberField("have", log.have());
      json.writeNumberField("want", log.want());
      json.writeBooleanField("frozen", log.frozen());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("sessions");
    for (SessionInfo session : status.sessions()) {
      write(json, session);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, SessionInfo session) throws IOException {
    json.writeStartObject();
    json.writeStringField("peer", session.peer().toString());
    json.writeStringField("state", session.state().toString());
    json.writeNumberField("bytes_in", session.bytesIn());
    json.writeNumberField("bytes_out", session.bytesOut());
    json.writeNumberField("round_trips", session.turns());
    json.writeNumberField("events_in", session.eventsIn());
    json.writeNumberField("events_out", session.eventsOut());
    json.writeNumberField("penalty_points", session.penaltyPoints());
    json.writeStringField("why", session.why());
    json.writeEndObject();
  }

  /** Lists signed heads. */
  @Descriptor("the signed heads of a group; see xf:heads --help")
  public void heads(CommandSession session, String... arguments) {
    Call.parse(HEADS, session, arguments).ifPresent(this::heads);
  }

  private void heads(Call call) {
    List<Checkpoint> heads = sync().heads(group(call.operand(0)).id());
    if (call.has("--json")) {
      Json.print(call.out(), json -> writeHeads(json, heads));
      return;
    }
    heads.forEach(
        head ->
            call.out()
                .println(
                    head.log()
                        + "  "
                        + Human.count(head.head().size())
                        + "  "
                        + head.head().root()));
  }

  private static void writeHeads(JsonGenerator json, List<Checkpoint> heads) throws IOException {
    json.writeStartArray();
    for (Checkpoint head : heads) {
      json.writeStartObject();
      json.writeStringField("log", head.log().toHex());
      json.writeStringField("author", head.author().toHex());
      json.writeNumberField("size", head.head().size());
      json.writeStringField("root", head.head().root().toHex());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** Lists forks. */
  @Descriptor("logs that forked; see xf:forks --help")
  public void forks(CommandSession session, String... arguments) {
    Call.parse(FORKS, session, arguments).ifPresent(this::forks);
  }

  private void forks(Call call) {
    List<ForkInfo> forks = sync().forks();
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartArray();
            for (ForkInfo fork : forks) {
              json.writeStartObject();
              json.writeStringField("log", fork.evidence().log().toHex());
              json.writeStringField("author", fork.evidence().author().toHex());
              json.writeEndObject();
            }
            json.writeEndArray();
          });
      return;
    }
    if (forks.isEmpty()) {
      call.out().println("no log is known to have forked");
    }
    forks.forEach(
        fork ->
            call.out()
                .println(
                    "log "
                        + fork.evidence().log()
                        + " of "
                        + fork.evidence().author()
                        + ": two histories are signed; it is frozen"));
  }

  /** Explains. */
  @Descriptor("why nothing moves with a peer; see xf:why --help")
  public void why(CommandSession session, String... arguments) {
    Call.parse(WHY, session, arguments)
        .ifPresent(call -> sync().why(peer(call.operand(0))).forEach(call.out()::println));
  }

  private PeerId peer(String text) {
    return services.find(Network.class).stream()
        .flatMap(network -> network.peers().stream())
        .map(PeerInfo::peer)
        .filter(peer -> peer.toString().endsWith(text))
        .findFirst()
        .orElseGet(() -> PeerId.parse(text));
  }
}
