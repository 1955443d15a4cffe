package xf.libp2p.protocol;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Deadlines;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamAcceptor;
import xf.gossip.net.StreamHandler;
import xf.gossip.net.Timers;

/** Measures round trips: 32 random bytes there and back (libp2p ping specification). */
public final class Ping implements StreamAcceptor {
  /** The protocol. */
  public static final ProtocolId PROTOCOL = new ProtocolId("/ipfs/ping/1.0.0");

  private static final int PAYLOAD_BYTES = 32;

  private final Timers timers;
  private final RandomGenerator random;
  private final Echo echo = new Echo();

  /** With the clock to measure by and a source of payloads, used by any thread. */
  public Ping(Timers timers, RandomGenerator random) {
    this.timers = timers;
    this.random = random;
  }

  /** Answers pings: whoever sends 32 bytes gets them back, as often as they like. */
  @Override
  public StreamHandler accept(Stream stream) {
    return echo.accept(stream);
  }

  /** Measures one round trip; opening the stream is not counted. */
  public CompletableFuture<Duration> measure(Connection connection, Duration timeout) {
    byte[] payload = new byte[PAYLOAD_BYTES];
    random.nextBytes(payload);
    Measurement measurement = new Measurement(timers, payload);
    CompletableFuture<Stream> opening =
        connection.openStream(List.of(PROTOCOL), measurement, timeout);
    var unused = opening.whenComplete((stream, failure) -> measurement.failIf(failure));
    var unusedToo = measurement.result.whenComplete((time, failure) -> opening.cancel(false));
    return Deadlines.limit(timers, measurement.result, timeout, "the ping");
  }

  private static final class Measurement implements StreamHandler {
    private final CompletableFuture<Duration> result = new CompletableFuture<>();
    private final Timers timers;
    private final byte[] payload;
    private int matchedBytes;
    private long sentAtNs;

    Measurement(Timers timers, byte[] payload) {
      this.timers = timers;
      this.payload = payload;
    }

    void failIf(@Nullable Throwable failure) {
      if (failure != null) {
        result.completeExceptionally(failure);
      }
    }

    @Override
    public void onOpen(Stream stream) {
      sentAtNs = timers.nowNs();
      stream.write(ByteBuffer.wrap(payload));
      var unused = result.whenComplete((time, failure) -> giveUpIf(stream, failure));
    }

    private static void giveUpIf(Stream stream, @Nullable Throwable failure) {
      if (failure != null) {
        stream.reset(CloseReason.local(CloseReason.Kind.TIMEOUT, "the ping was given up"));
      }
    }

    @Override
    public void onReadable(Stream stream) {
      ByteBuffer bytes = stream.readable();
      while (bytes.hasRemaining()) {
        match(bytes);
        stream.consume(bytes.remaining());
        bytes = stream.readable();
      }
      if (matchedBytes == PAYLOAD_BYTES
          && result.complete(Duration.ofNanos(timers.nowNs() - sentAtNs))) {
        var unused = stream.finish();
      }
    }

    private void match(ByteBuffer bytes) {
      for (int i = bytes.position(); i < bytes.limit(); i++) {
        if (matchedBytes == PAYLOAD_BYTES || bytes.get(i) != payload[matchedBytes++]) {
          throw CloseReason.local(
                  CloseReason.Kind.PROTOCOL_VIOLATION, "ping: other bytes came back than were sent")
              .toException();
        }
      }
    }

    @Override
    public void onFinished(Stream stream) {
      var unused = stream.finish();
    }

    @Override
    public void onClosed(Stream stream, CloseReason reason) {
      result.completeExceptionally(reason.toException());
    }
  }
}
