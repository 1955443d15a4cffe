package xf.event.dispatch;

import org.jspecify.annotations.Nullable;
import xf.event.GroupId;
import xf.event.LogName;
import xf.event.StreamClass;

/**
 * Which logs a listener hears, of whatever author and epoch.
 *
 * @param group those of this group; null: of all groups
 * @param topic those of this topic; null: all streams
 */
record Audience(@Nullable GroupId group, @Nullable String topic) {
  boolean hears(LogName name) {
    return (group == null || group.equals(name.group()))
        && (topic == null
            || (name.streamClass() == StreamClass.TOPIC && topic.equals(name.topic())));
  }

  String topicOrNothing() {
    String one = topic;
    return one == null ? "" : one;
  }
}
