package xf.libp2p.mux;

import xf.gossip.net.CloseReason.Kind;
import xf.libp2p.wire.WireException;

/**
 * Flow control of one yamux stream, both ways, without I/O.
 *
 * <p>Credit is given for what was consumed, never for what arrived: a stream nobody reads stops
 * after one window. Credit is sent once half a window is due. If that comes round faster than a few
 * round trips or {@value #SHORTEST_TURN_NS} ns, the window may be what limits the stream, and it
 * doubles, up to a most. Event loop only.
 */
final class YamuxWindow {
  /** What both sides begin with (yamux specification, flow control). */
  static final int INITIAL_BYTES = 256 * 1024;

  /** A window used up within this many round trips is too small. */
  private static final int ROUND_TRIPS_PER_WINDOW = 4;

  /**
   * Nor should one be used up faster than this: on the shortest ways it is not the round trip that
   * counts but how soon threads are scheduled at either end.
   */
  private static final long SHORTEST_TURN_NS = 10_000_000;

  private final int maxWindowBytes;

  /** How much the peer may send before we give more. */
  private long receivable;

  /** What {@link #receivable} is to come back to. */
  private long windowBytes;

  /** Received and not consumed. */
  private long unconsumed;

  private long lastCreditNs;
  private long sendable = INITIAL_BYTES;

  /** A window of {@code initialBytes}; what is over {@link #INITIAL_BYTES} must be announced. */
  YamuxWindow(int initialBytes, int maxWindowBytes, long nowNs) {
    this.windowBytes = Math.max(initialBytes, INITIAL_BYTES);
    this.receivable = windowBytes;
    this.maxWindowBytes = (int) Math.max(maxWindowBytes, windowBytes);
    this.lastCreditNs = nowNs;
  }

  /** How much we may send. */
  long sendable() {
    return sendable;
  }

  void onSent(int lengthBytes) {
    sendable -= lengthBytes;
  }

  /**
   * The peer gave credit.
   *
   * @throws WireException when it is more than any window can be
   */
  void onCredit(long lengthBytes) {
    sendable += lengthBytes;
    if (sendable > Integer.toUnsignedLong(-1)) {
      throw WireException.tooLarge("yamux send window", sendable, Integer.toUnsignedLong(-1));
    }
  }

  /**
   * The peer announced a data frame.
   *
   * @throws WireException when it is longer than the window
   */
  void onReceived(long lengthBytes) {
    if (lengthBytes > receivable) {
      throw new WireException(
          Kind.TOO_LARGE,
          "yamux: data of " + lengthBytes + " bytes overruns the window, which has " + receivable);
    }
    receivable -= lengthBytes;
    unconsumed += lengthBytes;
  }

  /**
   * The user consumed bytes.
   *
   * @param roundTripNs of the connection; 0 when it is not known yet
   * @return credit to send to the peer now; 0 for none
   */
  int onConsumed(int lengthBytes, long nowNs, long roundTripNs) {
    unconsumed -= lengthBytes;
    long due = windowBytes - receivable - unconsumed;
    if (due < windowBytes / 2) {
      return 0;
    }
    long turnNs = Math.max(ROUND_TRIPS_PER_WINDOW * roundTripNs, SHORTEST_TURN_NS);
    if (nowNs - lastCreditNs < turnNs) {
      long doubled = Math.min(2 * windowBytes, maxWindowBytes);
      due += doubled - windowBytes;
      windowBytes = doubled;
    }
    lastCreditNs = nowNs;
    receivable += due;
    return (int) due;
  }
}
