package xf.gossip.net;

import xf.event.ErrorCode;

/**
 * Why a stream or connection ended, or never began.
 *
 * @param kind what to act on
 * @param remote whether the other side ended it
 * @param code what goes over the wire with it: an application's own number, 0 when there is none
 * @param detail one sentence for the operator
 */
public record CloseReason(Kind kind, boolean remote, long code, String detail) {

  /** What kind of end. */
  public enum Kind {
    /** Both sides said all they had to say. */
    FINISHED(ErrorCode.UNAVAILABLE),
    /** Somebody asked for it: {@code disconnect}, {@code reset}. */
    REQUESTED(ErrorCode.UNAVAILABLE),
    /** This network is closing. */
    SHUTDOWN(ErrorCode.UNAVAILABLE),
    /** The transport below failed: refused, unreachable, cut off. */
    TRANSPORT(ErrorCode.UNAVAILABLE),
    /** It took longer than it may: a handshake, a negotiation, a ping, an idle peer. */
    TIMEOUT(ErrorCode.UNAVAILABLE),
    /** The bytes break the rules of their protocol. */
    PROTOCOL_VIOLATION(ErrorCode.BAD_FORMAT),
    /** A frame, message or name is longer than its limit, or a window was overrun. */
    TOO_LARGE(ErrorCode.TOO_LARGE),
    /** A signature, certificate or encryption tag does not verify. */
    NOT_VERIFIED(ErrorCode.NOT_VERIFIED),
    /** The peer is not the one that was dialled. */
    WRONG_PEER(ErrorCode.NOT_VERIFIED),
    /** No protocol, security or muxer in common. */
    NOT_SUPPORTED(ErrorCode.NOT_FOUND),
    /** A limit of connections, streams, half-open handshakes or buffered bytes was reached. */
    LIMIT(ErrorCode.OVERLOADED),
    /** Closed to make room for others. */
    TRIMMED(ErrorCode.OVERLOADED),
    /** The handler of a stream threw. */
    HANDLER_FAILED(ErrorCode.UNAVAILABLE),
    /** No address of the peer is known, or none that can be dialled here. */
    NO_ADDRESS(ErrorCode.NOT_FOUND);

    private final ErrorCode errorCode;

    Kind(ErrorCode errorCode) {
      this.errorCode = errorCode;
    }

    /** The code of an exception with this reason. */
    public ErrorCode errorCode() {
      return errorCode;
    }
  }

  /** An end on our side. */
  public static CloseReason local(Kind kind, String detail) {
    return new CloseReason(kind, false, 0, detail);
  }

  /** An end on the other side. */
  public static CloseReason remote(Kind kind, String detail) {
    return new CloseReason(kind, true, 0, detail);
  }

  /** The same with a number of the application's. */
  public CloseReason withCode(long newCode) {
    return new CloseReason(kind, remote, newCode, detail);
  }

  /** An exception with this reason. */
  public NetworkException toException() {
    return new NetworkException(this);
  }

  @Override
  public String toString() {
    return kind + (remote ? " by the peer" : "") + ": " + detail;
  }
}
