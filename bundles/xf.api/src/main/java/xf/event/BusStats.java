package xf.event;

import java.util.List;

/**
 * A snapshot of the bus's counters since it was started.
 *
 * @param published events published and acknowledged
 * @param refused publications that failed
 * @param retried appends made again because the store was replaced under them
 * @param position where the dispatcher stands in the store's order of arrival; -1 before the first
 *     store
 * @param listeners those there are
 */
public record BusStats(
    long published, long refused, long retried, long position, List<ListenerStats> listeners) {
  /** Copies the list. */
  public BusStats {
    listeners = List.copyOf(listeners);
  }
}
