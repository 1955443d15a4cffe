package xf.gossip.sync;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.event.LogId;
import xf.event.StreamClass;

/**
 * What waits to be sent to one peer: heads to push, as a set of logs, and requests to answer; each
 * in the order of stream classes, and every eighth turn in the other, so that nothing starves. What
 * is sent is read when its turn comes: the log is the queue.
 */
final class Lane {
  private static final List<StreamClass> FIRST_TO_LAST = List.of(StreamClass.values());
  private static final List<StreamClass> LAST_TO_FIRST =
      FIRST_TO_LAST.stream().sorted(Comparator.reverseOrder()).toList();
  private static final int TURNS_IN_ORDER = 8;

  private final Map<StreamClass, Set<LogId>> pushes = new EnumMap<>(StreamClass.class);
  private final Map<StreamClass, Deque<Answer>> answers = new EnumMap<>(StreamClass.class);
  private int answerCount;
  private int pushCount;
  private long turns;

  /** A request that is being answered piece by piece. */
  static final class Answer {
    final SyncMessage request;
    final StreamClass streamClass;
    long next;

    Answer(SyncMessage request, StreamClass streamClass, long next) {
      this.request = request;
      this.streamClass = streamClass;
      this.next = next;
    }
  }

  private Set<LogId> pushes(StreamClass streamClass) {
    return pushes.computeIfAbsent(streamClass, each -> new LinkedHashSet<>());
  }

  private Deque<Answer> answers(StreamClass streamClass) {
    return answers.computeIfAbsent(streamClass, each -> new ArrayDeque<>());
  }

  void push(LogId log, StreamClass streamClass) {
    if (pushes(streamClass).add(log)) {
      pushCount++;
    }
  }

  void answer(Answer answer) {
    answers(answer.streamClass).add(answer);
    answerCount++;
  }

  int answerCount() {
    return answerCount;
  }

  int pushCount() {
    return pushCount;
  }

  boolean isEmpty() {
    return answerCount == 0 && pushCount == 0;
  }

  /**
   * Whose turn it is: a {@link LogId} to push, removed, or an {@link Answer}, left in its place.
   */
  @Nullable Object next() {
    turns++;
    for (StreamClass each : turns % TURNS_IN_ORDER == 0 ? LAST_TO_FIRST : FIRST_TO_LAST) {
      boolean pushFirst = turns % 2 == 0 || answers(each).isEmpty();
      if (pushFirst && !pushes(each).isEmpty()) {
        LogId log = pushes(each).iterator().next();
        pushes(each).remove(log);
        pushCount--;
        return log;
      }
      if (!answers(each).isEmpty()) {
        return answers(each).element();
      }
    }
    return null;
  }

  void done(Answer answer) {
    if (answers(answer.streamClass).remove(answer)) {
      answerCount--;
    }
  }
}
