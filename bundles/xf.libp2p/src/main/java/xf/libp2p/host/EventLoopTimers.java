package xf.libp2p.host;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import xf.gossip.net.Timers;

/** Real time; tasks run on one of the host's event loops. */
public final class EventLoopTimers implements Timers {
  private final EventExecutor loop;

  /** Timers of one event loop. */
  public EventLoopTimers(EventExecutor loop) {
    this.loop = loop;
  }

  @Override
  public long nowNs() {
    return System.nanoTime();
  }

  @Override
  public long wallClockMs() {
    return System.currentTimeMillis();
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    if (loop.isShuttingDown()) {
      return () -> {};
    }
    Future<?> scheduled = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }
}
