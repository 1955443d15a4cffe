package xf.merkle;

/**
 * A snapshot of the index's counters; activity counts since it was started.
 *
 * @param cursor position in the store's order of arrival that is durably indexed
 * @param leaves leaves integrated
 * @param pagesSealed pages written
 * @param checkpointsSigned signatures made
 * @param logsInMemory logs whose tail is in memory
 * @param failures times a step failed and was tried again
 * @param lastFailure what the last one said, empty when there was none
 */
public record IndexStats(
    long cursor,
    long leaves,
    long pagesSealed,
    long checkpointsSigned,
    int logsInMemory,
    long failures,
    String lastFailure) {}
