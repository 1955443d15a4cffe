package xf.gossip.sync;

import java.util.Arrays;
import java.util.List;

/** How long events took from durable at their honest author to durable at honest members. */
final class ArrivalTimes {
  private static final int FIRST = 1_024;

  private long[] tookNs = new long[FIRST];
  private int count;
  long evidence;
  long lastNs;

  void arrived(SimMember member, History history, long before, long after, long nowNs) {
    if (member.number == history.author) {
      return;
    }
    lastNs = nowNs;
    List<History.Mark> marks = history.marks();
    for (int i = marks.size() - 1; i >= 0 && marks.get(i).size() > before; i--) {
      if (marks.get(i).size() <= after) {
        add(nowNs - marks.get(i).atNs());
      }
    }
  }

  private void add(long ns) {
    if (count == tookNs.length) {
      tookNs = Arrays.copyOf(tookNs, 2 * count);
    }
    tookNs[count++] = ns;
  }

  int count() {
    return count;
  }

  /** The time within which a share of all arrivals took place. */
  long percentileMs(double percent) {
    if (count == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(tookNs, count);
    Arrays.sort(sorted);
    int at = (int) Math.min(count - 1L, Math.round(percent / 100 * (count - 1)));
    return sorted[at] / Schedule.MS;
  }
}
