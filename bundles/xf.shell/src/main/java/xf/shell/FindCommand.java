package xf.shell;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.Event;
import xf.event.EventLog;
import xf.event.Hash;
import xf.event.XfException;
import xf.store.EventPlace;
import xf.store.EventStore;

/** {@code xf:find}. */
@Component(service = FindCommand.class)
@GogoCommand(
    scope = "xf",
    function = {"find"})
public final class FindCommand {
  private static final Usage FIND =
      Usage.of("find", "ID", 1, 1, "Finds an event by its id, the 64 hex digits of its leaf hash.")
          .flag("--json", "the event as JSON");
  private static final int ID_DIGITS = 64;

  private final Services services;
  private final LogSelector selector;

  /** Uses the services of the node. */
  @Activate
  public FindCommand(@Reference Services services, @Reference LogSelector selector) {
    this.services = services;
    this.selector = selector;
  }

  /** Finds an event. */
  @Descriptor("find an event by its id; see xf:find --help")
  public void find(CommandSession session, String... arguments) {
    Call.run(FIND, session, arguments, this::find);
  }

  private void find(Call call) {
    String id = call.operand(0);
    if (id.length() != ID_DIGITS || !id.matches("[0-9a-fA-F]*")) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "id " + id + ": expected " + ID_DIGITS + " hex digits");
    }
    EventPlace place =
        services
            .require(EventStore.class)
            .findById(Hash.ofHex(id))
            .orElseThrow(
                () -> new XfException(ErrorCode.NOT_FOUND, "no event here has the id " + id));
    EventLog log = place.log();
    Event event = log.read(place.index(), view -> Event.copyOf(log, view));
    if (call.has("--json")) {
      Json.print(call.out(), json -> EventCommands.writeEvent(json, event, selector));
    } else {
      call.out().println(selector.name(log) + " " + event.index() + "  in log " + log.id());
      call.out().println(Human.time(event.hlc()) + "  " + Human.line(event.payload(), 200));
    }
  }
}
