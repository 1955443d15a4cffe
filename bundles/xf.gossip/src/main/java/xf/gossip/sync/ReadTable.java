package xf.gossip.sync;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import xf.event.ErrorCode;
import xf.event.GroupId;
import xf.event.LogName;
import xf.event.XfException;
import xf.gossip.ProvedEvent;

/** Who waits for single events to be read. Safe for use by any thread. */
final class ReadTable {
  private static final int MAX_WAITING = 256;

  private final Map<Long, Waiting> waiting = new LinkedHashMap<>();
  private long lastNumber;
  private boolean closed;

  private record Waiting(GroupId group, CompletableFuture<List<ProvedEvent>> answer) {}

  /** Begins a read of so many events by calling {@code start} with its number. */
  CompletableFuture<List<ProvedEvent>> begin(LogName log, List<Long> indexes, LongConsumer start) {
    if (indexes.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    if (indexes.size() > SyncCodec.MAX_SPARSE) {
      return failed(
          ErrorCode.TOO_LARGE, indexes.size() + " indexes: at most " + SyncCodec.MAX_SPARSE);
    }
    if (indexes.get(0) < 0) {
      return failed(ErrorCode.OUT_OF_RANGE, "index " + indexes.get(0) + ": expected 0 or more");
    }
    CompletableFuture<List<ProvedEvent>> answer = new CompletableFuture<>();
    long number;
    synchronized (this) {
      if (closed) {
        return failed(ErrorCode.UNAVAILABLE, "sync is being stopped");
      }
      if (waiting.size() >= MAX_WAITING) {
        return failed(ErrorCode.OVERLOADED, "more than " + MAX_WAITING + " reads wait");
      }
      number = ++lastNumber;
      waiting.put(number, new Waiting(log.group(), answer));
    }
    start.accept(number);
    return answer;
  }

  private static CompletableFuture<List<ProvedEvent>> failed(ErrorCode code, String what) {
    return CompletableFuture.failedFuture(new XfException(code, "read: " + what));
  }

  private synchronized CompletableFuture<List<ProvedEvent>> take(long number) {
    Waiting taken = waiting.remove(number);
    return taken == null ? new CompletableFuture<>() : taken.answer();
  }

  void done(SyncOutput.ReadDone done) {
    CompletableFuture<List<ProvedEvent>> answer = take(done.number());
    XfException failure = done.failure();
    if (failure != null) {
      answer.completeExceptionally(failure);
    } else {
      answer.complete(done.events());
    }
  }

  void unknownGroup(long number, LogName log) {
    take(number)
        .completeExceptionally(
            new XfException(
                ErrorCode.NOT_FOUND, "read: this device is not in group " + log.group()));
  }

  /** Nobody will answer for this group any more. */
  void leave(GroupId group) {
    List<Long> numbers;
    synchronized (this) {
      numbers =
          waiting.entrySet().stream()
              .filter(each -> each.getValue().group().equals(group))
              .map(Map.Entry::getKey)
              .toList();
    }
    for (long number : numbers) {
      take(number)
          .completeExceptionally(
              new XfException(ErrorCode.UNAVAILABLE, "read: sync of the group has ended"));
    }
  }

  void close() {
    synchronized (this) {
      closed = true;
    }
    List<GroupId> groups;
    synchronized (this) {
      groups = waiting.values().stream().map(Waiting::group).distinct().toList();
    }
    groups.forEach(this::leave);
  }
}
