package xf.store.lmdb;

/**
 * Is told of each commit, before and after it: where a test takes its picture of the disk, fails,
 * or ends the process.
 */
interface DurableSteps {
  /** The steps. */
  enum Step {
    /** The layout's version is committed to a new store. */
    VERSION,
    /** A group is committed: events, small tables, heads that are due. */
    GROUP,
    /** All heads are committed when the store is closed. */
    HEADS
  }

  /** Nobody is told. */
  DurableSteps NONE = new DurableSteps() {};

  /** About to happen; what this throws makes the commit fail with nothing done. */
  default void before(Step step) {}

  /** Done; what this throws is as if it had failed although it is durable. */
  default void after(Step step) {}

  /** LMDB refused; nothing is changed. */
  default void refused(Step step) {}
}
