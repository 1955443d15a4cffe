package xf.gossip.sync;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;

/** Verifies what members say about where members are. */
final class MemberExchange {
  private static final int MAX_RECORDS_OF_A_SESSION = 4 * MemberTable.MAX_MEMBERS;

  private final Context context;

  /** Sequence numbers that were verified: the same record is not verified for every peer. */
  private final Map<PeerId, Long> newest =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PeerId, Long> eldest) {
          return size() > MemberTable.MAX_MEMBERS;
        }
      };

  private final Map<PeerId, Integer> recordsOf = new HashMap<>();

  MemberExchange(Context context) {
    this.context = context;
  }

  void onMembers(PeerSession session, SyncMessage.Members message) {
    int count = recordsOf.merge(session.peer(), message.records().size(), Integer::sum);
    if (count > MAX_RECORDS_OF_A_SESSION) {
      session.refuse(Refusal.FLOOD, count + " records of members in one session");
      return;
    }
    List<MemberRecord> fresh = new ArrayList<>();
    try {
      for (byte[] bytes : message.records()) {
        MemberRecord record = MemberRecord.parse(bytes);
        if (isNews(record)) {
          if (!record.isSignedFor(context.group)) {
            session.refuse(Refusal.BAD_SIGNATURE, "a record of a member that it did not sign");
            return;
          }
          newest.put(record.peer(), record.sequence());
          fresh.add(record);
        }
      }
    } catch (XfException e) {
      session.refuse(Refusal.BAD_FRAME, e.getMessage());
      return;
    }
    if (!fresh.isEmpty()) {
      context.emit(new SyncOutput.MembersLearned(session.peer(), fresh));
    }
  }

  private boolean isNews(MemberRecord record) {
    PeerId peer = record.peer();
    return !peer.equals(context.self) && record.sequence() > newest.getOrDefault(peer, -1L);
  }

  void onClosed(PeerId peer) {
    recordsOf.remove(peer);
  }
}
