package xf.event;

/** What happens when a listener's inbox is full. */
public enum Overflow {
  /** It falls behind and catches up from the log: nothing is lost, nobody else waits. */
  BLOCK,
  /** The oldest waiting event is dropped and counted. */
  DROP_OLDEST,
  /** The subscription ends with {@link ErrorCode#OVERLOADED}. */
  FAIL
}
