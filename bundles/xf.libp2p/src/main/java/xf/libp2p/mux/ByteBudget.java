package xf.libp2p.mux;

/**
 * Bytes that may be held in memory for somebody. A muxer asks before it keeps received bytes and
 * gives back when they are consumed or dropped; where it is refused, the stream is reset. Used from
 * one event loop, may be shared with others.
 */
public interface ByteBudget {
  /** Takes bytes out of the budget; false, and nothing is taken, if there are not as many. */
  boolean acquire(int lengthBytes);

  /** Gives bytes back. */
  void release(int lengthBytes);

  /**
   * Sets bytes aside for what a peer may send by a promise of ours; false, and nothing is set
   * aside, if there are not as many.
   */
  boolean reserve(int lengthBytes);

  /** Gives up what was set aside. */
  void unreserve(int lengthBytes);
}
