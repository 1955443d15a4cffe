package xf.shell;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.Event;
import xf.event.EventDraft;
import xf.event.EventLogs;
import xf.event.ListenerOptions;
import xf.event.Overflow;
import xf.event.Receipt;
import xf.event.Subscription;
import xf.event.XfException;

/** {@code xf:publish} and {@code xf:tail}. */
@Component(service = PublishCommands.class)
@GogoCommand(
    scope = "xf",
    function = {"publish", "tail"})
public final class PublishCommands {
  private static final Usage PUBLISH =
      Usage.of(
              "publish",
              "TOPIC TEXT...",
              2,
              Integer.MAX_VALUE,
              "Publishes a text on a topic; returns when it is durable.")
          .value(GroupSelector.OPTION, "NAME", "in that group instead of the device's own")
          .flag("--json", "the receipt as JSON");
  private static final Usage TAIL =
      Usage.of("tail", "TOPIC", 1, 1, "Shows a topic's events as they arrive, until a key is hit.")
          .value(GroupSelector.OPTION, "NAME", "of that group instead of the device's own")
          .flag("--from-start", "from the first event on")
          .value("--count", "N", "end after so many events")
          .flag("--json", "a JSON object a line");
  private static final int INBOX_EVENTS = 1_024;

  private final Services services;
  private final LogSelector selector;
  private final GroupSelector groups;

  /** Uses the services of the node. */
  @Activate
  public PublishCommands(
      @Reference Services services,
      @Reference LogSelector selector,
      @Reference GroupSelector groups) {
    this.services = services;
    this.selector = selector;
    this.groups = groups;
  }

  /** Publishes one event. */
  @Descriptor("publish a text on a topic; see xf:publish --help")
  public void publish(CommandSession session, String... arguments) {
    Call.run(PUBLISH, session, arguments, this::publish);
  }

  private void publish(Call call) {
    byte[] text = call.rest(1).getBytes(StandardCharsets.UTF_8);
    String topic = call.operand(0);
    services.require(EventLogs.class); // says why, where the bus could only wait for it
    Receipt receipt = join(groups.busToWrite(call).publish(topic, EventDraft.of(text)));
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartObject();
            json.writeStringField("log", receipt.log().toHex());
            json.writeStringField("topic", topic);
            json.writeNumberField("index", receipt.index());
            json.writeNumberField("hlc", receipt.hlc());
            json.writeEndObject();
          });
    } else {
      call.out()
          .println(
              topic
                  + " "
                  + receipt.index()
                  + "  durable in log "
                  + receipt.log()
                  + "  "
                  + Human.time(receipt.hlc()));
    }
  }

  static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof XfException xf) {
        throw xf;
      }
      throw e;
    }
  }

  /** Follows a topic. */
  @Descriptor("show a topic's events as they arrive; see xf:tail --help")
  public void tail(CommandSession session, String... arguments) {
    Call.run(TAIL, session, arguments, call -> tail(call, session));
  }

  private void tail(Call call, CommandSession session) {
    try {
      show(call, session);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // as by a key: who asked has seen enough
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, "keyboard: cannot be read: " + e.getMessage(), e);
    }
  }

  private void show(Call call, CommandSession session) throws IOException, InterruptedException {
    long left = Call.parseNumber("--count", call.option("--count").orElse("0"), 0, Long.MAX_VALUE);
    boolean isEndless = left == 0;
    BlockingQueue<Event> events = new LinkedBlockingQueue<>(INBOX_EVENTS);
    ListenerOptions options =
        new ListenerOptions(
            "tail-" + call.operand(0), call.has("--from-start"), INBOX_EVENTS, Overflow.BLOCK, 1);
    Subscription subscription = groups.bus(call).subscribe(call.operand(0), options, events::put);
    try {
      while ((isEndless || left > 0) && !isKeyPressed(session)) {
        Event event = events.poll(100, TimeUnit.MILLISECONDS);
        if (event != null) {
          print(call, event);
          left--;
        }
      }
    } finally {
      subscription.close();
    }
  }

  private static boolean isKeyPressed(CommandSession session) throws IOException {
    return session.getKeyboard() != null && session.getKeyboard().available() > 0;
  }

  private void print(Call call, Event event) {
    PrintStream out = call.out();
    if (call.has("--json")) {
      Json.print(out, json -> EventCommands.writeEvent(json, event, selector));
    } else {
      out.println(
          Human.time(event.hlc())
              + "  "
              + selector.author(event.log().author())
              + "  "
              + event.index()
              + "  "
              + Human.line(event.payload(), 100));
    }
    out.flush();
  }
}
