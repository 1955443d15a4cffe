package xf.gossip;

/** Why something a peer sent was not taken, or the peer itself refused; and what that costs it. */
public enum Refusal {
  /** Its proof of membership does not hold, or none came in time. */
  NOT_A_MEMBER(100),
  /** A frame is not what the protocol says, or came when it must not. */
  BAD_FRAME(100),
  /** A frame, list or request goes beyond its limit. */
  TOO_LARGE(100),
  /** More requests or frames than may wait. */
  FLOOD(50),
  /** A head whose signature is not its author's. */
  BAD_SIGNATURE(50),
  /** Events that do not lead to the signed root. */
  WRONG_EVENTS(50),
  /** Page roots or peaks that do not lead to the signed root. */
  WRONG_NODES(50),
  /** A proof that does not hold. */
  WRONG_PROOF(20),
  /** An answer to something that was not asked. */
  UNSOLICITED(10),
  /** It offered a head and then did not deliver. */
  WITHHELD(20),
  /** It did not answer in time. */
  STALLED(10);

  /** A peer with so many penalty points is disconnected and kept away for a while. */
  public static final int LIMIT = 100;

  private final int points;

  Refusal(int points) {
    this.points = points;
  }

  /** Penalty points. */
  public int points() {
    return points;
  }
}
