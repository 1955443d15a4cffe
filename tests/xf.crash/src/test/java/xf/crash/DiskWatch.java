package xf.crash;

import java.nio.file.Path;

/**
 * Sees each durable step of store, pages and ratchet: between {@link #before} and {@link #after}
 * that step alone is under way.
 */
public interface DiskWatch {
  /** Sees nothing. */
  DiskWatch NONE = new DiskWatch() {};

  /** About to change {@code length} bytes of the file, or to make it durable. */
  default void before(String step, Path file, long at, int length) {}

  /** The step under way was refused and has changed nothing. */
  default void refused() {}

  /** Done. */
  default void after(String step, Path file, long at, int length) {}
}
