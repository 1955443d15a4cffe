package xf.gossip.sync;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import xf.event.GroupId;
import xf.event.Signer;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;

/**
 * Which records of members a peer has yet to be told: each once while this process runs, and none
 * to who brought it or whom it is about.
 */
final class Announcements {
  static final int MOST_AT_A_TIME = 256;

  private final Signer device;
  private final GroupId group;
  private final Map<PeerId, Known> records = bounded();
  private final Map<PeerId, Long> told = bounded();
  private long revision;
  private @Nullable MemberRecord own;
  private long ownRevision;

  /** A record, who brought it (itself when it was here from the start), and when it came. */
  private record Known(MemberRecord record, PeerId from, long revision) {}

  private static <V> Map<PeerId, V> bounded() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<PeerId, V> eldest) {
        return size() > MemberTable.MAX_MEMBERS;
      }
    };
  }

  Announcements(Signer device, GroupId group, List<MemberRecord> remembered) {
    this.device = device;
    this.group = group;
    remembered.forEach(record -> learn(record.peer(), record));
  }

  /** Takes a verified record; whether it is newer than what is here. */
  boolean learn(PeerId from, MemberRecord record) {
    PeerId peer = record.peer();
    Known known = records.get(peer);
    boolean isOwn = peer.equals(PeerId.of(device.author()));
    if (isOwn || (known != null && known.record.sequence() >= record.sequence())) {
      return false;
    }
    records.put(peer, new Known(record, from, ++revision));
    return true;
  }

  /**
   * What {@code peer} is to be told now, the oldest first; it counts as told. So many at a time
   * that a stream takes them even when all are as long as may be; the rest is for the next time.
   */
  List<byte[]> dueFor(PeerId peer, List<Multiaddr> whereWeAre, long nowMs) {
    MemberRecord ours = own(whereWeAre, nowMs);
    long before = Optional.ofNullable(told.get(peer)).orElse(0L);
    List<Known> news = news(peer, before);
    boolean isAll = news.size() <= MOST_AT_A_TIME;
    List<Known> now = isAll ? news : news.subList(0, MOST_AT_A_TIME);
    told.put(peer, isAll ? revision : now.get(now.size() - 1).revision);
    List<byte[]> due = new ArrayList<>();
    if (ownRevision > before) {
      due.add(ours.bytes());
    }
    now.forEach(known -> due.add(known.record.bytes()));
    return due;
  }

  /** What came after a revision and neither is about a peer nor came from it. */
  private List<Known> news(PeerId peer, long before) {
    List<Known> news = new ArrayList<>();
    records.forEach(
        (about, known) -> {
          if (known.revision > before && !about.equals(peer) && !known.from.equals(peer)) {
            news.add(known);
          }
        });
    news.sort(Comparator.comparingLong(Known::revision));
    return news;
  }

  private MemberRecord own(List<Multiaddr> whereWeAre, long nowMs) {
    MemberRecord last = own;
    if (last != null && last.addresses().equals(whereWeAre)) {
      return last;
    }
    long sequence = last == null ? nowMs : Math.max(nowMs, last.sequence() + 1);
    MemberRecord next = MemberRecord.sign(device, group, sequence, whereWeAre);
    if (last != null && last.addresses().equals(next.addresses())) {
      return last; // what differs is left out of it
    }
    own = next;
    ownRevision = ++revision;
    return next;
  }
}
