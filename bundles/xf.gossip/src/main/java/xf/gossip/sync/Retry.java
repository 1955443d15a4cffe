package xf.gossip.sync;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import xf.event.GroupId;
import xf.gossip.net.PeerId;

/**
 * When a session with a peer may be tried again: after a second, then twice as long each time, up
 * to five minutes, a quarter more or less by chance; much later for a peer that was refused or that
 * is not in the group.
 */
final class Retry {
  private static final long SECOND_NS = 1_000_000_000L;
  private static final long FIRST_NS = SECOND_NS;
  private static final long LONGEST_NS = 300 * SECOND_NS;
  private static final long REFUSED_NS = 600 * SECOND_NS;
  static final int MAX_ENTRIES = 4_096;

  private final RandomGenerator random;
  private final Map<Key, Wait> waits =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Wait> eldest) {
          return size() > MAX_ENTRIES;
        }
      };

  private record Key(GroupId group, PeerId peer) {}

  /** Until when, after how long a wait, and why. */
  record Wait(long untilNs, long lengthNs, String why, boolean isRefusal) {}

  Retry(RandomGenerator random) {
    this.random = random;
  }

  boolean isDue(GroupId group, PeerId peer, long nowNs) {
    Wait wait = waits.get(new Key(group, peer));
    return wait == null || nowNs >= wait.untilNs();
  }

  Optional<Wait> find(GroupId group, PeerId peer) {
    return Optional.ofNullable(waits.get(new Key(group, peer)));
  }

  /** An attempt begins: the next one not before it had its time. */
  void failed(GroupId group, PeerId peer, long nowNs, String why) {
    Wait last = waits.get(new Key(group, peer));
    long length = last == null ? FIRST_NS : Math.min(LONGEST_NS, 2 * last.lengthNs());
    put(group, peer, nowNs, length, why, false);
  }

  /** A peer that did not answer as a member: it may become one, but is not asked often. */
  void notAMember(GroupId group, PeerId peer, long nowNs) {
    put(group, peer, nowNs, LONGEST_NS, "it did not answer as a member would", false);
  }

  void refused(GroupId group, PeerId peer, long nowNs, String why) {
    put(group, peer, nowNs, REFUSED_NS, why, true);
  }

  /** Waits a little so that the other side may go first. */
  void yieldTo(GroupId group, PeerId peer, long nowNs) {
    waits.putIfAbsent(
        new Key(group, peer),
        new Wait(nowNs + FIRST_NS, FIRST_NS / 2, "the other side is to call first", false));
  }

  private void put(
      GroupId group, PeerId peer, long nowNs, long lengthNs, String why, boolean refusal) {
    long jittered = lengthNs * 3 / 4 + random.nextLong(lengthNs / 2);
    waits.put(new Key(group, peer), new Wait(nowNs + jittered, lengthNs, why, refusal));
  }

  void succeeded(GroupId group, PeerId peer) {
    waits.remove(new Key(group, peer));
  }
}
