package xf.shell;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.Keyring;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.XfException;

/**
 * Finds the log that a user means: its name as it is shown, a prefix of its id, {@code
 * topic@author} where both may be prefixes (the author's key in hex, or the label it was imported
 * under), or a whole topic; {@code group:} before either of the last two limits it to that group.
 *
 * <p>A name is shown as {@code group:topic@author#epoch}, without the group where it is the
 * device's own and without the epoch where it is 0.
 */
@Component(service = LogSelector.class)
public final class LogSelector {
  private static final int SHOWN = 4;

  private final Services services;
  private final GroupSelector groups;

  /** Uses the services of the node. */
  @Activate
  public LogSelector(@Reference Services services, @Reference GroupSelector groups) {
    this.services = services;
    this.groups = groups;
  }

  EventLog select(String text) {
    List<EventLog> logs = services.require(EventLogs.class).all();
    List<EventLog> found = text.isEmpty() ? List.of() : matches(logs, text);
    if (found.size() == 1) {
      return found.get(0);
    }
    if (found.isEmpty()) {
      throw new XfException(
          ErrorCode.NOT_FOUND, "no log is named \"" + text + "\": xf:logs lists them");
    }
    String some = String.join(", ", found.stream().limit(SHOWN).map(this::name).toList());
    throw new XfException(
        ErrorCode.NOT_FOUND,
        "\""
            + text
            + "\" fits "
            + found.size()
            + " logs, give more of it: "
            + some
            + (found.size() > SHOWN ? ", …" : ""));
  }

  private List<EventLog> matches(List<EventLog> logs, String text) {
    List<EventLog> shown = filter(logs, log -> name(log).equals(text));
    List<EventLog> found = shown.isEmpty() ? matchesPart(logs, text) : shown;
    int colon = text.indexOf(':');
    if (!found.isEmpty() || colon < 0) {
      return found;
    }
    String group = text.substring(0, colon);
    return matchesPart(
        filter(logs, log -> groups.name(log.name().group()).equals(group)),
        text.substring(colon + 1));
  }

  private List<EventLog> matchesPart(List<EventLog> logs, String text) {
    int at = text.indexOf('@');
    if (at >= 0) {
      return matches(logs, text.substring(0, at), text.substring(at + 1));
    }
    List<EventLog> byTopic = filter(logs, log -> log.name().topic().equals(text));
    return byTopic.isEmpty()
        ? filter(logs, log -> log.id().toHex().startsWith(text.toLowerCase(Locale.ROOT)))
        : byTopic;
  }

  /** A topic given in full is meant, even when it begins another one. */
  private List<EventLog> matches(List<EventLog> logs, String topic, String author) {
    List<EventLog> ofAuthor = filter(logs, log -> isBy(log, author));
    List<EventLog> exact = filter(ofAuthor, log -> log.name().topic().equals(topic));
    return exact.isEmpty() ? filter(ofAuthor, log -> log.name().topic().startsWith(topic)) : exact;
  }

  private boolean isBy(EventLog log, String prefix) {
    AuthorKey author = log.name().author();
    return author.toHex().startsWith(prefix.toLowerCase(Locale.ROOT))
        || author(author).startsWith(prefix);
  }

  private static List<EventLog> filter(List<EventLog> logs, Predicate<EventLog> predicate) {
    return logs.stream().filter(predicate).toList();
  }

  /** What an author is called here: "me", an import's label, or the start of the key. */
  String author(AuthorKey author) {
    return services
        .find(Keyring.class)
        .map(
            keyring ->
                keyring.device().author().equals(author)
                    ? "me"
                    : keyring.label(author).orElse(author.toString()))
        .orElse(author.toString());
  }

  /** A log as a user may name it. */
  String name(EventLog log) {
    LogName name = log.name();
    String group = groups.isHome(name.group()) ? "" : groups.name(name.group()) + ":";
    String topic =
        name.streamClass() == StreamClass.TOPIC
            ? name.topic()
            : name.streamClass().name().toLowerCase(Locale.ROOT);
    String epoch = name.epoch() == 0 ? "" : "#" + name.epoch();
    return group + topic + "@" + author(name.author()) + epoch;
  }
}
