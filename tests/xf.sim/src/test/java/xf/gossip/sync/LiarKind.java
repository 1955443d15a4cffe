package xf.gossip.sync;

/** How a peer lies. */
enum LiarKind {
  /** Some of its frames have a bit turned; some are not sent. */
  SCRAMBLER,
  /** Events that it did not get from their author. */
  WRONG_EVENTS,
  /** Page roots, peaks and consistency proofs that do not hold. */
  WRONG_PROOFS,
  /** Heads of other authors that they did not sign. */
  FORGER,
  /** Offers what it has and does not deliver it: says it has not, or says nothing. */
  WITHHOLDER,
  /** Proves that it is a member and then is silent. */
  SILENT,
  /** Says again what it said before, and never more. */
  STALE,
  /** Goes back to a backup of all its logs again and again, and offers what it had then. */
  RESTORED,
  /** Answers event by event, each just in time. */
  DRIPPER,
  /** Sends any message there is, well-formed and about what exists, in any order. */
  MAD,
  /** Signs two histories of one log that reach the same size. */
  FORKER_OF_ONE_SIZE,
  /** Signs two histories of one log of different sizes. */
  FORKER_OF_TWO_SIZES,
  /** Sends heads without end: of no events, forged, lists of logs that do not exist. */
  HEAD_FLOODER,
  /** Signs heads of ever more logs of its own that have no events. */
  LOG_FLOODER,
  /** Sends the smallest frames that ask for the largest answers. */
  TINY_FLOODER,
  /** Sends frames of and beyond the largest length. */
  HUGE_FLOODER,
  /**
   * Speaks a later version at times: types and a version that nobody knows yet, messages with more
   * fields; what is not understood it says again in the version of the others.
   */
  HALF_UPGRADED,
  /** Is no member: tries what it was told by others, and what it makes up. */
  STRANGER
}
