package xf.store;

/**
 * How far a long task is.
 *
 * @param done units done
 * @param total units in all, as far as is known
 */
public record Progress(long done, long total) {}
