package xf.event;

/** Receives the values of an {@link Observable}, then at most one of the two ends. */
@FunctionalInterface
public interface Observer<T> {
  /** The next value. */
  void onNext(T value);

  /** There will be no more, because of this. */
  default void onError(Throwable error) {}

  /** There will be no more. */
  default void onComplete() {}
}
