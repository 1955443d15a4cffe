package xf.gossip.sync;

import xf.merkle.Checkpoint;

/** Verifies what authors signed: by far the most expensive thing the machine does with a head. */
@FunctionalInterface
interface Signatures {
  /** Every one by itself. */
  Signatures VERIFIED = Checkpoint::verify;

  /**
   * Returns when a checkpoint is signed by its author.
   *
   * @throws xf.event.XfException {@code NOT_VERIFIED} when it is not
   */
  void verify(Checkpoint checkpoint);
}
