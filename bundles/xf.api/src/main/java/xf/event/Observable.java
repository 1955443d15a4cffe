package xf.event;

import java.util.function.Function;
import java.util.function.Predicate;

/** A stream of values that can be observed; cold or hot as its source says. */
@FunctionalInterface
public interface Observable<T> {
  /** Starts to receive values. */
  Subscription subscribe(Observer<? super T> observer);

  /** The stream with every value changed. */
  default <R> Observable<R> map(Function<? super T, ? extends R> function) {
    return observer ->
        subscribe(
            new Relay<T>(observer) {
              @Override
              public void onNext(T value) {
                observer.onNext(function.apply(value));
              }
            });
  }

  /** The stream of those values that fit. */
  default Observable<T> filter(Predicate<? super T> predicate) {
    return observer ->
        subscribe(
            new Relay<T>(observer) {
              @Override
              public void onNext(T value) {
                if (predicate.test(value)) {
                  observer.onNext(value);
                }
              }
            });
  }
}
