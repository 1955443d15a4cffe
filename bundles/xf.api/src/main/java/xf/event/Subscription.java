package xf.event;

/** Something that goes on until it is closed. */
public interface Subscription extends AutoCloseable {
  /** Ends it; a second call does nothing. A call of the listener that runs already may finish. */
  @Override
  void close();
}
