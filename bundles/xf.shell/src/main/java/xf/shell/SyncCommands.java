package xf.shell;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.GroupId;
import xf.event.XfException;
import xf.gossip.ForkInfo;
import xf.gossip.GroupInfo;
import xf.gossip.Groups;
import xf.gossip.LogProgress;
import xf.gossip.SessionInfo;
import xf.gossip.Sync;
import xf.gossip.SyncStatus;
import xf.merkle.Checkpoint;
import xf.merkle.ForkEvidence;

/** What moves between the members of groups, and what must not. */
@Component(service = SyncCommands.class)
@GogoCommand(
    scope = "xf",
    function = {"sync", "heads", "forks", "why"})
public final class SyncCommands {
  private static final int MAX_LOGS_SHOWN = 20;

  private static final Usage SYNC =
      Usage.of("sync", "[GROUP]", 0, 1, "Shows how far the logs of groups have come.")
          .flag("--json", "as JSON");
  private static final Usage HEADS =
      Usage.of("heads", "GROUP", 1, 1, "Lists the signed heads of a group's logs.")
          .flag("--json", "as JSON");
  private static final Usage FORKS =
      Usage.of(
              "forks",
              "[LOG]",
              0,
              1,
              "Lists logs whose author signed two histories; LOG is the start of an id.")
          .value("--export", "FOLDER", "write the evidence, LOG.fork, for xf:verify anywhere")
          .flag("--json", "as JSON");
  private static final Usage WHY =
      Usage.of("why", "PEER", 1, 1, "Says what moves between a peer and us, or why nothing does.");

  private final Services services;
  private final GroupSelector groups;
  private final PeerSelector peers;

  /** Uses the services of the node. */
  @Activate
  public SyncCommands(
      @Reference Services services,
      @Reference GroupSelector groups,
      @Reference PeerSelector peers) {
    this.services = services;
    this.groups = groups;
    this.peers = peers;
  }

  private Sync sync() {
    return services.require(Sync.class);
  }

  /** Shows progress. */
  @Descriptor("how far groups have come; see xf:sync --help")
  public void sync(CommandSession session, String... arguments) {
    Call.run(SYNC, session, arguments, this::sync);
  }

  private void sync(Call call) {
    List<GroupId> chosen =
        call.optionalOperand(0)
            .map(name -> List.of(groups.select(name)))
            .orElseGet(
                () -> services.require(Groups.class).list().stream().map(GroupInfo::id).toList());
    List<SyncStatus> all = chosen.stream().map(sync()::status).toList();
    if (call.has("--json")) {
      Json.printObjects(call.out(), all, this::write);
    } else {
      all.forEach(each -> print(call.out(), each));
    }
  }

  private void print(PrintStream out, SyncStatus status) {
    out.println(
        groups.name(status.group())
            + " ("
            + status.group()
            + "): "
            + Human.count(status.have())
            + " of "
            + Human.count(status.want(), "event")
            + ", "
            + pace(status));
    List<LogProgress> behind = status.logs().stream().filter(log -> log.missing() > 0).toList();
    behind.stream().limit(MAX_LOGS_SHOWN).forEach(log -> print(out, log));
    if (behind.size() > MAX_LOGS_SHOWN) {
      out.println("  and " + Human.count(behind.size() - MAX_LOGS_SHOWN, "log") + " more");
    }
    if (status.sessions().isEmpty()) {
      out.println("  no member is connected");
    }
    status.sessions().forEach(session -> print(out, session));
  }

  private static void print(PrintStream out, LogProgress log) {
    out.println(
        "  "
            + log.id()
            + "  "
            + log.name().topic()
            + "  "
            + Human.count(log.have())
            + " of "
            + Human.count(log.want())
            + ", "
            + 100 * log.have() / log.want()
            + " %");
  }

  private static void print(PrintStream out, SessionInfo session) {
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

  private static String pace(SyncStatus status) {
    if (status.missing() == 0) {
      return "nothing is missing";
    }
    if (status.remainingSeconds() < 0) {
      return Human.count(status.missing()) + " missing, nothing has come lately";
    }
    if (status.eventsPerSecond() < 1) {
      return Human.count(status.missing()) + " missing, how fast is not known yet";
    }
    return Human.count(status.missing())
        + " missing, "
        + Human.count((long) status.eventsPerSecond())
        + "/s, "
        + Human.remaining((long) Math.ceil(status.remainingSeconds()))
        + " left";
  }

  private void write(JsonGenerator json, SyncStatus status) throws IOException {
    json.writeStringField("group", status.group().toHex());
    json.writeStringField("name", groups.name(status.group()));
    json.writeNumberField("have", status.have());
    json.writeNumberField("want", status.want());
    json.writeNumberField("events_per_second", status.eventsPerSecond());
    json.writeNumberField("remaining_seconds", status.remainingSeconds());
    Json.writeObjects(json, "logs", status.logs(), SyncCommands::write);
    Json.writeObjects(json, "sessions", status.sessions(), SyncCommands::write);
  }

  private static void write(JsonGenerator json, LogProgress log) throws IOException {
    json.writeStringField("log", log.id().toHex());
    json.writeStringField("topic", log.name().topic());
    json.writeNumberField("have", log.have());
    json.writeNumberField("want", log.want());
    json.writeBooleanField("frozen", log.frozen());
  }

  private static void write(JsonGenerator json, SessionInfo session) throws IOException {
    json.writeStringField("peer", session.peer().toString());
    json.writeStringField("state", session.state().toString());
    json.writeNumberField("bytes_in", session.bytesIn());
    json.writeNumberField("bytes_out", session.bytesOut());
    json.writeNumberField("round_trips", session.turns());
    json.writeNumberField("events_in", session.eventsIn());
    json.writeNumberField("events_out", session.eventsOut());
    json.writeNumberField("penalty_points", session.penaltyPoints());
    json.writeStringField("why", session.why());
  }

  /** Lists signed heads. */
  @Descriptor("the signed heads of a group; see xf:heads --help")
  public void heads(CommandSession session, String... arguments) {
    Call.run(HEADS, session, arguments, this::heads);
  }

  private void heads(Call call) {
    List<Checkpoint> heads = sync().heads(groups.select(call.operand(0)));
    if (call.has("--json")) {
      Json.printObjects(call.out(), heads, SyncCommands::write);
      return;
    }
    if (heads.isEmpty()) {
      call.out().println("no log of the group has a signed head here yet");
    }
    for (Checkpoint head : heads) {
      call.out()
          .println(
              head.log()
                  + "  "
                  + Human.count(head.head().size())
                  + "  "
                  + head.head().root()
                  + "  by "
                  + head.author());
    }
  }

  private static void write(JsonGenerator json, Checkpoint head) throws IOException {
    json.writeStringField("log", head.log().toHex());
    json.writeStringField("author", head.author().toHex());
    json.writeNumberField("size", head.head().size());
    json.writeStringField("root", head.head().root().toHex());
  }

  /** Lists forks. */
  @Descriptor("logs that forked; see xf:forks --help")
  public void forks(CommandSession session, String... arguments) {
    Call.run(FORKS, session, arguments, this::forks);
  }

  private void forks(Call call) {
    String start = call.optionalOperand(0).orElse("").toLowerCase(Locale.ROOT);
    List<ForkInfo> forks =
        sync().forks().stream()
            .filter(fork -> fork.evidence().log().toHex().startsWith(start))
            .toList();
    call.option("--export").ifPresent(folder -> export(call.file(folder), forks));
    if (call.has("--json")) {
      Json.printObjects(call.out(), forks, SyncCommands::write);
      return;
    }
    if (forks.isEmpty()) {
      String which = start.isEmpty() ? "no log is" : "no log whose id begins with " + start + " is";
      call.out().println(which + " known to have forked");
    }
    for (ForkInfo fork : forks) {
      ForkEvidence evidence = fork.evidence();
      call.out()
          .println(
              "log "
                  + evidence.log()
                  + fork.name().map(name -> " (" + name.topic() + ")").orElse("")
                  + " of "
                  + evidence.author()
                  + ": two histories are signed, of "
                  + Human.count(evidence.first().head().size(), "event")
                  + " and of "
                  + Human.count(evidence.second().head().size())
                  + "; it is frozen");
    }
  }

  private static void export(Path folder, List<ForkInfo> forks) {
    for (ForkInfo fork : forks) {
      Path file = folder.resolve(fork.evidence().log().toHex() + ".fork");
      try {
        Files.createDirectories(folder);
        Files.write(file, fork.evidence().toBytes());
      } catch (IOException e) {
        throw new XfException(ErrorCode.IO, file + ": cannot be written: " + e, e);
      }
    }
  }

  private static void write(JsonGenerator json, ForkInfo fork) throws IOException {
    ForkEvidence evidence = fork.evidence();
    json.writeStringField("log", evidence.log().toHex());
    json.writeStringField("author", evidence.author().toHex());
    json.writeStringField("evidence", evidence.id().toHex());
    json.writeNumberField("first_size", evidence.first().head().size());
    json.writeNumberField("second_size", evidence.second().head().size());
    json.writeStringField("vkey", evidence.first().verifierKey().toText());
  }

  /** Explains. */
  @Descriptor("why nothing moves with a peer; see xf:why --help")
  public void why(CommandSession session, String... arguments) {
    Call.run(
        WHY,
        session,
        arguments,
        call ->
            sync().why(peers.select(call.operand(0))).stream()
                .map(this::named)
                .forEach(call.out()::println));
  }

  /** A group by its name, as people know it, where a sentence begins with one. */
  private String named(String sentence) {
    for (GroupInfo group : services.require(Groups.class).list()) {
      String prefix = "group " + group.id() + ":";
      if (sentence.startsWith(prefix)) {
        return group.name() + " (" + group.id() + "):" + sentence.substring(prefix.length());
      }
    }
    return sentence;
  }
}
