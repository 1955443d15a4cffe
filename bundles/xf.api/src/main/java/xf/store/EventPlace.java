package xf.store;

import xf.event.EventLog;

/**
 * Where an event is.
 *
 * @param log the log it is in
 * @param index its 0-based index there
 */
public record EventPlace(EventLog log, long index) {}
