package xf.gossip.sync;

import java.util.ArrayList;
import java.util.List;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Signer;
import xf.merkle.TreeHasher;

/**
 * All that an author ever wrote to a log: one branch, or two of a forker's. Replicas are not copied
 * from it: {@link SimDisk} compares what it is given with a branch and then remembers which branch,
 * and how much of it.
 */
final class History {
  final LogName name;
  final LogId id;
  final int author;
  private final List<Branch> branches = new ArrayList<>();

  /** Number of the event from which on the branches differ. */
  private long commonEvents = Long.MAX_VALUE;

  /** Largest copy of an honest member, how many honest members have it, and whose is shorter. */
  private long tip;

  private int membersAtTip;

  /** Whether its author went back to a backup and lacks what it wrote since. */
  private boolean isCutShort;

  /** Honest members that keep evidence of the fork. */
  int membersWithEvidence;

  /** When each size was durable at its author. */
  private final List<Mark> marks = new ArrayList<>();

  record Mark(long size, long atNs) {}

  History(LogName name, int author, Signer signer, TreeHasher hasher) {
    this.name = name;
    this.id = name.id();
    this.author = author;
    branches.add(new Branch(id, signer, hasher));
  }

  Branch main() {
    return branches.get(0);
  }

  List<Branch> branches() {
    return branches;
  }

  /** A second history of the first {@code events}. */
  Branch fork(long events) {
    commonEvents = events;
    Branch fork = main().copy(events);
    branches.add(fork);
    return fork;
  }

  boolean isForked() {
    return branches.size() > 1;
  }

  long commonEvents() {
    return commonEvents;
  }

  /** Whether a copy of so many events may be of either branch. */
  boolean isCommon(long events) {
    return events <= commonEvents;
  }

  void mark(long size, long nowNs) {
    marks.add(new Mark(size, nowNs));
  }

  List<Mark> marks() {
    return marks;
  }

  // ---- how far the honest members are

  /** An honest member's copy has grown. */
  void grown(long size) {
    if (size > tip) {
      tip = size;
      membersAtTip = 1;
    } else if (size == tip) {
      membersAtTip++;
    }
  }

  /** Its author has lost some of it: what counts from now on is what the others have. */
  void cutShort(List<Long> othersSizes) {
    isCutShort = true;
    tip = 0;
    membersAtTip = 0;
    othersSizes.forEach(this::grown);
  }

  /** Whether all honest members have the same, or the proof that there is no such thing. */
  boolean isConverged(int honestMembers) {
    int expected = isCutShort ? honestMembers - 1 : honestMembers;
    return tip == 0
        || (membersAtTip == expected && membersWithEvidence == 0)
        || membersWithEvidence == honestMembers;
  }

  /** Whether others have more of it than a disk that was restored. */
  boolean goesBeyond(long size) {
    return isCutShort && tip > size;
  }

  boolean lacks(SimDisk disk) {
    boolean hasEvidence = disk.forks().stream().anyMatch(each -> each.log().equals(id));
    return membersWithEvidence > 0 ? !hasEvidence : disk.size(id) < tip;
  }

  String describe() {
    return "log "
        + id
        + " of member "
        + author
        + (isForked() ? ", forked at " + commonEvents + ": " : ": ")
        + membersAtTip
        + " honest members at size "
        + tip
        + ", "
        + membersWithEvidence
        + " with evidence of a fork";
  }
}
