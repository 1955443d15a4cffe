package xf.merkle.index;

/**
 * Is told of each step that changes the ratchet's file, before and after it: where a test takes its
 * picture of the disk, fails, or ends the process.
 */
interface RatchetSteps {
  /** The steps. */
  enum Step {
    /** The file gets its header, durably. */
    CREATE,
    /** A record is written, not yet durable. */
    RECORD,
    /** What was written is made durable. */
    FORCE
  }

  /** Nobody is told. */
  RatchetSteps NONE = new RatchetSteps() {};

  /**
   * About to happen, {@code at} so many bytes into the file; what this throws makes the step fail
   * with nothing done.
   */
  default void before(Step step, long at) {}

  /** Done; what this throws is as if it had failed. */
  default void after(Step step, long at) {}
}
