package xf.event;

/** Passes the ends of a stream on; what a value becomes is its subclass's matter. */
abstract class Relay<T> implements Observer<T> {
  private final Observer<?> next;

  Relay(Observer<?> next) {
    this.next = next;
  }

  @Override
  public void onError(Throwable error) {
    next.onError(error);
  }

  @Override
  public void onComplete() {
    next.onComplete();
  }
}
