package xf.event;

import java.util.List;

/**
 * A copy of an event, free to keep.
 *
 * @param log the log it is in
 * @param index its index there
 * @param hlc its author's clock reading
 * @param type the application's code
 * @param flags its flags
 * @param dependencies what it depends on
 * @param payload its payload; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of bytes; compared by (log, index)
public record Event(
    LogName log,
    long index,
    long hlc,
    int type,
    int flags,
    List<Dependency> dependencies,
    byte[] payload) {

  /** Copies what a view shows. */
  public static Event copyOf(EventLog log, EventView view) {
    Dependency[] dependencies = new Dependency[view.dependencyCount()];
    for (int i = 0; i < dependencies.length; i++) {
      dependencies[i] = view.dependency(i);
    }
    return new Event(
        log.name(),
        view.index(),
        view.hlc(),
        view.type(),
        view.flags(),
        List.of(dependencies),
        view.copyPayload());
  }
}
