package xf.shell;

import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.XfException;
import xf.merkle.MerkleIndex;
import xf.store.EventStore;

/** {@code xf:rebuild}. */
@Component(service = RebuildCommand.class)
@GogoCommand(
    scope = "xf",
    function = {"rebuild"})
public final class RebuildCommand {
  private static final Usage REBUILD =
      Usage.of("rebuild", "[LOG]", 0, 1, "Deletes a log's pages and builds them from its events.")
          .flag("--all", "the pages of every log, and tables that are wrong")
          .flag("--json", "the result as JSON");

  private final Services services;
  private final LogSelector selector;

  /** Uses the services of the node. */
  @Activate
  public RebuildCommand(@Reference Services services, @Reference LogSelector selector) {
    this.services = services;
    this.selector = selector;
  }

  /** Builds pages again. */
  @Descriptor("build a log's pages again from its events; see xf:rebuild --help")
  public void rebuild(CommandSession session, String... arguments) {
    Call.run(REBUILD, session, arguments, this::rebuild);
  }

  /** What the store itself has beside the events is built again where it is wrong. */
  private void rebuildTables(Call call) {
    try (ProgressLine progress = new ProgressLine(call, "chunk")) {
      boolean isSound =
          services
              .require(EventStore.class)
              .repair(
                  problem -> {
                    if (!call.has("--json")) {
                      progress.clear();
                      call.out().println(problem);
                    }
                  },
                  progress::show);
      if (!isSound) {
        throw new XfException(ErrorCode.NOT_VERIFIED, "the events are damaged; see xf:check");
      }
    }
  }

  private void rebuild(Call call) {
    if (call.has("--all") == call.optionalOperand(0).isPresent()) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION, "xf:rebuild: give either a LOG or --all; see --help");
    }
    long startNs = System.nanoTime();
    if (call.has("--all")) {
      rebuildTables(call);
    }
    List<EventLog> logs =
        call.has("--all")
            ? services.require(EventLogs.class).all()
            : List.of(selector.select(call.operand(0)));
    MerkleIndex index = services.require(MerkleIndex.class);
    try (ProgressLine progress = new ProgressLine(call, "event")) {
      logs.forEach(log -> index.rebuild(log.id(), progress::show));
    }
    long events = logs.stream().mapToLong(EventLog::size).sum();
    long nanos = System.nanoTime() - startNs;
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartObject();
            json.writeNumberField("logs", logs.size());
            json.writeNumberField("events", events);
            json.writeNumberField("seconds", nanos / 1e9);
            json.writeEndObject();
          });
    } else {
      call.out()
          .println(
              "rebuilt the pages of "
                  + Human.count(logs.size(), "log")
                  + " from "
                  + Human.count(events, "event")
                  + " in "
                  + Human.seconds(nanos));
    }
  }
}
