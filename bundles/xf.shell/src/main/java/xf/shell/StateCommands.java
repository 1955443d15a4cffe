package xf.shell;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Dictionary;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeInformation;
import org.osgi.service.metatype.MetaTypeService;
import org.osgi.service.metatype.ObjectClassDefinition;
import xf.event.BusStats;
import xf.event.ErrorCode;
import xf.event.EventBus;
import xf.event.ListenerStats;
import xf.event.XfException;
import xf.gossip.GroupInfo;
import xf.gossip.Groups;
import xf.gossip.SessionInfo;
import xf.gossip.Sync;
import xf.merkle.CheckReport;
import xf.merkle.IndexStats;
import xf.merkle.MerkleIndex;
import xf.store.EventStore;
import xf.store.PageStats;
import xf.store.PageStore;
import xf.store.StoreStats;

/** {@code xf:check}, {@code xf:stats} and {@code xf:config}. */
@Component(service = StateCommands.class)
@GogoCommand(
    scope = "xf",
    function = {"check", "stats", "config"})
public final class StateCommands {
  private static final Usage CHECK =
      Usage.of(
              "check",
              "",
              0,
              0,
              "Reads every event, page and checkpoint again and proves them against one another.")
          .flag("--repair", "build damaged pages, checkpoints and tables again from the events")
          .flag("--json", "the result as JSON");
  private static final Usage STATS =
      Usage.of("stats", "", 0, 0, "Counters and sizes.").flag("--json", "as JSON");
  private static final Usage CONFIG =
      Usage.of("config", "", 0, 0, "Every setting, its value and its range.")
          .flag("--json", "as JSON");

  private final BundleContext context;
  private final Services services;
  private final MetaTypeService metatypes;
  private final ConfigurationAdmin configurations;

  /** Uses the services of the node. */
  @Activate
  public StateCommands(
      BundleContext context,
      @Reference Services services,
      @Reference MetaTypeService metatypes,
      @Reference ConfigurationAdmin configurations) {
    this.context = context;
    this.services = services;
    this.metatypes = metatypes;
    this.configurations = configurations;
  }

  /** Checks everything. */
  @Descriptor("read everything again and prove it; see xf:check --help")
  public void check(CommandSession session, String... arguments) {
    Call.run(CHECK, session, arguments, this::check);
  }

  private void check(Call call) {
    PrintStream out = call.out();
    boolean isJson = call.has("--json");
    CheckReport report;
    try (ProgressLine line = new ProgressLine(call, "step")) {
      report =
          services
              .require(MerkleIndex.class)
              .check(
                  call.has("--repair"),
                  problem -> {
                    if (!isJson) {
                      line.clear();
                      out.println(problem);
                    }
                  },
                  line::show);
    }
    if (isJson) {
      Json.print(out, json -> write(json, report));
    } else {
      out.println(
          "checked "
              + Human.count(report.logs(), "log")
              + ", "
              + Human.count(report.events(), "event")
              + ", "
              + Human.count(report.pages(), "page")
              + ", "
              + Human.count(report.checkpoints(), "checkpoint")
              + ": "
              + (report.problems() == 0 ? "all right" : Human.count(report.problems(), "problem")));
    }
    long left = report.problems() - report.repaired();
    if (left > 0) {
      throw new XfException(
          ErrorCode.NOT_VERIFIED,
          Human.count(left, "problem") + " found: the data is not what was written");
    }
  }

  private static void write(JsonGenerator json, CheckReport report) throws IOException {
    json.writeStartObject();
    json.writeNumberField("logs", report.logs());
    json.writeNumberField("events", report.events());
    json.writeNumberField("pages", report.pages());
    json.writeNumberField("checkpoints", report.checkpoints());
    json.writeNumberField("problems", report.problems());
    json.writeNumberField("repaired", report.repaired());
    json.writeEndObject();
  }

  /** Shows counters. */
  @Descriptor("counters and sizes; see xf:stats --help")
  public void stats(CommandSession session, String... arguments) {
    Call.run(STATS, session, arguments, this::stats);
  }

  private void stats(Call call) {
    Map<String, Map<String, Object>> groups = new LinkedHashMap<>();
    services.find(EventStore.class).ifPresent(s -> groups.put("store", store(s.stats())));
    services.find(PageStore.class).ifPresent(s -> groups.put("pages", pages(s.stats())));
    services.find(MerkleIndex.class).ifPresent(s -> groups.put("index", index(s.stats())));
    services.find(EventBus.class).ifPresent(s -> addBus(groups, s.stats()));
    services.find(Sync.class).ifPresent(s -> addSessions(groups, s));
    groups.put("process", process());
    print(call, groups);
  }

  private static Map<String, Object> store(StoreStats stats) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("events", stats.events());
    map.put("logs", stats.logs());
    map.put("appended", stats.appended());
    map.put("commits", stats.commits());
    map.put("fsyncs", stats.fsyncs());
    map.put("mapBytes", stats.mapBytes());
    map.put("usedBytes", stats.usedBytes());
    map.put("fileBytes", stats.fileBytes());
    map.put("access", stats.access());
    return map;
  }

  private static Map<String, Object> pages(PageStats stats) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("openSegments", stats.openSegments());
    map.put("pagesWritten", stats.pagesWritten());
    map.put("forces", stats.forces());
    map.put("diskBytes", stats.diskBytes());
    map.put("advice", stats.advice());
    return map;
  }

  private static Map<String, Object> index(IndexStats stats) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("cursor", stats.cursor());
    map.put("leaves", stats.leaves());
    map.put("pagesSealed", stats.pagesSealed());
    map.put("checkpointsSigned", stats.checkpointsSigned());
    map.put("logsInMemory", stats.logsInMemory());
    return map;
  }

  private static void addBus(Map<String, Map<String, Object>> groups, BusStats stats) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("published", stats.published());
    map.put("refused", stats.refused());
    map.put("retried", stats.retried());
    map.put("position", stats.position());
    groups.put("bus", map);
    for (ListenerStats listener : stats.listeners()) {
      Map<String, Object> of = new LinkedHashMap<>();
      of.put("topic", listener.topic());
      of.put("delivered", listener.delivered());
      of.put("failed", listener.failed());
      of.put("dropped", listener.dropped());
      of.put("fellBehind", listener.fellBehind());
      of.put("waiting", listener.waiting());
      groups.put("listener " + listener.name(), of);
    }
  }

  private void addSessions(Map<String, Map<String, Object>> groups, Sync sync) {
    for (GroupInfo group : services.require(Groups.class).list()) {
      for (SessionInfo session : sync.status(group.id()).sessions()) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("state", session.state().toString().toLowerCase(Locale.ROOT));
        map.put("inBytes", session.bytesIn());
        map.put("outBytes", session.bytesOut());
        map.put("framesIn", session.framesIn());
        map.put("framesOut", session.framesOut());
        map.put("roundTrips", session.turns());
        map.put("eventsIn", session.eventsIn());
        map.put("eventsOut", session.eventsOut());
        map.put("penaltyPoints", session.penaltyPoints());
        groups.put("session " + group.name() + " " + session.peer(), map);
      }
    }
  }

  private static Map<String, Object> process() {
    Runtime runtime = Runtime.getRuntime();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("java", String.valueOf(Runtime.version()));
    map.put("heapBytes", runtime.totalMemory() - runtime.freeMemory());
    map.put("maxHeapBytes", runtime.maxMemory());
    return map;
  }

  private static void print(Call call, Map<String, Map<String, Object>> groups) {
    if (call.has("--json")) {
      Json.print(call.out(), json -> write(json, groups));
      return;
    }
    groups.forEach(
        (group, values) -> {
          call.out().println(group);
          values.forEach(
              (name, value) -> call.out().printf("  %-18s %s%n", name, shown(name, value)));
        });
  }

  private static String shown(String name, Object value) {
    if (value instanceof Number number) {
      return name.endsWith("Bytes")
          ? Human.bytes(number.longValue())
          : Human.count(number.longValue());
    }
    return value.toString();
  }

  private static void write(JsonGenerator json, Map<String, Map<String, Object>> groups)
      throws IOException {
    json.writeStartObject();
    for (Map.Entry<String, Map<String, Object>> group : groups.entrySet()) {
      json.writeObjectFieldStart(group.getKey());
      for (Map.Entry<String, Object> entry : group.getValue().entrySet()) {
        if (entry.getValue() instanceof Number number) {
          json.writeNumberField(entry.getKey(), number.longValue());
        } else {
          json.writeStringField(entry.getKey(), entry.getValue().toString());
        }
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  /** Shows settings. */
  @Descriptor("every setting, its value and range; see xf:config --help")
  public void config(CommandSession session, String... arguments) {
    Call.run(CONFIG, session, arguments, this::config);
  }

  private record Setting(String key, String value, String range, String meaning) {}

  private void config(Call call) {
    Map<String, Setting> settings = new TreeMap<>();
    for (String property : new String[] {"xf.data", "xf.log.level", "xf.threads"}) {
      String value = Optional.ofNullable(context.getProperty(property)).orElse("");
      settings.put(property, new Setting(property, value, "", "of the launcher"));
    }
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getSymbolicName().startsWith("xf.")) {
        addSettings(settings, bundle, metatypes.getMetaTypeInformation(bundle));
      }
    }
    if (call.has("--json")) {
      Json.print(call.out(), json -> writeSettings(json, settings));
    } else {
      settings
          .values()
          .forEach(
              s ->
                  call.out()
                      .printf(
                          "%-28s = %-24s %s%s%n",
                          s.key, s.value, s.meaning, s.range.isEmpty() ? "" : "; " + s.range));
    }
  }

  private void addSettings(
      Map<String, Setting> settings, Bundle bundle, @Nullable MetaTypeInformation types) {
    if (types == null) {
      return;
    }
    Ranges ranges = new Ranges(bundle);
    for (String pid : types.getPids()) {
      Dictionary<String, Object> configured = configured(pid);
      for (AttributeDefinition attribute :
          types
              .getObjectClassDefinition(pid, null)
              .getAttributeDefinitions(ObjectClassDefinition.ALL)) {
        String[] defaults = attribute.getDefaultValue();
        Object set = configured == null ? null : configured.get(attribute.getID());
        String value =
            set != null ? set.toString() : defaults == null ? "" : String.join(",", defaults);
        String key = pid + "." + attribute.getID();
        settings.put(
            key,
            new Setting(
                key,
                value,
                ranges.of(attribute.getID()),
                String.valueOf(attribute.getDescription())));
      }
    }
  }

  private @Nullable Dictionary<String, Object> configured(String pid) {
    try {
      Configuration[] found = configurations.listConfigurations("(service.pid=" + pid + ")");
      return found == null ? null : found[0].getProperties();
    } catch (IOException | InvalidSyntaxException e) {
      throw new XfException(ErrorCode.IO, "configuration " + pid + ": " + e.getMessage(), e);
    }
  }

  private static void writeSettings(JsonGenerator json, Map<String, Setting> settings)
      throws IOException {
    json.writeStartObject();
    for (Setting setting : settings.values()) {
      json.writeObjectFieldStart(setting.key);
      json.writeStringField("value", setting.value);
      json.writeStringField("range", setting.range);
      json.writeStringField("meaning", setting.meaning);
      json.writeEndObject();
    }
    json.writeEndObject();
  }
}
