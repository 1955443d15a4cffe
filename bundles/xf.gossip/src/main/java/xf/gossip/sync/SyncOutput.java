package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import xf.event.LogName;
import xf.event.XfException;
import xf.gossip.ProvedEvent;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.ForkEvidence;

/** What a {@link GroupState} wants done. */
sealed interface SyncOutput {

  /** Write a frame, length prefix included, to the stream of a peer. */
  record Send(PeerId peer, ByteBuffer frame) implements SyncOutput {}

  /** Tell by {@link SyncInput.Writable} when the stream of a peer takes more. */
  record AwaitWritable(PeerId peer) implements SyncOutput {}

  /** End the stream of a peer; a refusal keeps it away for a while. */
  record Close(PeerId peer, Optional<Refusal> refusal, String why) implements SyncOutput {}

  /**
   * Append verified events, then keep checkpoints that cover them; tell by {@link
   * SyncInput.Committed}.
   *
   * @param log the log
   * @param run its events, null when there are none to append
   * @param firstIndex index of the first of the run's events to append
   * @param checkpoints verified; each covers no more than is durable then
   */
  record Commit(LogName log, @Nullable EventRun run, long firstIndex, List<Checkpoint> checkpoints)
      implements SyncOutput {}

  /** Keep verified evidence of a fork and freeze the log; {@code name} if the log is known here. */
  record KeepFork(ForkEvidence evidence, Optional<LogName> name, String reason)
      implements SyncOutput {}

  /** A log of ours is longer elsewhere: stop writing to it. */
  record Freeze(LogName log, String reason) implements SyncOutput {}

  /** A read is over: all its events, or why not. */
  record ReadDone(long number, List<ProvedEvent> events, @Nullable XfException failure)
      implements SyncOutput {}

  /** A peer proved that it is a member. */
  record MemberProved(PeerId peer) implements SyncOutput {}

  /** A member told where members may be reached; each record is verified. */
  record MembersLearned(PeerId peer, List<MemberRecord> records) implements SyncOutput {}
}
