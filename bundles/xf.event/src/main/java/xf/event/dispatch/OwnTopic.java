package xf.event.dispatch;

import java.util.ArrayList;
import java.util.List;
import xf.event.AuthorKey;
import xf.event.Dependency;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.GroupId;
import xf.event.LogName;
import xf.event.StreamClass;

/**
 * A topic of a group, as this device writes it: one log, and another for each epoch that had to be
 * begun. Epochs follow one another without a gap; one that was begun elsewhere and lost here shows
 * as a log that is empty and frozen.
 */
record OwnTopic(GroupId group, String topic, AuthorKey author) {

  private LogName name(int epoch) {
    return new LogName(group, StreamClass.TOPIC, topic, author, epoch);
  }

  /** The log that is written: the last one that has events or was frozen, or the first of all. */
  EventLog newest(EventLogs logs) {
    EventLog newest = logs.open(name(0));
    EventLog next = after(newest, logs);
    while (next.size() > 0 || next.frozen().isPresent()) {
      newest = next;
      next = after(newest, logs);
    }
    return newest;
  }

  /** The log of the epoch after this one. */
  EventLog after(EventLog log, EventLogs logs) {
    return logs.open(name(log.name().epoch() + 1));
  }

  /** The draft with one dependency more: on the last event up to the epoch of {@code log}. */
  EventDraft following(EventLog log, EventLogs logs, EventDraft draft) {
    EventLog last = log;
    for (int epoch = log.name().epoch() - 1; epoch >= 0 && last.size() == 0; epoch--) {
      last = logs.open(name(epoch));
    }
    if (last.size() == 0) {
      return draft;
    }
    List<Dependency> dependencies = new ArrayList<>(draft.dependencies());
    dependencies.add(new Dependency(last.id(), last.size() - 1));
    return new EventDraft(
        draft.type(), draft.flags(), draft.millis(), dependencies, draft.payload());
  }
}
