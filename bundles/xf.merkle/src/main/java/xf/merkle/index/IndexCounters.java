package xf.merkle.index;

import java.util.concurrent.atomic.LongAdder;

/** What the index counts. */
final class IndexCounters {
  private final LongAdder leaves = new LongAdder();
  private final LongAdder pages = new LongAdder();
  private final LongAdder signatures = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private volatile String lastFailure = "";

  void integrated() {
    leaves.increment();
  }

  void pageSealed() {
    pages.increment();
  }

  void signed(int count) {
    signatures.add(count);
  }

  void failed(Throwable error) {
    failures.increment();
    lastFailure = String.valueOf(error.getMessage());
  }

  long leaves() {
    return leaves.sum();
  }

  long pages() {
    return pages.sum();
  }

  long signatures() {
    return signatures.sum();
  }

  long failures() {
    return failures.sum();
  }

  String lastFailure() {
    return lastFailure;
  }
}
