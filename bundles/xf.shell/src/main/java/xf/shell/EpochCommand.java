package xf.shell;

import java.nio.charset.StandardCharsets;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.GroupBus;
import xf.event.Receipt;
import xf.merkle.MerkleIndex;

/** {@code xf:epoch}. */
@Component(service = EpochCommand.class)
@GogoCommand(
    scope = "xf",
    function = {"epoch"})
public final class EpochCommand {
  private static final Usage EPOCH =
      Usage.of(
              "epoch",
              "TOPIC [TEXT...]",
              1,
              Integer.MAX_VALUE,
              "Goes on after this device's log of a topic was frozen: begins the next epoch with a"
                  + " first event, TEXT or nothing, that depends on the last one of the old log.")
          .value(GroupSelector.OPTION, "NAME", "in that group instead of the device's own")
          .flag("--json", "the receipt as JSON");

  private final Services services;
  private final GroupSelector groups;

  /** Uses the services of the node. */
  @Activate
  public EpochCommand(@Reference Services services, @Reference GroupSelector groups) {
    this.services = services;
    this.groups = groups;
  }

  /** Begins an epoch. */
  @Descriptor("go on after a log was frozen; see xf:epoch --help")
  public void epoch(CommandSession session, String... arguments) {
    Call.run(EPOCH, session, arguments, this::epoch);
  }

  private void epoch(Call call) {
    services.require(EventLogs.class); // says why, where the bus could only wait for it
    MerkleIndex index = services.require(MerkleIndex.class);
    GroupBus bus = groups.busToWrite(call);
    String topic = call.operand(0);
    EventLog old = bus.log(topic);
    byte[] text = call.rest(1).getBytes(StandardCharsets.UTF_8);
    Receipt receipt = PublishCommands.join(bus.newEpoch(topic, EventDraft.of(text)));
    if (old.size() > 0) {
      index.rebuild(old.id(), progress -> {}); // pages may be of events that are lost
    }
    int epoch = bus.log(topic).name().epoch();
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartObject();
            json.writeStringField("log", receipt.log().toHex());
            json.writeStringField("topic", topic);
            json.writeNumberField("epoch", epoch);
            json.writeNumberField("index", receipt.index());
            json.writeEndObject();
          });
    } else {
      call.out()
          .println(
              topic
                  + " goes on in epoch "
                  + epoch
                  + ", log "
                  + receipt.log()
                  + ", after "
                  + Human.count(old.size(), "event")
                  + " of log "
                  + old.id());
    }
  }
}
