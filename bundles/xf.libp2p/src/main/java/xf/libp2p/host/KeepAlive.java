package xf.libp2p.host;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Timers;
import xf.libp2p.protocol.Ping;

/**
 * Pings every connection once in a while, which measures the round trip and finds peers that are
 * gone without a word: whoever does not answer is disconnected. Peers that do not speak ping are
 * left alone.
 */
final class KeepAlive {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Timers timers;
  private final Ping ping;
  private final Duration interval;
  private final Supplier<Iterable<HostConnection>> connections;
  private volatile boolean closed;
  private volatile Timers.@Nullable Timer next;

  KeepAlive(
      Timers timers, Ping ping, Duration interval, Supplier<Iterable<HostConnection>> connections) {
    this.timers = timers;
    this.ping = ping;
    this.interval = interval;
    this.connections = connections;
  }

  void start() {
    if (!interval.isZero()) {
      next = timers.schedule(interval, this::round);
    }
  }

  private void round() {
    if (!closed) {
      connections.get().forEach(this::check);
      start();
    }
  }

  private void check(HostConnection connection) {
    var unused =
        ping.measure(connection, PATIENCE)
            .whenComplete((time, failure) -> settle(connection, time, failure));
  }

  private static void settle(
      HostConnection connection, @Nullable Duration time, @Nullable Throwable failure) {
    if (time != null) {
      connection.measured(time);
    } else if (Futures.typed(failure).reason().kind() == CloseReason.Kind.TIMEOUT) {
      var unused =
          connection.close(
              CloseReason.local(
                  CloseReason.Kind.TIMEOUT, "no answer for " + PATIENCE.toSeconds() + " s"));
    }
  }

  void close() {
    closed = true;
    Timers.Timer timer = next;
    if (timer != null) {
      timer.cancel();
    }
  }
}
