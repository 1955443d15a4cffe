package xf.gossip.sync;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import xf.event.LogId;
import xf.event.LogName;

/**
 * When the growth of our own logs is signed and told.
 *
 * <p>At once while somebody listens and few events are new: that is what makes a member in step
 * hear of an event within a few fsyncs. Under load a log is signed at most once in a while, and the
 * events in between share the signature.
 *
 * <p>Nothing that was appended since the start is signed before a member was asked for heads of
 * ours that go beyond it (they exist when this device's data was restored from a backup: to sign
 * something else would fork the log), or before there was nobody to ask for some time.
 */
final class OwnHeads {
  private final Context context;

  /** Logs with events that no checkpoint covers yet, and when it may be signed. */
  private final Map<LogName, Long> unsigned = new LinkedHashMap<>();

  private final Map<LogId, Long> signedAtNs = new HashMap<>();
  private boolean asked;
  private boolean started;
  private long startNs;

  OwnHeads(Context context) {
    this.context = context;
  }

  /** Logs of ours have new events. */
  void onGrown(Set<LogName> logs) {
    for (LogName name : logs) {
      long at = signedAtNs.getOrDefault(name.id(), Long.MIN_VALUE / 2);
      unsigned.put(name, at + context.limits.signNs());
    }
  }

  /** A head of this log is about to be signed, or was loaded. */
  void noteSigned(LogId log) {
    signedAtNs.put(log, context.nowNs());
  }

  /** A member told all it has of our logs. */
  void onAsked() {
    asked = true;
  }

  /** Whether somebody has to be asked before anything more is signed. */
  boolean wantsToAsk() {
    return !asked;
  }

  /** Takes the logs that are to be signed now; {@code heard}: whether a member listens. */
  List<LogName> takeDue(boolean heard) {
    if (!started) {
      started = true;
      startNs = context.nowNs();
    }
    if (unsigned.isEmpty() || !maySign(heard)) {
      return List.of();
    }
    List<LogName> due = new ArrayList<>();
    unsigned.forEach(
        (name, atNs) -> {
          if (context.nowNs() >= atNs || (heard && hasFewNew(name.id()))) {
            due.add(name);
          }
        });
    due.forEach(unsigned::remove);
    return due;
  }

  private boolean maySign(boolean heard) {
    return asked || (!heard && context.nowNs() - startNs >= context.limits.futureNs());
  }

  private boolean hasFewNew(LogId log) {
    HeadTable.Entry head = context.heads.get(log);
    long signed = head == null ? 0 : head.size();
    return context.replica.size(log) - signed <= context.limits.signEvents();
  }

  /**
   * When {@link #takeDue} may give something next; {@link Long#MAX_VALUE} for nothing, or when a
   * member's answer has to come first.
   */
  long dueNs(boolean heard) {
    if (unsigned.isEmpty() || (!asked && heard)) {
      return Long.MAX_VALUE;
    }
    long first = unsigned.values().stream().mapToLong(Long::longValue).min().getAsLong();
    return asked ? first : Math.max(first, startNs + context.limits.futureNs());
  }

  boolean isEmpty() {
    return unsigned.isEmpty();
  }

  void onTick() {
    signedAtNs.values().removeIf(at -> context.nowNs() - at > context.limits.signNs());
  }
}
