package xf.store;

/**
 * A snapshot of the page store's counters.
 *
 * @param openSegments segments mapped at the moment
 * @param pagesWritten pages written since it was opened
 * @param forces files made durable since it was opened
 * @param diskBytes bytes its files occupy
 * @param advice which native calls are in use, in words
 */
public record PageStats(
    int openSegments, long pagesWritten, long forces, long diskBytes, String advice) {}
