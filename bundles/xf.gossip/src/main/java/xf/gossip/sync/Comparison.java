package xf.gossip.sync;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import xf.event.Hash;
import xf.event.LogId;
import xf.gossip.SessionInfo;

/**
 * Finds out with one peer which heads differ. Equal digests: none. A peer of before: those that
 * changed since. Few logs: the whole list. Otherwise {@link Reconciliation}.
 *
 * <p>The dialling side begins. Every differing log ends up as a pushed head from the side that has
 * more, asked for by {@link SyncMessage.Want} where that side does not know it yet.
 */
final class Comparison {
  static final int MAX_LIST = 256;

  private final Context context;
  private final PeerSession session;
  private final Reconciliation reconciliation;

  Comparison(Context context, PeerSession session) {
    this.context = context;
    this.session = session;
    this.reconciliation = new Reconciliation(context, session, this::compare);
  }

  Reconciliation reconciliation() {
    return reconciliation;
  }

  /** The dialling side begins, after membership or whenever digests turn out to differ. */
  void begin() {
    if (session.isInStep()) {
      inStep();
      return;
    }
    session.setState(SessionInfo.State.COMPARING);
    byte[] reference = context.heads.referenceOf(session.peer());
    List<HeadTable.Changed> changed =
        reference == null ? null : context.heads.changedSince(session.peer(), reference);
    if (reference != null && changed != null && changed.size() <= SyncCodec.MAX_ENTRIES) {
      sendList(
          SyncMessage.ListKind.SINCE,
          reference,
          changed.stream().map(HeadTable.Changed::entry).toList());
    } else {
      beginAfresh();
    }
  }

  void beginAfresh() {
    if (context.heads.size() <= MAX_LIST) {
      sendList(SyncMessage.ListKind.ALL, new byte[0], List.copyOf(context.heads.all()));
      return;
    }
    reconciliation.begin();
  }

  private void inStep() {
    context.heads.rememberInStep(session.peer());
    session.setState(SessionInfo.State.LIVE);
  }

  private void sendList(SyncMessage.ListKind kind, byte[] reference, List<HeadTable.Entry> heads) {
    List<SyncMessage.HeadEntry> entries = heads.stream().map(HeadTable.Entry::toListEntry).toList();
    session.send(new SyncMessage.Heads(kind, reference, entries));
    session.setState(SessionInfo.State.LIVE);
  }

  // ---- lists

  void onHeads(SyncMessage.Heads heads) {
    if (heads.kind() == SyncMessage.ListKind.ALL) {
      onAll(heads.entries());
    } else {
      onSince(heads);
    }
  }

  private void onAll(List<SyncMessage.HeadEntry> entries) {
    Set<LogId> theirs = new HashSet<>();
    compare(entries, theirs);
    for (HeadTable.Entry entry : context.heads.all()) {
      if (!theirs.contains(entry.id())) {
        session.pushFrom(entry, 0);
      }
    }
    session.setState(SessionInfo.State.LIVE);
  }

  private void onSince(SyncMessage.Heads heads) {
    List<HeadTable.Changed> changed = context.heads.changedSince(session.peer(), heads.reference());
    if (changed == null) {
      session.send(new SyncMessage.UnknownReference());
      return;
    }
    Set<LogId> theirs = new HashSet<>();
    compare(heads.entries(), theirs);
    for (HeadTable.Changed each : changed) {
      if (!theirs.contains(each.entry().id())) {
        session.pushFrom(each.entry(), each.sizeThen());
      }
    }
    session.setState(SessionInfo.State.LIVE);
  }

  /** Pushes where we have more, asks where the peer has; {@code seen}: those that we have too. */
  private void compare(List<SyncMessage.HeadEntry> entries, Set<LogId> seen) {
    List<SyncMessage.WantEntry> wants = new ArrayList<>();
    for (SyncMessage.HeadEntry theirs : entries) {
      if (context.heads.get(theirs.log()) != null) {
        seen.add(theirs.log()); // of logs that are not here there is no end
      }
      compare(theirs.log(), theirs.size(), theirs.rootPrefix(), -1L, wants);
    }
    if (!wants.isEmpty()) {
      session.want(wants);
    }
  }

  /** Compares one head; of the beginning of its root the bits in {@code mask} are known. */
  private void compare(
      LogId log, long size, long rootPrefix, long mask, List<SyncMessage.WantEntry> wants) {
    HeadTable.Entry ours = context.heads.get(log);
    if (ours == null || ours.size() < size) {
      if (size > 0) {
        wants.add(new SyncMessage.WantEntry(log, context.replica.size(log)));
      }
    } else if (size > 0 && !isOurs(ours, size, rootPrefix, mask)) {
      pushOtherHistory(ours, ours.size() == size ? PeerSession.UNKNOWN : size);
      wants.add(new SyncMessage.WantEntry(log, 0));
    } else if (ours.size() > size) {
      session.pushFrom(ours, size);
    } else {
      session.noteTold(log, size);
    }
  }

  private boolean isOurs(HeadTable.Entry ours, long size, long rootPrefix, long mask) {
    Hash root =
        ours.size() == size ? ours.head().head().root() : context.replica.rootAt(ours.id(), size);
    return ((HeadTable.prefix(root) ^ rootPrefix) & mask) == 0;
  }

  /** A log of our own that somebody knows otherwise is looked at before it is told. */
  private void pushOtherHistory(HeadTable.Entry ours, long from) {
    if (context.replica.isOwn(ours.name().author())) {
      session.setTold(ours.id(), Long.MAX_VALUE);
    } else {
      session.pushFrom(ours, from);
    }
  }

  void onWant(SyncMessage.Want want) {
    for (SyncMessage.WantEntry entry : want.entries()) {
      HeadTable.Entry ours = context.heads.get(entry.log());
      if (ours != null) {
        session.pushFrom(ours, entry.have() < ours.size() ? entry.have() : PeerSession.UNKNOWN);
      }
    }
  }

  // ---- digests again

  void onCheck(SyncMessage.Check check) {
    session.setPeerDigest(check.digest());
    boolean same = session.isInStep();
    if (same) {
      context.heads.rememberInStep(session.peer());
    }
    if (check.ask()) {
      session.answerCheck();
    } else if (!same && session.isInitiator() && !session.isAskingForAll()) {
      begin();
    }
  }
}
