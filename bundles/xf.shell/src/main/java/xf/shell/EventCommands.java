package xf.shell;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.Dependency;
import xf.event.ErrorCode;
import xf.event.Event;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.EventView;
import xf.event.GroupId;
import xf.event.Hlc;
import xf.event.XfException;
import xf.merkle.MerkleIndex;
import xf.merkle.TreeHead;
import xf.shell.ingest.LineCheck;

/** {@code xf:logs}, {@code xf:events} and {@code xf:export}. */
@Component(service = EventCommands.class)
@GogoCommand(
    scope = "xf",
    function = {"logs", "events", "export", "_logs"})
public final class EventCommands {
  private static final Usage LOGS =
      Usage.of("logs", "[TOPIC]", 0, 1, "Lists the logs that are here, with size and root.")
          .value(GroupSelector.OPTION, "NAME", "those of that group")
          .flag("--json", "as JSON");
  private static final Usage EVENTS =
      Usage.of("events", "LOG [FROM [COUNT]]", 1, 3, "Shows events of a log, 20 unless told.")
          .value("--since", "TIME", "those from then on: 2026-01-31 or 2026-01-31T12:00:00Z")
          .value("--until", "TIME", "those before then")
          .flag("--json", "as JSON");
  private static final Usage EXPORT =
      Usage.of(
          "export",
          "LOG FILE",
          2,
          2,
          "Writes a log as JSON lines; what was imported comes out as the very line it was.");
  private static final int DEFAULT_COUNT = 20;
  private static final String NAME_HEADER = "TOPIC@AUTHOR";
  private static final int MAX_COMPLETIONS = 2_000;

  private final Services services;
  private final LogSelector selector;
  private final GroupSelector groups;

  /** Uses the services of the node. */
  @Activate
  public EventCommands(
      @Reference Services services,
      @Reference LogSelector selector,
      @Reference GroupSelector groups) {
    this.services = services;
    this.selector = selector;
    this.groups = groups;
  }

  /** Lists logs. */
  @Descriptor("list the logs; see xf:logs --help")
  public void logs(CommandSession session, String... arguments) {
    Call.run(LOGS, session, arguments, this::logs);
  }

  private record Row(EventLog log, TreeHead head) {}

  private void logs(Call call) {
    Optional<String> topic = call.optionalOperand(0);
    Optional<GroupId> group = call.option(GroupSelector.OPTION).map(groups::select);
    MerkleIndex index = services.require(MerkleIndex.class);
    List<Row> rows =
        services.require(EventLogs.class).all().stream()
            .filter(log -> group.isEmpty() || log.name().group().equals(group.get()))
            .filter(log -> topic.isEmpty() || log.name().topic().startsWith(topic.get()))
            .map(log -> new Row(log, index.head(log.id())))
            .toList();
    if (call.has("--json")) {
      Json.print(call.out(), json -> writeLogs(json, rows));
    } else {
      printLogs(call.out(), rows);
    }
  }

  private void writeLogs(JsonGenerator json, List<Row> rows) throws IOException {
    json.writeStartArray();
    for (Row row : rows) {
      json.writeStartObject();
      json.writeStringField("log", row.log.id().toHex());
      json.writeStringField("author", row.log.name().author().toHex());
      json.writeStringField("name", selector.name(row.log));
      json.writeStringField("group", row.log.name().group().toHex());
      json.writeStringField("topic", row.log.name().topic());
      json.writeNumberField("epoch", row.log.name().epoch());
      json.writeNumberField("size", row.head.size());
      json.writeStringField("root", row.head.root().toHex());
      if (row.log.frozen().isPresent()) {
        json.writeStringField("frozen", row.log.frozen().get());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void printLogs(PrintStream out, List<Row> rows) {
    if (rows.isEmpty()) {
      out.println("no logs; xf:publish TOPIC TEXT makes the first");
      return;
    }
    int width = rows.stream().mapToInt(row -> selector.name(row.log).length()).max().orElse(0);
    width = Math.max(width, NAME_HEADER.length());
    out.printf("%-12s  %-" + width + "s  %10s  %s%n", "LOG", NAME_HEADER, "SIZE", "ROOT");
    for (Row row : rows) {
      out.printf(
          "%-12s  %-" + width + "s  %10s  %s%s%n",
          row.log.id(),
          selector.name(row.log),
          Human.count(row.head.size()),
          row.head.root(),
          row.log.frozen().map(reason -> "  FROZEN: " + reason).orElse(""));
    }
  }

  /** The names of logs, for completion. */
  @Descriptor("names of logs, for completion")
  public List<String> _logs() {
    return services.find(EventLogs.class).map(EventLogs::all).orElse(List.of()).stream()
        .limit(MAX_COMPLETIONS)
        .map(selector::name)
        .toList();
  }

  /** Shows events. */
  @Descriptor("show events of a log; see xf:events --help")
  public void events(CommandSession session, String... arguments) {
    Call.run(EVENTS, session, arguments, this::events);
  }

  private void events(Call call) {
    EventLog log = selector.select(call.operand(0));
    long size = log.size();
    if (call.has("--since") || call.has("--until")) {
      showRange(
          call,
          log,
          call.option("--since").map(text -> log.indexAt(hlc(text))).orElse(0L),
          call.option("--until").map(text -> log.indexAt(hlc(text))).orElse(size));
      return;
    }
    long from = call.number(1, "FROM", 0, Long.MAX_VALUE, Math.max(0, size - DEFAULT_COUNT));
    if (from >= size && size > 0) {
      throw new XfException(
          ErrorCode.OUT_OF_RANGE,
          "index " + from + ": log " + log.id() + " has events 0 to " + (size - 1));
    }
    long count = call.number(2, "COUNT", 1, Long.MAX_VALUE, DEFAULT_COUNT);
    showRange(call, log, from, from + Math.min(count, size - from));
  }

  /** A point in time as a user writes it: a day, or an instant; both UTC. */
  private static long hlc(String text) {
    try {
      Instant instant =
          text.length() == "2026-01-31".length()
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : Instant.parse(text);
      return Hlc.ofMillis(Math.max(0, Math.min(instant.toEpochMilli(), Hlc.MAX_MILLIS)));
    } catch (DateTimeParseException e) {
      throw new XfException(
          ErrorCode.BAD_FORMAT,
          "time " + text + ": expected 2026-01-31 or 2026-01-31T12:00:00Z",
          e);
    }
  }

  private void showRange(Call call, EventLog log, long from, long end) {
    if (call.has("--json")) {
      Json.print(call.out(), json -> writeEvents(json, log, from, end));
    } else if (from < end) {
      log.scan(from, (l, position, event) -> print(call.out(), event) && event.index() + 1 < end);
    }
  }

  private void writeEvents(JsonGenerator json, EventLog log, long from, long end)
      throws IOException {
    json.writeStartArray();
    for (long index = from; index < end; index++) {
      writeEvent(json, log.read(index, view -> Event.copyOf(log, view)), selector);
    }
    json.writeEndArray();
  }

  private static boolean print(PrintStream out, EventView event) {
    String after = event.dependencyCount() == 0 ? "" : "  after " + event.dependencyCount();
    out.printf(
        "%8d  %s  %s%s%n",
        event.index(), Human.time(event.hlc()), Human.line(event.copyPayload(), 100), after);
    return true;
  }

  static void writeEvent(JsonGenerator json, Event event, LogSelector selector) throws IOException {
    json.writeStartObject();
    json.writeStringField("log", event.log().id().toHex());
    json.writeNumberField("index", event.index());
    json.writeNumberField("ts", Hlc.millis(event.hlc()));
    json.writeNumberField("counter", Hlc.counter(event.hlc()));
    json.writeStringField("author", selector.author(event.log().author()));
    json.writeStringField("group", event.log().group().toHex());
    json.writeStringField("topic", event.log().topic());
    json.writeNumberField("epoch", event.log().epoch());
    json.writeNumberField("type", event.type());
    json.writeNumberField("flags", event.flags());
    json.writeArrayFieldStart("dependencies");
    for (Dependency dependency : event.dependencies()) {
      json.writeStartObject();
      json.writeStringField("log", dependency.log().toHex());
      json.writeNumberField("index", dependency.index());
      json.writeEndObject();
    }
    json.writeEndArray();
    Json.writePayload(json, "payload", event.payload());
    json.writeEndObject();
  }

  /** Writes a log to a file. */
  @Descriptor("write a log as JSON lines; see xf:export --help")
  public void export(CommandSession session, String... arguments) {
    Call.run(EXPORT, session, arguments, this::export);
  }

  private void export(Call call) {
    EventLog log = selector.select(call.operand(0));
    Path file = call.file(1);
    long size = log.size();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      LineCheck importable = new LineCheck();
      log.scan(
          0,
          (l, position, event) -> {
            writeLine(out, l, event, importable);
            return event.index() + 1 < size;
          });
    } catch (IOException | UncheckedIOException e) {
      throw new XfException(ErrorCode.IO, file + ": cannot be written: " + e.getMessage(), e);
    }
    call.out().println("exported " + Human.count(size, "event") + " to " + file);
  }

  private void writeLine(OutputStream out, EventLog log, EventView event, LineCheck importable) {
    byte[] payload = event.copyPayload();
    try {
      if (importable.accepts(payload)) {
        out.write(payload);
      } else {
        Json.write(out, json -> writeOwnLine(json, log, event, payload));
      }
      out.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The fields that an import asks for, made from those of an event. */
  private void writeOwnLine(JsonGenerator json, EventLog log, EventView event, byte[] payload)
      throws IOException {
    json.writeStartObject();
    json.writeNumberField("ts", Hlc.millis(event.hlc()));
    json.writeStringField("author", log.name().author().toHex());
    json.writeStringField("topic", log.name().topic());
    json.writeStringField("text", new String(payload, StandardCharsets.UTF_8));
    if (!Json.isText(payload)) {
      json.writeFieldName("payload_base64");
      json.writeBinary(payload);
    }
    json.writeStringField("id", event.copyId().toHex());
    json.writeArrayFieldStart("parents");
    for (int i = 0; i < event.dependencyCount(); i++) {
      json.writeString(parent(event.dependency(i)));
    }
    json.writeEndArray();
    json.writeNumberField("index", event.index());
    json.writeNumberField("hlc", event.hlc());
    json.writeEndObject();
  }

  /** An event's id, by which an import finds it again; of one that is not here only its place. */
  private String parent(Dependency dependency) {
    return services
        .require(EventLogs.class)
        .find(dependency.log())
        .filter(log -> dependency.index() < log.size())
        .map(log -> log.read(dependency.index(), EventView::copyId).toHex())
        .orElseGet(() -> dependency.log().toHex() + "/" + dependency.index());
  }
}
