package xf.gossip.sync;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Sha256;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.ForkEvidence;
import xf.merkle.NodeId;
import xf.merkle.PageDescriptor;
import xf.merkle.ProofPlan;
import xf.merkle.VerifierKey;

/**
 * Finds out about logs whose author signed two histories, and makes evidence of it that anybody can
 * verify. A proof that merely fails is none: there must be two signatures that contradict each
 * other.
 *
 * <p>Two signed roots at one size are evidence as they are (type A). Otherwise the peer is asked
 * for the peaks of its smaller tree, which must lead to the root that was signed; the first that
 * differs from ours, with its place in both trees, is evidence (type B).
 */
final class ForkWatch {
  /** Of each peer, or else one that leaves them unanswered would have them all. */
  static final int MOST_PROBES_OF_A_PEER = 64;

  /** More than the first two lines of evidence take, whose length is fixed. */
  private static final int FIRST_LINES_BYTES = 512;

  /** Two roots alone do not say where below them two histories part. */
  private static final long NOTHING_AGREED = 0;

  private final Context context;

  /** Signed heads whose peaks were asked for. */
  private final Map<Probe, Checkpoint> probes = new HashMap<>();

  private final Set<LogId> forked = new HashSet<>();
  private final List<Found> fresh = new ArrayList<>();

  /** A log that forked, and the evidence of it as it is told to others. */
  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  record Found(LogId log, byte[] file) {}

  private record Probe(PeerId peer, LogId log, long size) {}

  ForkWatch(Context context) {
    this.context = context;
    context.replica.forks().forEach(evidence -> forked.add(evidence.log()));
  }

  /** A peer has a signed head of events that are here, with another root than ours. */
  void onOtherHistory(PeerSession session, LogName name, Checkpoint theirs) {
    if (forked.contains(theirs.log())) {
      return;
    }
    long size = theirs.head().size();
    HeadTable.Entry ours = context.heads.get(theirs.log());
    Optional<Checkpoint> same = context.replica.checkpointAt(theirs.log(), size);
    if (ours != null && ours.size() == size) {
      same = Optional.of(ours.head());
    }
    if (same.isPresent()) {
      ForkEvidence evidence = ForkEvidence.of(same.get(), theirs);
      found(evidence, evidence.toBytes(), name, NOTHING_AGREED);
    } else if (ours != null && ours.size() > size && mayProbe(session.peer())) {
      probes.put(new Probe(session.peer(), theirs.log(), size), theirs);
      session.send(new SyncMessage.GetPeaks(theirs.log(), size));
    }
  }

  private boolean mayProbe(PeerId peer) {
    long open = probes.keySet().stream().filter(probe -> probe.peer().equals(peer)).count();
    return open < MOST_PROBES_OF_A_PEER;
  }

  void onPeaks(PeerSession session, SyncMessage.Peaks peaks) {
    Checkpoint theirs = probes.remove(new Probe(session.peer(), peaks.log(), peaks.size()));
    if (theirs == null) {
      session.refuse(Refusal.UNSOLICITED, "peaks that were not asked for");
      return;
    }
    HeadTable.Entry ours = context.heads.get(peaks.log());
    Map<NodeId, Hash> nodes = placed(peaks);
    if (nodes == null
        || !ProofPlan.root(peaks.size())
            .buildRoot(
                (level, index, out, at) -> read(nodes, level, index, out, at), context.hasher)
            .equals(theirs.head().root())) {
      session.refuse(Refusal.WRONG_NODES, "peaks that do not lead to the root that was signed");
      return;
    }
    if (ours == null) {
      return;
    }
    for (Map.Entry<NodeId, Hash> peak : nodes.entrySet()) {
      NodeId place = peak.getKey();
      Hash mine = context.replica.node(peaks.log(), place.level(), place.index());
      if (!mine.equals(peak.getValue())) {
        ForkEvidence evidence = diverging(theirs, ours.head(), place, nodes, mine);
        found(evidence, evidence.toBytes(), ours.name(), place.start());
        return;
      }
    }
  }

  private static @Nullable Map<NodeId, Hash> placed(SyncMessage.Peaks peaks) {
    if (peaks.hashes().size() != Long.bitCount(peaks.size())) {
      return null;
    }
    Map<NodeId, Hash> nodes = new LinkedHashMap<>();
    long at = 0;
    for (Hash hash : peaks.hashes()) {
      int level = 63 - Long.numberOfLeadingZeros(peaks.size() - at);
      nodes.put(new NodeId(level, at >>> level), hash);
      at += 1L << level;
    }
    return nodes;
  }

  private static void read(Map<NodeId, Hash> nodes, int level, long index, byte[] out, int at) {
    Hash hash = nodes.get(new NodeId(level, index));
    if (hash == null) {
      throw new XfException(ErrorCode.NOT_FOUND, "no peak (" + level + ", " + index + ")");
    }
    hash.copyTo(out, at);
  }

  private ForkEvidence diverging(
      Checkpoint theirs, Checkpoint ours, NodeId place, Map<NodeId, Hash> nodes, Hash mine) {
    long start = place.start();
    long end = place.end();
    List<Hash> theirPath =
        ProofPlan.subtree(start, end, theirs.head().size())
            .build((level, index, out, at) -> read(nodes, level, index, out, at), context.hasher);
    List<Hash> ourPath =
        context.replica.proveSubtree(ours.log(), start, end, ours.head().size()).path();
    return new ForkEvidence.Diverging(
        theirs,
        ours,
        start,
        end,
        new ForkEvidence.Branch(nodes.getOrDefault(place, mine), theirPath),
        new ForkEvidence.Branch(mine, ourPath));
  }

  /** Evidence from a peer: verified, and then as good as our own. */
  void onEvidence(PeerSession session, byte[] file) {
    try {
      // Every new session brings what is known already: that is not to cost two signatures.
      LogId claimed = claimedLog(file);
      if (forked.contains(claimed) || context.heads.get(claimed) == null) {
        return;
      }
      ForkEvidence evidence = ForkEvidence.read(file);
      if (forked.contains(evidence.log())) {
        return;
      }
      HeadTable.Entry entry = context.heads.get(evidence.log());
      if (entry == null || !entry.name().author().equals(evidence.author())) {
        return; // of a log that is not here: nothing to freeze
      }
      found(evidence, file, entry.name(), NOTHING_AGREED);
    } catch (XfException e) {
      session.refuse(Refusal.WRONG_PROOF, e.getMessage());
    }
  }

  /** The log whose key the file's second line gives; nothing of it is verified. */
  private static LogId claimedLog(byte[] file) {
    int shown = Math.min(file.length, FIRST_LINES_BYTES);
    List<String> lines =
        new String(file, 0, shown, StandardCharsets.UTF_8).lines().limit(2).toList();
    if (lines.size() < 2) {
      throw new XfException(ErrorCode.BAD_FORMAT, "fork evidence of less than two lines");
    }
    return Checkpoint.logOf(VerifierKey.parse(lines.get(1)).name());
  }

  /**
   * Verifies evidence, keeps it and has the log frozen.
   *
   * @param file its bytes
   * @param agreed events up to which both histories were seen to be the same
   */
  private void found(ForkEvidence evidence, byte[] file, LogName name, long agreed) {
    evidence.verify(context.hasher, context.signatures::verify);
    forked.add(evidence.log());
    fresh.add(new Found(evidence.log(), file));
    long common = lastSeal(evidence.log(), agreed);
    context.emit(
        new SyncOutput.KeepFork(
            evidence,
            Optional.of(name),
            "it forked: its author signed two histories that differ after event "
                + common
                + " at the latest agreed checkpoint (evidence "
                + Hash.of(Sha256.newDigest().digest(file))
                + "; see xf:forks)"));
  }

  /** The last page seal up to which both histories are the same. */
  private long lastSeal(LogId log, long agreed) {
    long size = agreed & -PageDescriptor.LEAVES;
    while (size > 0 && context.replica.checkpointAt(log, size).isEmpty()) {
      size -= PageDescriptor.LEAVES;
    }
    return size;
  }

  /** A member holds more of a log of ours than we do, signed by us. */
  void ownLogIsLongerElsewhere(LogName name, long here, long there) {
    freezeOwn(name, "it has " + here + " events here, but a peer holds " + there);
  }

  /** A member holds other events of a log of ours, signed by us; ours are told to nobody. */
  void ownLogIsOtherElsewhere(LogName name, long there) {
    freezeOwn(name, "a peer holds " + there + " other events of it");
  }

  private void freezeOwn(LogName name, String what) {
    context.emit(
        new SyncOutput.Freeze(
            name,
            what
                + " that this device signed: the data was restored from an older backup; go on in a"
                + " new epoch"));
  }

  void onClosed(PeerId peer) {
    probes.keySet().removeIf(probe -> probe.peer().equals(peer));
  }

  boolean isForked(LogId log) {
    return forked.contains(log);
  }

  /** Evidence that was found since the last call, to be passed on. */
  List<Found> takeFresh() {
    List<Found> taken = List.copyOf(fresh);
    fresh.clear();
    return taken;
  }
}
