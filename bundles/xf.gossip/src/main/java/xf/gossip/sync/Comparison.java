package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.event.LogId;
import xf.event.Sha256;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.gossip.SessionInfo;
import xf.gossip.negentropy.Item;
import xf.gossip.negentropy.ItemSet;
import xf.gossip.negentropy.Negentropy;

/**
 * Finds out with one peer which heads differ. Equal digests: none. A peer of before: those that
 * changed since. Few logs: the whole list. Otherwise negentropy over ids salted with both nonces,
 * so that nobody can make heads in advance whose sums collide.
 *
 * <p>The dialling side begins. Every differing log ends up as a pushed head from the side that has
 * more, asked for by {@link SyncMessage.Want} where that side does not know it yet.
 */
final class Comparison {
  static final int MAX_LIST = 256;
  private static final int MAX_ROUNDS = 16;
  private static final int FRAME_LIMIT_BYTES = 60_000;
  private static final int TIMESTAMP_SHIFT = 12;

  private final Context context;
  private final PeerSession session;

  /** A reconciliation under way: the ids are salted for this session. */
  private @Nullable Salted salted;

  private final Set<LogId> listed = new HashSet<>();
  private int rounds;

  private static final class Salted {
    final Negentropy negentropy;
    final Map<ByteBuffer, LogId> logs;
    final List<LogId> have = new ArrayList<>();
    final List<ByteBuffer> need = new ArrayList<>();

    Salted(Negentropy negentropy, Map<ByteBuffer, LogId> logs) {
      this.negentropy = negentropy;
      this.logs = logs;
    }
  }

  Comparison(Context context, PeerSession session) {
    this.context = context;
    this.session = session;
  }

  /** The dialling side begins, after membership or whenever digests turn out to differ. */
  void begin() {
    if (session.isInStep()) {
      inStep();
      return;
    }
    session.setState(SessionInfo.State.COMPARING);
    byte[] reference = context.heads.referenceOf(session.peer());
    List<HeadTable.Entry> changed =
        reference == null ? null : context.heads.changedSince(session.peer(), reference);
    if (reference != null && changed != null && changed.size() <= SyncCodec.MAX_ENTRIES) {
      sendList(SyncMessage.ListKind.SINCE, reference, changed);
    } else {
      beginAfresh();
    }
  }

  void beginAfresh() {
    if (context.heads.size() <= MAX_LIST) {
      sendList(SyncMessage.ListKind.ALL, new byte[0], List.copyOf(context.heads.all()));
      return;
    }
    rounds = 0;
    Salted fresh = salt();
    salted = fresh;
    session.send(new SyncMessage.Reconcile(ByteBuffer.wrap(fresh.negentropy.initiate())));
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
    } else if (heads.kind() == SyncMessage.ListKind.SINCE) {
      onSince(heads);
    } else {
      compare(heads.entries(), listed);
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
    List<HeadTable.Entry> changed = context.heads.changedSince(session.peer(), heads.reference());
    if (changed == null) {
      session.send(new SyncMessage.UnknownReference());
      return;
    }
    Set<LogId> theirs = new HashSet<>();
    compare(heads.entries(), theirs);
    for (HeadTable.Entry entry : changed) {
      if (!theirs.contains(entry.id())) {
        session.pushFrom(entry, PeerSession.UNKNOWN);
      }
    }
    session.setState(SessionInfo.State.LIVE);
  }

  /** Pushes where we have more, asks where the peer has; {@code seen}: those that we have too. */
  private void compare(List<SyncMessage.HeadEntry> entries, Set<LogId> seen) {
    List<SyncMessage.WantEntry> wants = new ArrayList<>();
    for (SyncMessage.HeadEntry theirs : entries) {
      HeadTable.Entry ours = context.heads.get(theirs.log());
      if (ours != null) {
        seen.add(theirs.log());
      }
      if (ours == null) {
        if (theirs.size() > 0) {
          wants.add(new SyncMessage.WantEntry(theirs.log(), context.replica.size(theirs.log())));
        }
      } else if (ours.size() > theirs.size()) {
        session.pushFrom(ours, theirs.size());
        if (theirs.size() > 0 && !isPrefix(theirs)) {
          wants.add(new SyncMessage.WantEntry(theirs.log(), 0));
        }
      } else if (ours.size() < theirs.size()) {
        wants.add(new SyncMessage.WantEntry(theirs.log(), context.replica.size(theirs.log())));
      } else if (HeadTable.prefix(ours.head().head().root()) != theirs.rootPrefix()) {
        session.pushFrom(ours, PeerSession.UNKNOWN);
        wants.add(new SyncMessage.WantEntry(theirs.log(), 0));
      } else {
        session.noteTold(theirs.log(), theirs.size());
      }
    }
    if (!wants.isEmpty()) {
      session.want(wants);
    }
  }

  private boolean isPrefix(SyncMessage.HeadEntry theirs) {
    return HeadTable.prefix(context.replica.rootAt(theirs.log(), theirs.size()))
        == theirs.rootPrefix();
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
      session.send(new SyncMessage.Check(session.blindedDigest(), false));
    } else if (!same && session.isInitiator()) {
      begin();
    }
  }

  // ---- reconciliation

  private Salted salt() {
    byte[] salt = session.salt();
    List<Item> items = new ArrayList<>(context.heads.size());
    Map<ByteBuffer, LogId> logs = new HashMap<>();
    MessageDigest sha256 = Sha256.newDigest();
    ByteBuffer head = ByteBuffer.allocate(72).order(ByteOrder.LITTLE_ENDIAN);
    for (HeadTable.Entry entry : context.heads.all()) {
      head.clear();
      entry.id().putTo(head);
      head.putLong(entry.size());
      entry.head().head().root().putTo(head);
      sha256.update(salt);
      byte[] id = sha256.digest(head.array());
      items.add(new Item(place(entry.id()), id));
      logs.put(shortId(id), entry.id());
    }
    return new Salted(new Negentropy(new ItemSet(items), FRAME_LIMIT_BYTES), logs);
  }

  /** The first 52 bits of a log's id: its place does not change when the log grows. */
  private static long place(LogId log) {
    return ByteBuffer.wrap(log.toByteArray()).getLong() >>> TIMESTAMP_SHIFT;
  }

  private static ByteBuffer shortId(byte[] id) {
    return ByteBuffer.wrap(id, 0, SyncCodec.SHORT_BYTES).slice();
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
        Salted mine = salted == null ? salt() : salted;
        salted = mine;
        byte[] answer = mine.negentropy.answer(message.bytes());
        session.send(new SyncMessage.Reconcile(ByteBuffer.wrap(answer)));
      }
    } catch (XfException e) {
      session.refuse(Refusal.BAD_FRAME, e.getMessage());
    }
  }

  private void next(ByteBuffer message) {
    Salted mine = salted;
    if (mine == null) {
      session.refuse(Refusal.UNSOLICITED, "a reconciliation that was not begun");
      return;
    }
    Optional<byte[]> next =
        mine.negentropy.next(
            message,
            id -> Optional.ofNullable(mine.logs.get(shortId(id))).ifPresent(mine.have::add),
            id -> mine.need.add(shortId(id)));
    if (next.isPresent()) {
      session.send(new SyncMessage.Reconcile(ByteBuffer.wrap(next.get())));
      return;
    }
    salted = null;
    sendDifference(mine);
  }

  /** Ours first: then the other side knows how much of a log that it is to send is here. */
  private void sendDifference(Salted mine) {
    List<HeadTable.Entry> ours = new ArrayList<>();
    for (LogId log : mine.have) {
      Optional.ofNullable(context.heads.get(log)).ifPresent(ours::add);
    }
    for (int from = 0; from < ours.size(); from += SyncCodec.MAX_ENTRIES) {
      int to = Math.min(ours.size(), from + SyncCodec.MAX_ENTRIES);
      sendList(SyncMessage.ListKind.DIFFERING, new byte[0], ours.subList(from, to));
    }
    int from = 0;
    do {
      int to = Math.min(mine.need.size(), from + SyncCodec.MAX_ENTRIES);
      session.send(new SyncMessage.NeedIds(mine.need.subList(from, to)));
      from = to;
    } while (from < mine.need.size());
    session.setState(SessionInfo.State.LIVE);
  }

  void onNeedIds(SyncMessage.NeedIds need) {
    Salted mine = salted;
    if (mine == null) {
      session.refuse(Refusal.UNSOLICITED, "ids of a reconciliation that was not begun");
      return;
    }
    for (ByteBuffer id : need.ids()) {
      LogId log = mine.logs.get(id);
      HeadTable.Entry entry = log == null ? null : context.heads.get(log);
      if (entry != null && !listed.contains(entry.id())) {
        session.pushFrom(entry, 0);
      }
    }
    if (need.ids().size() < SyncCodec.MAX_ENTRIES) {
      salted = null;
      rounds = 0;
      listed.clear();
      session.setState(SessionInfo.State.LIVE);
    }
  }
}
