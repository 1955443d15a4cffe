package xf.gossip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import xf.event.EventView;
import xf.event.LogId;
import xf.merkle.Checkpoint;
import xf.merkle.InclusionProof;

/**
 * An event that a member sent and that is proved to be its author's.
 *
 * @param log the log it is in
 * @param index its index there
 * @param bytes its canonical bytes; not to be changed
 * @param proof how anybody else can verify it; empty when it was compared with the hash that this
 *     device's own copy of the log has at that place
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of bytes; compared by (log, index)
public record ProvedEvent(LogId log, long index, byte[] bytes, Optional<Proof> proof) {

  /**
   * A proof that was verified.
   *
   * @param head the signed head
   * @param inclusion that the event is in its tree
   */
  public record Proof(Checkpoint head, InclusionProof inclusion) {}

  /** A view on the event. */
  public EventView view() {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return new EventView().wrap(buffer, 0, bytes.length);
  }
}
