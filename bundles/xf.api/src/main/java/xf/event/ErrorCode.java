package xf.event;

/** What kind of thing went wrong; the message of the {@link XfException} has the particulars. */
public enum ErrorCode {
  /** Bytes from disk, wire or a file are not what their format says. */
  BAD_FORMAT,
  /** A hash, signature, proof or checksum does not fit what it is said to cover. */
  NOT_VERIFIED,
  /** There is no such log, event, page, file or key. */
  NOT_FOUND,
  /** The index or size lies outside what is there. */
  OUT_OF_RANGE,
  /** A value is longer or larger than its limit. */
  TOO_LARGE,
  /** A configuration value or command argument is not usable. */
  BAD_CONFIGURATION,
  /** Another process or component holds the resource. */
  IN_USE,
  /** The service or resource is closed or not there at the moment; try again later. */
  UNAVAILABLE,
  /** A queue is full and its owner asked for failure rather than waiting. */
  OVERLOADED,
  /** The log takes no more events: it forked, or its author's ratchet is ahead of it. */
  FROZEN,
  /** The disk is full, not writable, or returned an error. */
  IO
}
