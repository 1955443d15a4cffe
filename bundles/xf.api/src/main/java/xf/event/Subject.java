package xf.event;

import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A hot stream: what is put in reaches every observer there is at that moment, on the caller's
 * thread. An observer that throws is removed from nobody's sight but its own: the others still get
 * the value, then the first exception is thrown to the caller. Safe for use by any thread.
 */
public final class Subject<T> implements Observable<T>, Observer<T> {
  private final CopyOnWriteArrayList<Observer<? super T>> observers = new CopyOnWriteArrayList<>();
  private volatile boolean ended;

  @Override
  public Subscription subscribe(Observer<? super T> observer) {
    if (ended) {
      observer.onComplete();
      return () -> {};
    }
    observers.add(observer);
    return () -> observers.remove(observer);
  }

  @Override
  public void onNext(T value) {
    RuntimeException first = null;
    for (Observer<? super T> observer : observers) {
      try {
        observer.onNext(value);
      } catch (RuntimeException e) {
        first = merge(first, e);
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private static RuntimeException merge(@Nullable RuntimeException first, RuntimeException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  @Override
  public void onError(Throwable error) {
    ended = true;
    observers.forEach(observer -> observer.onError(error));
    observers.clear();
  }

  @Override
  public void onComplete() {
    ended = true;
    observers.forEach(Observer::onComplete);
    observers.clear();
  }

  /** How many observe it now. */
  public int observerCount() {
    return observers.size();
  }
}
