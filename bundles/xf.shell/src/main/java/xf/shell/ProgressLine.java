package xf.shell;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import xf.store.Progress;

/**
 * Shows how far a long task is: a bar that rewrites itself on a terminal, a line now and then
 * elsewhere, nothing where only JSON is wanted. Used by one thread.
 */
final class ProgressLine implements AutoCloseable {
  private static final int BAR_WIDTH = 30;
  private static final long BAR_NS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LINE_NS = TimeUnit.SECONDS.toNanos(5);

  private final PrintStream out;
  private final boolean isTerminal;
  private final boolean isQuiet;
  private final String what;
  private final long startNs = System.nanoTime();
  private long shownNs = startNs;
  private boolean hasBar;

  ProgressLine(Call call, String what) {
    this.out = call.out();
    this.isTerminal = call.isOnTerminal();
    this.isQuiet = call.has("--json");
    this.what = what;
  }

  void show(Progress progress) {
    long nowNs = System.nanoTime();
    if (isQuiet || nowNs - shownNs < (isTerminal ? BAR_NS : LINE_NS)) {
      return;
    }
    shownNs = nowNs;
    double part = Math.min(1, progress.done() / (double) Math.max(1, progress.total()));
    long leftSeconds = Math.round((nowNs - startNs) / 1e9 * (1 - part) / Math.max(part, 1e-6));
    String state =
        Math.round(100 * part)
            + " %  "
            + Human.count(progress.done())
            + " of "
            + Human.count(progress.total(), what)
            + "  "
            + Human.remaining(leftSeconds)
            + " left";
    if (isTerminal) {
      int full = (int) Math.round(part * BAR_WIDTH);
      out.print("\r\u001b[K" + "█".repeat(full) + "░".repeat(BAR_WIDTH - full) + " " + state);
      out.flush();
      hasBar = true;
    } else {
      out.println(state);
    }
  }

  /** Takes the bar away, so that something else can be printed. */
  void clear() {
    if (hasBar) {
      out.print("\r\u001b[K");
      out.flush();
      hasBar = false;
    }
  }

  @Override
  public void close() {
    clear();
  }
}
