package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.event.LogName;
import xf.gossip.net.PeerId;

/** What happens to a {@link GroupState}. */
sealed interface SyncInput {

  /** We opened a stream to a peer. */
  record Opened(PeerId peer) implements SyncInput {}

  /** A peer opened a stream and named this group. */
  record Invited(PeerId peer, SyncMessage.Open open) implements SyncInput {}

  /** A whole frame came, without its length prefix; borrowed. */
  record Frame(PeerId peer, ByteBuffer bytes) implements SyncInput {}

  /** The stream to a peer takes more. */
  record Writable(PeerId peer) implements SyncInput {}

  /** The stream to a peer is over. */
  record Closed(PeerId peer) implements SyncInput {}

  /** A commit that was asked for is durable, or failed. */
  record Committed(SyncOutput.Commit commit, @Nullable Throwable failure) implements SyncInput {
    Optional<Throwable> error() {
      return Optional.ofNullable(failure);
    }
  }

  /** Logs of this group have more events than before that did not come from here. */
  record Grown(Set<LogName> logs) implements SyncInput {}

  /** Tell a member where members may be reached: at most {@link SyncCodec#MAX_RECORDS} records. */
  record Announce(PeerId peer, List<byte[]> records) implements SyncInput {}

  /** Which topics are taken has changed: null for all of them. */
  record Subscribed(@Nullable Set<String> topics) implements SyncInput {}

  /** Single events are wanted; {@link SyncOutput.ReadDone} answers to the number. */
  record Read(long number, LogName log, List<Long> indexes) implements SyncInput {}

  /** Time has passed. */
  record Tick() implements SyncInput {}
}
