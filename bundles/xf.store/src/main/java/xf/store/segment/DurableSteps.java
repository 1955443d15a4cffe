package xf.store.segment;

import java.nio.file.Path;

/**
 * Is told of each step that changes a file, before and after it: where a test takes its picture of
 * the disk, fails, or ends the process.
 */
interface DurableSteps {
  /** The steps. */
  enum Step {
    /** A segment file gets its name; it has its length and header. */
    CREATE,
    /** A page is written, not yet durable. */
    PAGE,
    /** A footer is written, not yet durable. */
    FOOTER,
    /** What was written to a file is made durable. */
    FORCE
  }

  /** Nobody is told. */
  DurableSteps NONE = new DurableSteps() {};

  /**
   * About to happen, {@code at} so many bytes into the file; what this throws makes the step fail
   * with nothing done.
   */
  default void before(Step step, Path file, long at) {}

  /** Done; what this throws is as if it had failed. */
  default void after(Step step, Path file, long at) {}
}
