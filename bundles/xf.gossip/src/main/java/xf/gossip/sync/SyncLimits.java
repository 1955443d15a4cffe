package xf.gossip.sync;

/**
 * What a peer may have of us. Every number is a most; times are in nanoseconds.
 *
 * @param logs logs of one group
 * @param rideBytes packed events that ride in one pushed head
 * @param answerBytes packed events in one frame of an answer
 * @param requests requests of one peer that wait to be answered
 * @param rangeEvents events fetched as one range, without page roots
 * @param rangeBytes canonical bytes held of such a range before it is verified
 * @param pagesPerRequest pages asked for in one request
 * @param requestsPerLog requests under way for one log
 * @param fetches logs fetched at the same time
 * @param commitBytes what waits to become durable: canonical bytes, and what each commit holds
 * @param heldBytes of all logs that are fetched, not verified or not yet in turn; from half of it
 *     on no fetch is begun
 * @param nodes page roots in one answer
 * @param pendingLogs logs with heads that wait to be fetched
 * @param signatures signatures of heads of one peer that are verified in a burst
 * @param signatureNs how often one more may be verified
 * @param newLogs logs that are new here, from one peer, in a burst
 * @param newLogNs how often one more may come
 * @param reconciliations that one peer may begin in a burst
 * @param reconciliationNs how often it may begin one more
 * @param membershipTimeoutNs until membership must be proved
 * @param requestTimeoutNs until an answer must have moved on
 * @param signNs least time between two checkpoints of one log that are signed under load
 * @param signEvents new events of a log that are signed at once while a member listens
 * @param futureNs how long nobody must have been there before our logs' growth is signed unasked
 * @param quietNs how long nothing must have changed before in-step digests are compared again
 */
record SyncLimits(
    int logs,
    int rideBytes,
    int answerBytes,
    int requests,
    int rangeEvents,
    int rangeBytes,
    int pagesPerRequest,
    int requestsPerLog,
    int fetches,
    int commitBytes,
    int heldBytes,
    int nodes,
    int pendingLogs,
    int signatures,
    long signatureNs,
    int newLogs,
    long newLogNs,
    int reconciliations,
    long reconciliationNs,
    long membershipTimeoutNs,
    long requestTimeoutNs,
    long signNs,
    int signEvents,
    long futureNs,
    long quietNs) {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final long MS = 1_000_000;

  static final SyncLimits DEFAULT =
      new SyncLimits(
          1 << 20,
          32 * KIB,
          256 * KIB,
          64,
          8_192,
          8 * MIB,
          32,
          4,
          32,
          16 * MIB,
          48 * MIB,
          30_000,
          16_384,
          16_384,
          MS / 2,
          65_536,
          MS,
          8,
          1_000 * MS,
          10_000 * MS,
          10_000 * MS,
          100 * MS,
          64,
          5_000 * MS,
          2_000 * MS);
}
