package xf.event;

/**
 * Hears the events of a topic. What it throws is counted and logged; the next event still comes.
 */
@FunctionalInterface
public interface EventListener {
  /**
   * Called on the subscription's own thread, one event at a time.
   *
   * @throws Exception anything; counted against this listener alone
   */
  void onEvent(Event event) throws Exception;
}
