package xf.gossip.sync;

import java.util.List;
import xf.event.LogName;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.merkle.Checkpoint;

/**
 * Judges heads that peers tell of: one that goes beyond what is here is verified and fetched, one
 * of events that are here is a checkpoint for them, or a fork.
 */
final class HeadIntake {
  private final Context context;
  private final Fetcher fetcher;
  private final ForkWatch forks;

  HeadIntake(Context context, Fetcher fetcher, ForkWatch forks) {
    this.context = context;
    this.fetcher = fetcher;
    this.forks = forks;
  }

  /** A head from a peer that goes beyond what is verified here; its signature is verified now. */
  void onHead(PeerSession session, LogName name, SyncMessage.Head head) {
    if (fetcher.isDead(head.log()) || context.replica.isFrozen(head.log())) {
      fetcher.markDead(head.log());
      return;
    }
    LogState log = fetcher.open(name, head.log());
    if (log == null) {
      session.passOver();
      return;
    }
    if (head.size() <= log.verifiedSize()) {
      known(session, log, head);
      return;
    }
    Checkpoint checkpoint = log.checkpoint(head.size(), head.root(), head.signature());
    if (!log.isVerified(checkpoint) && !isSigned(session, checkpoint)) {
      return;
    }
    if (context.replica.isOwn(name.author())) {
      forks.ownLogIsLongerElsewhere(name, log.verifiedSize(), head.size());
      fetcher.markDead(head.log());
      return;
    }
    fetcher.offer(session, log, checkpoint, head.run());
  }

  private boolean isSigned(PeerSession session, Checkpoint checkpoint) {
    if (!session.mayHaveAVerification()) {
      session.passOver();
      return false;
    }
    try {
      context.signatures.verify(checkpoint);
      return true;
    } catch (XfException e) {
      session.refuse(Refusal.BAD_SIGNATURE, e.getMessage());
      return false;
    }
  }

  /** A head of events that are here: a checkpoint for them, a peer that is behind, or a fork. */
  private void known(PeerSession session, LogState log, SyncMessage.Head head) {
    if (head.size() > context.replica.size(log.id)) {
      return; // on its way to be durable; if it is another history, digests will differ
    }
    HeadTable.Entry ours = context.heads.get(log.id);
    boolean covered = ours != null && ours.size() >= head.size();
    boolean same = context.replica.rootAt(log.id, head.size()).equals(head.root());
    if (same && covered) {
      return;
    }
    Checkpoint checkpoint = log.checkpoint(head.size(), head.root(), head.signature());
    if (!isSigned(session, checkpoint)) {
      return;
    }
    if (same) {
      fetcher.commit(log, null, 0, List.of(checkpoint));
    } else if (context.replica.isOwn(log.name.author())) {
      forks.ownLogIsOtherElsewhere(log.name, head.size());
      fetcher.markDead(log.id);
    } else {
      forks.onOtherHistory(session, log.name, checkpoint);
    }
  }
}
