package xf.event;

/**
 * What the store answers to an append.
 *
 * @param log the log it is in
 * @param index its 0-based index there
 * @param hlc the clock reading it was given
 * @param position where it stands in the store's order of arrival
 */
public record Receipt(LogId log, long index, long hlc, long position) {}
