package xf.shell;

import java.nio.file.Path;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.EventLog;
import xf.merkle.Checkpoint;
import xf.merkle.MerkleIndex;

/** {@code xf:export-tiles}; a function of its own, as no Java method can have that name. */
@Component(service = ExportTilesCommand.class)
@GogoCommand(
    scope = "xf",
    function = {"export-tiles"})
public final class ExportTilesCommand implements Function {
  private static final Usage EXPORT_TILES =
      Usage.of(
              "export-tiles",
              "LOG DIR",
              2,
              2,
              "Writes a log as static files that any C2SP tlog-tiles client reads.")
          .flag("--json", "the result as JSON");

  private final Services services;
  private final LogSelector selector;

  /** Uses the services of the node. */
  @Activate
  public ExportTilesCommand(@Reference Services services, @Reference LogSelector selector) {
    this.services = services;
    this.selector = selector;
  }

  @Override
  public @Nullable Object execute(CommandSession session, List<Object> arguments) {
    String[] texts = arguments.stream().map(String::valueOf).toArray(String[]::new);
    Call.run(EXPORT_TILES, session, texts, this::export);
    return null;
  }

  private void export(Call call) {
    EventLog log = selector.select(call.operand(0));
    Path folder = call.file(1);
    Checkpoint checkpoint;
    try (ProgressLine progress = new ProgressLine(call, "event")) {
      checkpoint =
          services.require(MerkleIndex.class).exportTiles(log.id(), folder, progress::show);
    }
    String vkey = checkpoint.verifierKey().toText();
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartObject();
            json.writeStringField("folder", folder.toString());
            json.writeNumberField("size", checkpoint.head().size());
            json.writeStringField("root", checkpoint.head().root().toHex());
            json.writeStringField("vkey", vkey);
            json.writeEndObject();
          });
    } else {
      long size = checkpoint.head().size();
      call.out().println("exported " + Human.count(size, "event") + " as tiles to " + folder);
      call.out().println("key: " + vkey);
    }
  }
}
