package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.event.LogId;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.gossip.SessionInfo;

/**
 * Finds out which of many heads differ: negentropy over {@link SaltedHeads}.
 *
 * <pre>
 *   dialling side                          other side
 *   fingerprints of all, by ranges    ->
 *                                     <-   those that differ, by smaller ranges
 *   heads in those that differ        ->
 *                                     <-   heads where it has more, wants, tags of what it lacks
 *   heads that are wanted             ->
 * </pre>
 *
 * So in two round trips the one side has what the other one had, half a trip later all is told.
 */
final class Reconciliation {
  private static final int MAX_ROUNDS = 16;
  private static final long ROOT_MASK = 0xFFFF_FFFFL;

  private final Context context;
  private final PeerSession session;
  private final HeadComparison comparison;
  private final TokenBucket begins;

  /** Under way; the other side's until the dialling side says that it is done. */
  private @Nullable SaltedHeads salted;

  private final List<byte[]> have = new ArrayList<>();
  private final List<byte[]> need = new ArrayList<>();
  private int rounds;
  private boolean isDropped;

  /** Compares a head of which {@code mask} tells how much of its root is known. */
  @FunctionalInterface
  interface HeadComparison {
    void compare(
        LogId log, long size, long rootPrefix, long mask, List<SyncMessage.WantEntry> wants);
  }

  Reconciliation(Context context, PeerSession session, HeadComparison comparison) {
    this.context = context;
    this.session = session;
    this.comparison = comparison;
    this.begins =
        new TokenBucket(
            context.limits.reconciliations(), context.limits.reconciliationNs(), context.nowNs());
  }

  /** The dialling side begins. */
  void begin() {
    rounds = 0;
    SaltedHeads fresh = new SaltedHeads(session.salt(), context.heads);
    keep(fresh);
    session.send(new SyncMessage.Reconcile(ByteBuffer.wrap(fresh.negentropy().initiate())));
  }

  void onReconcile(SyncMessage.Reconcile message) {
    if (++rounds > MAX_ROUNDS) {
      session.refuse(Refusal.FLOOD, "more than " + MAX_ROUNDS + " rounds of reconciliation");
      return;
    }
    try {
      if (session.isInitiator()) {
        next(message.bytes());
      } else {
        answer(message.bytes());
      }
    } catch (XfException e) {
      session.refuse(Refusal.BAD_FRAME, e.getMessage());
    }
  }

  /** The other side: begins to take part with the first message. */
  private void answer(ByteBuffer message) {
    SaltedHeads mine = salted;
    if (mine == null) {
      if (!begins.take(context.nowNs())) {
        session.refuse(Refusal.FLOOD, "one reconciliation after the other");
        return;
      }
      mine = new SaltedHeads(session.salt(), context.heads);
      keep(mine);
    }
    byte[] answer = mine.negentropy().answer(message, have::add, need::add);
    List<ByteBuffer> unknown = actOnDifference(mine);
    if (!unknown.isEmpty()) {
      session.send(new SyncMessage.NeedIds(unknown));
    }
    session.send(new SyncMessage.Reconcile(ByteBuffer.wrap(answer)));
  }

  private void next(ByteBuffer message) {
    SaltedHeads mine = salted;
    if (mine == null && isDropped) {
      begin();
      return;
    } else if (mine == null) {
      session.refuse(Refusal.UNSOLICITED, "a reconciliation that was not begun");
      return;
    }
    Optional<byte[]> next = mine.negentropy().next(message, have::add, need::add);
    List<ByteBuffer> unknown = actOnDifference(mine);
    if (next.isPresent()) {
      if (!unknown.isEmpty()) {
        session.send(new SyncMessage.NeedIds(unknown));
      }
      session.send(new SyncMessage.Reconcile(ByteBuffer.wrap(next.get())));
      return;
    }
    if (!unknown.isEmpty()) {
      session.send(new SyncMessage.NeedIds(unknown));
    }
    session.send(new SyncMessage.NeedIds(List.of()));
    finish();
  }

  private void keep(SaltedHeads fresh) {
    salted = fresh;
    isDropped = false;
    context.salted.add(this, fresh.size());
  }

  /** Others need the room: if the peer goes on, it is begun anew. */
  void drop() {
    end();
    isDropped = true;
  }

  /** It is over, or the session is. */
  void end() {
    salted = null;
    isDropped = false;
    context.salted.remove(this);
  }

  private void finish() {
    end();
    rounds = 0;
    session.setState(SessionInfo.State.LIVE);
  }

  /** Pushes and wants what differs; the tags of logs that are not known here are left over. */
  private List<ByteBuffer> actOnDifference(SaltedHeads mine) {
    List<SyncMessage.WantEntry> wants = new ArrayList<>();
    List<ByteBuffer> unknown = new ArrayList<>();
    Set<LogId> seen = new HashSet<>();
    for (byte[] each : need) {
      SaltedHeads.Entry theirs = SaltedHeads.Entry.of(each);
      LogId log = mine.log(theirs.tag());
      if (log == null) {
        unknown.add(theirs.tag());
      } else if (seen.add(log)) {
        comparison.compare(log, theirs.size(), theirs.rootPrefix(), ROOT_MASK, wants);
      }
    }
    for (byte[] each : have) {
      LogId log = mine.log(SaltedHeads.Entry.of(each).tag());
      if (log != null && seen.add(log)) {
        push(log);
      }
    }
    have.clear();
    need.clear();
    if (!wants.isEmpty()) {
      session.want(wants);
    }
    return unknown;
  }

  private void push(LogId log) {
    HeadTable.Entry entry = context.heads.get(log);
    if (entry != null) {
      session.pushFrom(entry, 0);
    }
  }

  /** Logs that the other side does not know at all; none: it is done. */
  void onNeedIds(SyncMessage.NeedIds needed) {
    SaltedHeads mine = salted;
    if (mine == null && isDropped) {
      return; // heads will be compared again
    } else if (mine == null) {
      session.refuse(Refusal.UNSOLICITED, "tags of a reconciliation that was not begun");
      return;
    }
    for (ByteBuffer tag : needed.ids()) {
      LogId log = mine.log(tag);
      if (log != null) {
        push(log);
      }
    }
    if (needed.ids().isEmpty() && !session.isInitiator()) {
      finish();
    }
  }
}
