package xf.shell.ingest;

/** Is told how an import goes; called often, on the importing thread. */
public interface ImportProgress {
  /** A line was refused. */
  void refused(long line, String reason);

  /** So many bytes of the file were read, so many events are durable or were there already. */
  void advanced(long fileBytes, long events);

  /**
   * Every line of the file up to and including this one is durable, was there already, or was
   * refused.
   */
  void acknowledged(long line);
}
