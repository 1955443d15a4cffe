package xf.event;

/** Sees events one after the other, each as a borrowed view. */
@FunctionalInterface
public interface EventVisitor {
  /**
   * Called inside a read transaction: quick, and without calls that append.
   *
   * @param log the log the event is in
   * @param position its place in the store's order of arrival
   * @param event valid until this call returns
   * @return whether to go on
   */
  boolean visit(EventLog log, long position, EventView event);
}
